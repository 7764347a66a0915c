"""The metadata of a model file: its task, its labels, its input and the task's settings, as `suite.json`.

A `.tflite` file has it in a zip at its end, beside the files that TFLite Metadata names (see `tflite_metadata`); a
`.keras` file is a zip itself and has it as one more member; a SavedModel has it in `assets.extra`.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from suite.errors import InputError
from suite.files import check_zip, write

if TYPE_CHECKING:
    import numpy as np

APOSTROPHES = "’‘`´ʼ＇"  # beside the straight one
FORMAT = 1  # of suite.json
SUITE_FILE = "suite.json"
MAX_BYTES = 8 * 2**20  # of suite.json: room for a vocabulary, none for a zip bomb

_CHECKSUM = b"sha256:"
_LARGEST_ZIP = 2**31  # bytes of a .keras file's members
_LARGEST = 2**27  # elements of a tensor: 512 MB

# Exceptions of FlatBuffers' Python code on bytes that are no FlatBuffer; it has no verifier.
DAMAGE = (struct.error, ValueError, LookupError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True)
class Metadata:
    """Metadata of a model file.

    Args:
        task: The task, such as `"speech"`.
        labels: Name of each output of a classifier, of each style of a painter, in their order.
        input: Name of the model's first input, such as `"waveform"`, `"image"`, `"ids"` or `"log_mel"`.
        settings: Everything else that the task needs, as JSON can hold it.
        name: The model's name for people; like all that follow, it may be empty.
        description: What the model does, a sentence.
        version: The model's version, not the suite's.
        author: Who made it.
        licence: Its licence.
        output: Name of the output, such as `"probabilities"` or `"picture"`.

    Raises:
        InputError: A value has another type, the task, the input or a label is empty, or two labels are the same.
    """

    task: str
    labels: tuple[str, ...]
    input: str
    settings: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    description: str = ""
    version: str = ""
    author: str = ""
    licence: str = ""
    output: str = "probabilities"

    def __post_init__(self) -> None:
        for part in fields(self):
            value, kind = getattr(self, part.name), {"labels": object, "settings": dict}.get(part.name, str)
            if not isinstance(value, kind):
                raise InputError(f"{part.name} must be {kind.__name__}, not {value!r}")
        if not self.task or not self.input:
            raise InputError("task and input must not be empty")
        try:  # the settings as a file will give them back: a copy, with lists for tuples
            settings = json.loads(json.dumps(self.settings, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"settings must be what JSON can hold: {error}") from None
        object.__setattr__(self, "settings", settings)
        object.__setattr__(self, "labels", check_lines("labels", self.labels))

    def to_json(self) -> str:
        """The metadata as JSON: the same text for the same metadata."""
        content = {"format": FORMAT, **asdict(self)}
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Metadata:
        """The metadata that `to_json` wrote.

        Raises:
            InputError: The text is not JSON, of another format, or lacks a field or has an unknown one.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"not JSON ({error})") from None
        if not isinstance(content, dict):
            raise InputError("not a JSON object")
        number = content.pop("format", None)
        if type(number) is not int or number != FORMAT:
            raise InputError(f"format {number!r}, where this version of the suite reads format {FORMAT}")
        known = [part.name for part in fields(cls)]
        if unknown := sorted(content.keys() - known):
            raise InputError(f"unknown field {unknown[0]!r}; allowed are {', '.join(known)}")
        if missing := [name for name in ("task", "labels", "input") if name not in content]:
            raise InputError(f"{missing[0]} is missing")
        return cls(**content)


def read(path: str | Path) -> Metadata:
    """The metadata of a `.tflite` file, a `.keras` file or a SavedModel folder.

    The file may come from anywhere: nothing in it is run, unpickled or unpacked to disk. Whether its tensors fit the
    metadata is for the loader to check.

    Raises:
        InputError: The file carries no metadata, or is damaged.
        OSError: There is no such file, or it may not be read.
    """
    path = Path(path)
    if path.is_dir():
        file = path / "assets.extra" / SUITE_FILE
        content = file.read_bytes() if file.is_file() else None
    else:
        content = _read_zip(path, path.read_bytes())
    if content is None:
        raise InputError(f"{path} carries no suite metadata: export it with python -m suite.<task> export")
    if len(content) > MAX_BYTES:
        raise InputError(f"{path}: its {SUITE_FILE} is larger than {MAX_BYTES >> 20} MB")
    try:
        return Metadata.from_json(content)
    except ValueError as error:
        raise InputError(f"{path}: its {SUITE_FILE} is wrong: {error}") from None


def add_to_keras(path: str | Path, metadata: Metadata) -> None:
    """Puts metadata into a `.keras` file by one rename, in place of what is there; Keras loads it as before.

    Raises:
        InputError: Keras did not save this file.
    """
    path, result = Path(path), io.BytesIO()
    data = io.BytesIO(path.read_bytes())
    if not zipfile.is_zipfile(data) or "config.json" not in zipfile.ZipFile(data).namelist():
        raise InputError(f"{path} is not a .keras file")
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(result, "w") as new:
        for member in old.infolist():
            if member.filename != SUITE_FILE:
                new.writestr(member, old.read(member))
        add_member(new, SUITE_FILE, metadata.to_json().encode())
    write(path, result.getvalue())


def min_runtime_version(path: str | Path) -> str:
    """The oldest TFLite runtime that has every operation of a `.tflite` file; "" if the file does not say."""
    entries = inspect_tflite(Path(path).read_bytes(), str(path)).entries
    return bytes(entries.get("min_runtime_version", b"")).split(b"\0")[0].decode("ascii", "replace")


def spellings(vocabulary: Sequence[str]) -> dict[str, int]:
    """The id of each spelling of the words of a vocabulary.

    MediaPipe looks a word up as it finds it and changes no letter, but several spellings may share an id. So each word
    is listed as it is, Capitalised and in CAPITALS, with each apostrophe that people type, and decomposed (NFD).

    Args:
        vocabulary: The word of each id; the first two are `<PAD>` and `<UNKNOWN>`.

    Returns:
        Spelling to id. Where two words share a spelling, the first of them, which is the more frequent, has it.
    """
    ids = {word: number for number, word in enumerate(vocabulary)}
    for number, word in enumerate(vocabulary[2:], start=2):
        for cased in (word, word.capitalize(), word.upper()):
            for apostrophe in ("'", *APOSTROPHES) if "'" in cased else ("'",):
                spelling = cased.replace("'", apostrophe)
                ids.setdefault(spelling, number)
                if not spelling.isascii():
                    ids.setdefault(unicodedata.normalize("NFD", spelling), number)
    return ids


class TFLiteModel(NamedTuple):
    """Tensors and entries of a TFLite model.

    Args:
        inputs: Number of elements of each input, by name.
        outputs: Number of elements of each output.
        entries: Content of each of the model's metadata entries, uint8 (N,), by name.
    """

    inputs: dict[str, int]
    outputs: list[int]
    entries: dict[str, np.ndarray]


def inspect_tflite(data: bytes, source: str) -> TFLiteModel:
    """Reads the tensors and the entries of a TFLite file.

    Args:
        data: The file's content; it may be damaged.
        source: The file's name for messages.

    Raises:
        InputError: The file is not a TFLite file, or is damaged.
    """
    from ai_edge_litert.schema_py_generated import Model

    if data[4:8] != b"TFL3":
        raise InputError(f"{source} is not a TFLite file")
    try:
        model = Model.GetRootAs(data)
        graph = model.Subgraphs(0)
        if max(_size(graph.Tensors(i)) for i in range(graph.TensorsLength())) > _LARGEST:
            raise InputError(f"{source}: has a tensor of more than {_LARGEST:,} elements; nothing here needs as many")
        taken, given = ([graph.Tensors(i) for i in ends] for ends in (graph.InputsAsNumpy(), graph.OutputsAsNumpy()))
        names = [tensor.Name().decode().removeprefix("serving_default_").split(":")[0] for tensor in taken]
        inputs = dict(zip(names, map(_size, taken), strict=True))
        entries = [model.Metadata(i) for i in range(model.MetadataLength())]
        contents = {entry.Name().decode(): model.Buffers(entry.Buffer()).DataAsNumpy() for entry in entries}
        return TFLiteModel(inputs, [_size(tensor) for tensor in given], contents)
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(f"{source} is damaged or cut off: it cannot be read as a TFLite file") from error


def check_lines(what: str, lines: object) -> tuple[str, ...]:
    """Lines that can be written to a text file, one each, and read back from it.

    Args:
        what: What the lines are, for messages.
        lines: A list or tuple.

    Raises:
        InputError: There is none, or one is empty, is no single line, has space around it or is there twice.
    """
    if not isinstance(lines, (list, tuple)) or not lines or not all(isinstance(line, str) for line in lines):
        raise InputError(f"{what} must be a list of one text or more")
    seen = set()
    for line in lines:
        if [line] != line.strip().splitlines():
            raise InputError(f"{what} must each be a line without space around it: {line!r} is not")
        if line in seen:
            raise InputError(f"{what} must differ: {line!r} is there twice")
        seen.add(line)
    return tuple(lines)


def checksum(model: bytes) -> bytes:
    """The comment of the zip at the end of a .tflite, by which damage to the model before it is found."""
    return _CHECKSUM + hashlib.sha256(model).hexdigest().encode()


def add_member(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Adds a file to a zip, uncompressed, as phones map it into memory, and with a fixed date, for the same bytes."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, 0o644 << 16
    archive.writestr(info, content)


def _size(tensor: Any) -> int:
    return math.prod(tensor.Shape(i) for i in range(tensor.ShapeLength()))


def _read_zip(path: Path, data: bytes) -> bytes | None:
    """The suite.json in a file that is or ends in a zip, read to a byte past the limit; None if not there."""
    model = inspect_tflite(data, str(path)) if data[4:8] == b"TFL3" else None
    if not zipfile.is_zipfile(io.BytesIO(data)):
        if model is None:
            raise InputError(f"{path} is neither a TFLite file nor a .keras file")
        if "TFLITE_METADATA" in model.entries:
            raise InputError(f"{path} has lost the files at its end: was it cut off?")
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if SUITE_FILE not in archive.namelist():
                return None
            check_zip(archive, path, _LARGEST_ZIP)
            start = min(member.header_offset for member in archive.infolist())
            if archive.comment.startswith(_CHECKSUM) and archive.comment != checksum(data[:start]):
                raise InputError(f"{path} is damaged: its checksum differs; copy it again")
            with archive.open(SUITE_FILE) as member:
                return member.read(MAX_BYTES + 1)
    except InputError:
        raise
    except Exception as error:  # zipfile lets those of four decompressors through
        raise InputError(f"{path} is damaged: its {SUITE_FILE} cannot be read ({str(error)[:100]})") from error
