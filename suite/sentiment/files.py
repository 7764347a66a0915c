"""Reads labelled texts: a table with a header, or a label and a text on each line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path

from suite import files
from suite.console.log import LOG
from suite.data import folders, reading
from suite.errors import InputError

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".xlsx")  # .csv.gz and so on, too
_DELIMITERS = ",;\t|"
_SEP = re.compile(r"\"?sep=(.)\"?\r?\n", re.IGNORECASE)  # Excel's first line
_CONTRACTION = re.compile(r" (?=(?:n't|'(?:s|re|ve|ll|d|m))(?: |$))", re.IGNORECASE)
_LONGEST = 2**24  # characters of a cell; the csv module's own limit is below a long review
_LARGEST = 2**30  # bytes of an unpacked file
_NO_LABELS = ("", "nan", "null", "n/a", "#n/a", "<na>")
_MOST_UNLABELLED = 0.1  # share of the texts

Row = tuple[str, str, str]  # the place, for messages, the text and the label


def ending(path: Path) -> str:
    """The last part of a file's name, lower case, without .gz."""
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


def table(path: Path, text_column: str, label_column: str) -> list[tuple[str, str]]:
    """The texts and labels of a table, see `TABLES`; the delimiter is found.

    Args:
        path: The file, with a header, or with a JSON object on each line; a text in quotation marks may span lines.
        text_column, label_column: Names of columns.

    Raises:
        InputError: It has no such column, or two, or a line of it cannot be read.
    """
    columns = (text_column, label_column)
    if ending(path) in (".jsonl", ".ndjson", ".json"):
        return _filled(path, _objects(path, columns))
    return _filled(path, _sheet(path, columns) if ending(path) == ".xlsx" else _separated(path, columns))


def _separated(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a text file with a delimiter."""
    content = read(path)
    if told := _SEP.match(content):
        content = content[told.end() :]
    headers = {sign: _header(path, content, sign) for sign in (told[1] if told else _DELIMITERS)}
    sign = max(headers, key=lambda sign: (len(set(columns) & set(headers[sign])), len(headers[sign])))
    places = _places(path, headers[sign], columns)
    rows = _records(path, content, sign)
    next(rows)  # the header
    for number, row in rows:
        if len(row) != len(headers[sign]):
            raise InputError(
                f"{path}, line {number + bool(told)}: {len(row):,} columns, where the header has "
                f"{len(headers[sign]):,}; put texts that contain the delimiter in quotation marks"
            )
        yield f"{path}, line {number + bool(told)}", row[places[0]], row[places[1]]


def _sheet(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of the first sheet of an Excel file."""
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            files.check_zip(archive, path, _LARGEST)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        first = next(sheet.iter_rows(max_row=1, values_only=True), ())
        header = ["" if cell is None else _plain(str(cell)) for cell in first]
        places = _places(path, header, columns)
        rows = []
        limits = {"min_row": 2, "max_col": max(places) + 1, "values_only": True}
        for number, row in enumerate(sheet.iter_rows(**limits), start=2):
            if any(cell is not None for cell in row):
                cells = [row[place] if place < len(row) else None for place in places]
                text, label = ("" if cell is None else str(cell) for cell in cells)
                rows.append((f"{path}, row {number}", text, label))
        book.close()
    except (OSError, InputError):
        raise
    except Exception as error:  # openpyxl lets those of zip, XML and its own types through
        raise InputError(f"{path}: not an Excel file ({str(error)[:100]}); save it as .xlsx or CSV") from None
    yield from rows


def _objects(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a file with a JSON object on each line, or one list of them."""
    content = read(path)
    numbered = list(enumerate((line for line in content.split("\n")), start=1))
    if content.lstrip().startswith("["):
        numbered = [(1, content)]
    for number, line in numbered:
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path}, line {number}: not JSON ({error}); put a JSON object on each line") from None
        for row in found if isinstance(found, list) else [found]:
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number}: not a JSON object; write {{{columns[0]!r}: ..., ...}}")
            row = {_plain(name): value for name, value in row.items()}
            _places(path, [*row], columns)
            values = ["" if row[column] is None else row[column] for column in columns]
            if not all(isinstance(value, str | int | float) for value in values):
                raise InputError(f"{path}, line {number}: {' and '.join(columns)} must be texts or numbers")
            yield f"{path}, line {number}", str(values[0]), str(values[1])


def _places(path: Path, header: Sequence[str], columns: Sequence[str]) -> list[int]:
    """The places of the columns in a header."""
    for option, column in zip(("text_column", "label_column"), columns, strict=True):
        if column not in header:
            shown = ", ".join(header[:10]) + (f", ... ({len(header):,})" if len(header) > 10 else "")
            there = f"there are {shown}: choose by --data.{option}" if header else "it has no header"
            raise InputError(f"{path}: no column {column!r}; {there}")
        if header.count(column) > 1:
            raise InputError(f"{path}: {header.count(column)} columns are called {column!r}; rename all but one")
    return [header.index(column) for column in columns]


def lines(path: Path) -> list[tuple[str, str]]:
    """The texts and labels of a file with a label, a space and a text on each line.

    Raises:
        InputError: It cannot be read.
    """
    numbered = enumerate(read(path).split("\n"), start=1)
    parts = ((number, joined(line).split(maxsplit=1)) for number, line in numbered if line.strip())
    return _filled(path, ((f"{path}, line {n}", rest[0] if rest else "", label) for n, (label, *rest) in parts))


def folder(root: Path) -> list[tuple[str, str]]:
    """The texts of a folder for each label, with a text in each .txt file, as IMDb's pos and neg.

    Raises:
        InputError: There are no such folders, or files, or one cannot be read.
    """
    if (root / "unsup").is_dir():
        LOG.warning("%s: left out: texts without labels", root / "unsup")  # IMDb's
    files_, labels = folders.class_folders(root, (".txt",), "texts", ".txt", ("unsup",))
    texts, kept = reading.read_all(files_, read, "texts")
    return _filled(root, ((str(files_[i]), text, labels[i]) for text, i in zip(texts, kept, strict=True)))


def joined(text: str) -> str:
    """A text with its contractions joined, which the treebank's tokens divide (do n't, it 's)."""
    return _CONTRACTION.sub("", text)


def read(path: Path) -> str:
    """A text file, or standard input for -: UTF-8, UTF-16 with a mark at its beginning, or Latin-1; .gz is unpacked.

    As on the web, Latin-1 means Windows-1252, which has dashes and quotes in place of control characters. A file is
    Latin-1 if none of its lines outside of ASCII is UTF-8: one bad line among good ones is damage.

    Returns:
        The text, in Unicode's form NFC.

    Raises:
        InputError: It is none of these; names the line.
    """
    content = _content(path)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return unicodedata.normalize("NFC", content.decode("utf-16"))
        except UnicodeDecodeError:
            raise InputError(f"{path}: damaged UTF-16; save the file as UTF-8") from None
    if b"\0" in content:
        line = content[: content.index(0)].count(10) + 1
        raise InputError(f"{path}, line {line}: not text, or UTF-16; save as UTF-8")
    try:
        return unicodedata.normalize("NFC", content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    others = [part for part in content.split(b"\n") if not part.isascii()]
    try:
        if not any(_is_utf8(part) for part in others):
            return content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    raise InputError(f"{path}, line {line}: neither UTF-8 nor Latin-1 throughout; save the file as UTF-8")


def _content(path: Path) -> bytes:
    try:
        source = files.source(path, "a text file")
        with gzip.open(source) if path.suffix.lower() == ".gz" else nullcontext(source) as file:
            if isinstance(file, Path):
                return file.read_bytes()
            content = file.read(_LARGEST + 1)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise InputError(f"{path}: damaged, or no gzip file ({error}); copy it again") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give the path of a text file") from None
    if len(content) > _LARGEST:
        raise InputError(f"{path}: larger than {_LARGEST >> 20} MB unpacked; give it in parts")
    return content


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


def _filled(path: Path, rows: Iterable[Row]) -> list[tuple[str, str]]:
    """The rows that have a text and a label; the others are counted and told of, and so are labels and texts alike.

    Raises:
        InputError: There is none, or more than a tenth of the texts has no label.
    """
    given = [(where, _plain(text), _label(label)) for where, text, label in rows]
    filled = [row for row in given if row[1]]
    if not filled:
        raise InputError(f"{path}: no texts in it")
    if len(filled) < len(given):
        LOG.warning(f"skipped {len(given) - len(filled):,} of {len(given):,} lines without text in {path}")
    if without := [where for where, _, label in filled if not label]:
        count = f"{len(without):,} of {len(filled):,}"
        if len(without) > _MOST_UNLABELLED * len(filled):
            raise InputError(
                f"{without[0]}: a text without a label ({count}; NaN, null, n/a are none); add it, or remove the line"
            )
        more = ", ..." if len(without) > 3 else ""
        LOG.warning(f"skipped {count} texts without a label in {path}: {', '.join(without[:3])}{more}")
    return _told_of(path, [(text, label) for _, text, label in filled if label])


def _plain(text: str) -> str:
    """A text in form NFC, without halves of characters, as where a tweet was cut off within an emoji."""
    return unicodedata.normalize("NFC", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip())


def _label(label: str) -> str:
    """A label as it is compared: 1.0 is 1, and NaN is none."""
    label = " ".join(_plain(label).split())
    if re.fullmatch(r"-?\d+\.0+", label, re.ASCII):
        label = label.partition(".")[0]
    return "" if label.lower() in _NO_LABELS else label


def _told_of(path: Path, rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Labels that differ in their case alone are one; texts that are there twice are told of."""
    counts, spellings = Counter(label for _, label in rows), dict[str, str]()
    for label, _ in counts.most_common():
        usual = spellings.setdefault(label.casefold(), label)
        if usual != label:
            LOG.warning(f"{path}: the label {label} ({counts[label]:,}) is taken as {usual} ({counts[usual]:,})")
    rows = [(text, spellings[label.casefold()]) for text, label in rows]
    labels: dict[str, set[str]] = {}
    for text, label in rows:
        labels.setdefault(text, set()).add(label)
    if conflicts := [text for text, found in labels.items() if len(found) > 1]:
        shown = conflicts[0][:50]
        LOG.warning(f"{path}: texts with different labels: {len(conflicts):,}, such as {shown!r}; all are used")
    if len(rows) > len(labels):
        LOG.warning(
            f"{path}: texts that repeat an earlier one: {len(rows) - len(labels):,} of {len(rows):,}; all are used"
        )
    return rows
