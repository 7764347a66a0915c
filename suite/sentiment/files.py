"""Reads labelled texts: a table with a header, or a label and a text on each line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from suite.console.log import LOG
from suite.errors import InputError

_DELIMITERS = ",;\t|"
_CONTRACTION = re.compile(r" (?=(?:n't|'(?:s|re|ve|ll|d|m))(?: |$))", re.IGNORECASE)
_LONGEST = 2**24  # characters of a cell; the csv module's own limit is below a long review


def table(path: Path, text_column: str, label_column: str) -> list[tuple[str, str]]:
    """The texts and labels of a table; the delimiter is found.

    Args:
        path: The file, with a header; a text in quotation marks may span lines.
        text_column, label_column: Names of columns.

    Raises:
        InputError: It has no such column, or a line of it cannot be read.
    """
    content = read(path)
    headers = {sign: _header(path, content, sign) for sign in _DELIMITERS}
    columns = (text_column, label_column)
    sign = max(headers, key=lambda sign: (len(set(columns) & set(headers[sign])), len(headers[sign])))
    header = headers[sign]
    for option, column in zip(("text_column", "label_column"), columns, strict=True):
        if column not in header:
            there = f"there are {', '.join(header)}: choose by --data.{option}" if header else "it has no header"
            raise InputError(f"{path}: no column {column!r}; {there}")
    places = [header.index(column) for column in columns]
    rows = _records(path, content, sign)
    next(rows)  # the header
    return _filled(path, (_cells(f"{path}, line {number}", row, len(header), places) for number, row in rows))


def lines(path: Path) -> list[tuple[str, str]]:
    """The texts and labels of a file with a label, a space and a text on each line.

    Raises:
        InputError: It cannot be read.
    """
    parts = (joined(line).split(maxsplit=1) for line in read(path).split("\n") if line.strip())
    return _filled(path, ((rest[0] if rest else "", label) for label, *rest in parts))


def joined(text: str) -> str:
    """A text with its contractions joined, which the treebank's tokens divide (do n't, it 's)."""
    return _CONTRACTION.sub("", text)


def read(path: Path) -> str:
    """A text file, UTF-8 or Latin-1.

    As on the web, Latin-1 means Windows-1252, which has dashes and quotes in place of control characters. A file is
    Latin-1 if none of its lines outside of ASCII is UTF-8: one bad line among good ones is damage.

    Raises:
        InputError: It is neither; names the line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give the path of a text file") from None
    if b"\0" in content:
        raise InputError(
            f"{path}, line {content[: content.index(0)].count(10) + 1}: not text, or UTF-16; save as UTF-8"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    others = [part for part in content.split(b"\n") if not part.isascii()]
    try:
        if not any(_is_utf8(part) for part in others):
            return content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    raise InputError(f"{path}, line {line}: neither UTF-8 nor Latin-1 throughout; save the file as UTF-8")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _records(path: Path, content: str, sign: str) -> Iterator[tuple[int, list[str]]]:
    """Line number (of its last line) and cells of each row of a table, without blank lines."""
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=sign, strict=True, skipinitialspace=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}; put it right, or remove the line") from None
        if cells is None:
            return
        if cells:
            yield reader.line_num, cells


def _header(path: Path, content: str, sign: str) -> list[str]:
    try:
        return [name.strip() for name in next(_records(path, content, sign), (0, []))[1]]
    except InputError:  # another delimiter than the file's may break a good header
        return []


def _cells(where: str, row: list[str], width: int, places: list[int]) -> tuple[str, str]:
    """The text and the label of a row."""
    if len(row) != width:
        raise InputError(
            f"{where}: {len(row)} columns, where the header has {width}; put texts that contain the delimiter in "
            "quotation marks"
        )
    text, label = (row[place] for place in places)
    if text.strip() and not label.strip():
        raise InputError(f"{where}: a text without a label; add it, or remove the line")
    return text, " ".join(label.split())


def _filled(path: Path, rows: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """The rows that have a text; the others are counted and reported."""
    given = list(rows)
    filled = [(text.strip(), label) for text, label in given if text.strip()]
    if not filled:
        raise InputError(f"{path}: no texts in it")
    if len(filled) < len(given):
        LOG.warning(f"skipped {len(given) - len(filled):,} of {len(given):,} lines without text in {path}")
    return filled
