"""What a model file says of itself: its task, its labels, what it takes and how it was set up.

A `.tflite` says it twice. The official phone clients (MediaPipe Tasks) read the TFLite Metadata FlatBuffer in
the model and the files that it names, which lie in a zip at the end of the file; the suite reads `suite.json`
from that zip. A `.keras` file is a zip itself and holds it as one more member; a SavedModel has it in
`assets.extra`. The format: https://ai.google.dev/edge/litert/conversion/tensorflow/metadata
"""

import io
import json
import math
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import NamedTuple

from suite.errors import InputError
from suite.files import write

FORMAT = 1  # of suite.json
SUITE_FILE, LABEL_FILE, VOCABULARY_FILE = "suite.json", "labels.txt", "vocab.txt"
MAX_BYTES = 8 * 2**20  # of suite.json: room for a vocabulary, none for a zip bomb


@dataclass(frozen=True)
class Metadata:
    """What a model file says of itself. What cannot be is refused with an InputError.

    Args:
        task: the task that the model is of, such as `"speech"`.
        labels: a name for each of the model's outputs, in their order; of a painter, for each of its styles.
        input: what the model takes: `"waveform"`, `"image"`, `"ids"`, or the name of features: `"log_mel"`.
        settings: everything else the task needs, as JSON can hold it. Phones are told the `sample_rate` (Hz)
            of a waveform, `mean` and `std` (a list, one or three numbers) of an image, and of ids the
            `vocabulary` (the word of each id, from `<PAD>` and `<UNKNOWN>` on; in small letters, see
            `spellings`) and the `delimiter` (a regular expression).
        name: the model's name, for people; like all that follow, it may be empty.
        description: what the model does, in a sentence.
        version: the version of the model, not of the suite.
        author: who made it.
        licence: what may be done with it.
        output: what the model gives: `"probabilities"`, one for each label, or a `"picture"`. A model of pictures also
            takes `"styles"`, a weight for each label, and `"strength"`.
    """

    task: str
    labels: tuple[str, ...]
    input: str
    settings: dict = field(default_factory=dict)
    name: str = ""
    description: str = ""
    version: str = ""
    author: str = ""
    licence: str = ""
    output: str = "probabilities"

    def __post_init__(self):
        for part in fields(self):
            value = getattr(self, part.name)
            if part.type in (str, dict) and not isinstance(value, part.type):
                raise InputError(f"{part.name} must be {part.type.__name__}, not {value!r}")
        if not self.task or not self.input:
            raise InputError("task and input must not be empty")
        try:  # the settings as a file will give them back: a copy, with lists for tuples
            settings = json.loads(json.dumps(self.settings, allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"settings must be what JSON can hold: {error}") from None
        object.__setattr__(self, "settings", settings)
        object.__setattr__(self, "labels", _checked_lines("labels", self.labels))

    def to_json(self) -> str:
        """The metadata as JSON: the same text for the same metadata."""
        content = {"format": FORMAT, **asdict(self)}
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Metadata":
        """The metadata that `to_json` wrote; an InputError says what is wrong with any other text."""
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


def pack(model: str | Path | bytes, metadata: Metadata, files: dict[str, bytes] | None = None) -> bytes:
    """Put metadata into a TFLite model.

    Metadata that is there already is replaced, but for the converter's own notes. The weights come to lie at
    multiples of 16 bytes, as TFLite's schema asks and the converter forgets: microcontrollers use them there. Tensors
    inside are named by their layer alone: in a small model the converter's long names are a fifth of the file.

    Args:
        model: a `.tflite` file, or its content, with one output, and one input or those of a painter.
        metadata: what the file shall say of itself.
        files: further files to attach, by name.

    Returns:
        The content of the new `.tflite` file: the same bytes for the same arguments, on every machine.

    Raises:
        InputError: the model is not a TFLite file, or does not fit the metadata, or a phone would refuse it.
    """
    source = "the model" if isinstance(model, bytes) else str(model)
    data = model if isinstance(model, bytes) else Path(model).read_bytes()
    inspected = _inspect(data, source)
    _check_fit(source, metadata, inspected)
    attached = {LABEL_FILE: _lines(metadata.labels), SUITE_FILE: metadata.to_json().encode()}
    if metadata.input == "ids":
        attached[VOCABULARY_FILE] = _vocabulary(metadata.settings)
    if taken := sorted(attached.keys() & (files or {})):
        raise InputError(f"{taken[0]} is written by the suite: give the file to attach another name")
    attached |= files or {}
    result = io.BytesIO(_insert(data, _description(metadata, inspected, attached)))
    with zipfile.ZipFile(result, "a") as archive:
        for name, content in attached.items():
            _add(archive, name, content)
    return result.getvalue()


def read(path: str | Path) -> Metadata:
    """What a `.tflite` file, a `.keras` file or a SavedModel folder says of itself.

    The file may come from anywhere: nothing in it is run, unpickled or unpacked to disk.

    Raises:
        InputError: it carries no metadata, is damaged, or says what its tensors contradict.
        OSError: there is no such file, or it may not be read.
    """
    path, model = Path(path), None
    if path.is_dir():
        file = path / "assets.extra" / SUITE_FILE
        content = file.read_bytes() if file.is_file() else None
    else:
        data = path.read_bytes()
        model = _inspect(data, str(path)) if data[4:8] == b"TFL3" else None
        content = _read_zip(path, data, model)
    if content is None:
        raise InputError(f"{path} carries no suite metadata: export it with python -m suite.<task> export")
    if len(content) > MAX_BYTES:
        raise InputError(f"{path}: its {SUITE_FILE} is larger than {MAX_BYTES >> 20} MB")
    try:
        metadata = Metadata.from_json(content)
    except ValueError as error:
        raise InputError(f"{path}: its {SUITE_FILE} is wrong: {error}") from None
    if model:
        _check_fit(str(path), metadata, model)
    return metadata


def add_to_keras(path: str | Path, metadata: Metadata) -> None:
    """Put metadata into a `.keras` file, in place of what is there already; Keras loads it as before.

    The file is replaced in one step: whoever reads it meanwhile finds the old one or the new one.

    Raises:
        InputError: the file is not one that Keras saved.
    """
    path, result = Path(path), io.BytesIO()
    data = io.BytesIO(path.read_bytes())
    if not zipfile.is_zipfile(data) or "config.json" not in zipfile.ZipFile(data).namelist():
        raise InputError(f"{path} is not a .keras file")
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(result, "w") as new:
        for member in old.infolist():
            if member.filename != SUITE_FILE:
                new.writestr(member, old.read(member))
        _add(new, SUITE_FILE, metadata.to_json().encode())
    write(path, result.getvalue())


def spellings(vocabulary: Sequence[str]) -> dict[str, int]:
    """Every way in which a word of a vocabulary may be written, and the word's id.

    MediaPipe looks a word up as it finds it and changes no letter, but lets several spellings have one id: so a file
    tells it each word as the vocabulary has it, Capitalised and in CAPITALS, with the apostrophe of a typewriter and
    with the curly one that phones type. Whoever looks words up in this table gives the ids that a phone gives.

    Args:
        vocabulary: the word of each id, from `<PAD>` and `<UNKNOWN>` on.

    Returns:
        The id of each spelling; where two words share one, the more frequent word, which is the first, has it.
    """
    ids = {word: number for number, word in enumerate(vocabulary)}
    for number, word in enumerate(vocabulary[2:], start=2):
        for cased in (word, word.capitalize(), word.upper()):
            ids.setdefault(cased, number)
            ids.setdefault(cased.replace("'", "’"), number)
    return ids


def min_runtime_version(path: str | Path) -> str:
    """The oldest TFLite runtime that has every operation of a `.tflite` file; "" if the file does not say."""
    notes = _inspect(Path(path).read_bytes(), str(path)).notes
    return bytes(notes.get("min_runtime_version", b"")).split(b"\0")[0].decode("ascii", "replace")


# What FlatBuffers' Python code may raise on bytes that are no FlatBuffer; it has no verifier.
_DAMAGE = (struct.error, ValueError, LookupError, TypeError, AttributeError, OverflowError)


class _Model(NamedTuple):
    """What is to be known of a TFLite model: elements of each input, by its name, and output; its metadata entries."""

    inputs: dict[str, int]
    outputs: list[int]
    notes: dict


def _inspect(data: bytes, source: str) -> _Model:
    """Look into a TFLite file, which may be damaged."""
    from ai_edge_litert.schema_py_generated import Model

    if data[4:8] != b"TFL3":
        raise InputError(f"{source} is not a TFLite file")
    try:
        model = Model.GetRootAs(data)
        graph = model.Subgraphs(0)
        sizes, outputs = _sizes(graph, graph.InputsAsNumpy()), _sizes(graph, graph.OutputsAsNumpy())
        names = [graph.Tensors(index).Name().decode() for index in graph.InputsAsNumpy()]
        entries = [model.Metadata(i) for i in range(model.MetadataLength())]
        notes = {entry.Name().decode(): model.Buffers(entry.Buffer()).DataAsNumpy() for entry in entries}
    except _DAMAGE as error:
        raise InputError(f"{source} is damaged or cut off: it cannot be read as a TFLite file") from error
    return _Model(dict(zip(map(_plain, names), sizes, strict=True)), outputs, notes)


def _plain(name: str) -> str:
    """An input's name without what the converter puts around it: image for serving_default_image:0."""
    return name.removeprefix("serving_default_").split(":")[0]


def _sizes(graph, indices) -> list[int]:
    tensors = [graph.Tensors(index) for index in indices]
    return [math.prod(tensor.Shape(i) for i in range(tensor.ShapeLength())) for tensor in tensors]


def _check_fit(source: str, metadata: Metadata, model: _Model) -> None:
    """Raise InputError where the metadata says something else than the model's tensors."""
    labels = len(metadata.labels)
    if metadata.output == "picture":
        if model.inputs.keys() != {metadata.input, *_CONDITIONS} or model.inputs["styles"] != labels:
            raise InputError(f"{source} does not take {metadata.input}, strength and weights of {labels} styles")
        return
    if (ends := (len(model.inputs), len(model.outputs))) != (1, 1):
        raise InputError(f"{source} has {ends[0]} inputs and {ends[1]} outputs; metadata is for one of each")
    (size,), (classes,) = model.inputs.values(), model.outputs
    if classes != labels:
        raise InputError(f"{source} has {classes} outputs, but its metadata names {labels} labels")
    samples = metadata.settings.get("samples", size)
    if metadata.input == "waveform" and samples != size:
        raise InputError(f"{source} takes {size} samples, but its metadata says {samples!r}")


def _read_zip(path: Path, data: bytes, model: _Model | None) -> bytes | None:
    """The suite.json in a file that is or ends in a zip, read to a byte past the limit; None if not there."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        if model is None:
            raise InputError(f"{path} is neither a TFLite file nor a .keras file")
        if "TFLITE_METADATA" in model.notes:
            raise InputError(f"{path} has lost the files at its end: was it cut off?")
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if SUITE_FILE not in archive.namelist():
                return None
            with archive.open(SUITE_FILE) as member:
                return member.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path} is damaged: its {SUITE_FILE} cannot be read ({error})") from error


def _checked_lines(what: str, lines) -> tuple[str, ...]:
    """The lines of a text file to be, if they can be told apart in it."""
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


def _vocabulary(settings: dict) -> bytes:
    """The file of lines `word id`, with every spelling. MediaPipe's process dies of any other."""
    words = _checked_lines("vocabulary", settings.get("vocabulary"))
    if words[:2] != ("<PAD>", "<UNKNOWN>"):
        raise InputError(f"vocabulary must begin with <PAD> and <UNKNOWN>, not with {words[:2]}")
    if spaced := [word for word in words if len(word.split()) > 1]:
        raise InputError(f"vocabulary must be of single words: {spaced[0]!r} is not one")
    return _lines(f"{word} {number}" for word, number in spellings(words).items())


def _delimiter(settings: dict) -> str:
    """The regular expression between words. MediaPipe hangs on one that matches the empty text."""
    pattern = settings.get("delimiter", r"[^\w\']+")
    try:
        if not re.fullmatch(pattern, ""):
            return pattern
    except (re.error, TypeError) as error:
        raise InputError(f"delimiter must be a regular expression, not {pattern!r} ({error})") from None
    raise InputError(f"delimiter must match one character or more: {pattern!r} also matches none")


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file, uncompressed as phones map it into memory, and without a trace of the machine and day."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, 0o644 << 16
    archive.writestr(info, content)


class _AlignedBuffer(bytes):
    """A model's buffer, instead of the generated `BufferT`, which packs without the schema's alignment."""

    def Pack(self, builder) -> int:
        builder.Prep(16, len(self))
        content = builder.CreateByteVector(self)
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, content, 0)
        return builder.EndObject()


def _insert(data: bytes, description: bytes) -> bytes:
    """The model with the description as the buffer that is named TFLITE_METADATA, and without an old zip."""
    import flatbuffers
    from ai_edge_litert.schema_py_generated import BufferT, MetadataT, ModelT

    try:
        model = ModelT.InitFromPackedBuf(data)
    except _DAMAGE as error:
        raise InputError("the model is damaged or cut off") from error
    for buffer in model.buffers:
        if buffer.offset > 1:  # weights behind the FlatBuffer, as for models over 2 GB: brought into it
            buffer.data = data[buffer.offset : buffer.offset + buffer.size]
            if len(buffer.data) < buffer.size:
                raise InputError("the model is damaged or cut off")
    model.metadata = model.metadata or []
    known = [entry.buffer for entry in model.metadata if entry.name == b"TFLITE_METADATA"]
    if not known:
        known = [len(model.buffers)]
        model.metadata.append(MetadataT("TFLITE_METADATA", known[0]))
        model.buffers.append(BufferT())
    model.buffers[known[0]].data = description
    for graph in model.subgraphs:
        _name_by_layer(graph)
    model.buffers = [b if b.data is None else _AlignedBuffer(b.data) for b in model.buffers]
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _name_by_layer(graph) -> None:
    """Names a graph's tensors by their layers, b2_conv and b2_conv:1; its inputs and outputs keep their names.

    The converter's name of a tensor is a path, or with semicolons those of all operations that became one.
    """
    ends = {*graph.inputs, *graph.outputs}
    known = Counter()
    for i, tensor in enumerate(graph.tensors):
        if i in ends or not tensor.name:
            continue
        *_, layer, _ = (b"", *min(tensor.name.split(b";"), key=len).split(b"/"))
        layer = layer or tensor.name
        tensor.name = layer + b":%d" % known[layer] if known[layer] else layer
        known[layer] += 1


# The FlatBuffer of the description. No package has generated code for it without MediaPipe or TensorFlow, so
# a table is a tuple of its fields here, in the order of metadata_schema.fbs (1.5.0): the place is the slot. A
# number is a uint32 or a _Byte, a union is two fields with the type first, and None, "" and [] are left out.


class _Byte(int):
    pass


_FEATURES = (_Byte(1), ())  # Content: FeatureProperties
_RGB = (_Byte(2), (_Byte(1),))  # Content: ImageProperties with the color_space


_CONDITIONS = {"styles": "A weight for each style; they sum to 1", "strength": "0 for the image itself, to 1"}
_OUTPUTS = {"probabilities": "The probability of each label", "picture": "The painted picture"}


def _description(metadata: Metadata, model: _Model, attached: Iterable[str]) -> bytes:
    """The metadata as phones read it, with the names of the attached files."""
    import flatbuffers

    labels = [(LABEL_FILE, None, _Byte(2))]  # AssociatedFile: name, description, type TENSOR_AXIS_LABELS
    pictures = metadata.output == "picture"
    conditions = {
        name: (name, about, None, _FEATURES, [], None, labels if name == "styles" else [])
        for name, about in _CONDITIONS.items()
    }
    inputs = [conditions.get(name) or _input(metadata) for name in model.inputs]
    content, named = (_RGB, []) if pictures else (_FEATURES, labels)
    output = (metadata.output, _OUTPUTS.get(metadata.output), None, content, [], None, named)
    graph = (None, None, inputs, [output])  # name, description, inputs, outputs
    others = [(name,) for name in attached if name not in (LABEL_FILE, VOCABULARY_FILE)]
    parser = {"waveform": "1.3.0", "ids": "1.2.1"}.get(metadata.input, "1.0.0")  # that knows all we use
    about, by = (metadata.name, metadata.description, metadata.version), (metadata.author, metadata.licence)
    builder = flatbuffers.Builder()
    builder.Finish(_write(builder, (*about, [graph], *by, others, parser)), b"M001")
    return bytes(builder.Output())


def _input(metadata: Metadata) -> tuple:
    """The TensorMetadata of the input: name, description, dimension_names, content, process_units."""
    settings, about, content, units = metadata.settings, f"The features {metadata.input}", _FEATURES, []
    if metadata.input == "waveform":
        rate = settings.get("sample_rate")
        if type(rate) is not int or not 0 < rate < 2**32:
            raise InputError(f"settings need the sample_rate of the waveform in whole Hz, not {rate!r}")
        about = f"Sound on one channel at {rate} Hz, in -1..1"
        content = (_Byte(4), (rate, 1))  # AudioProperties: sample_rate, channels
    elif metadata.input == "image":
        about = "An RGB image"
        content = _RGB
        mean, std = settings.get("mean", [0]), settings.get("std", [1])
        units = [(_Byte(1), ([float(x) for x in mean], [float(x) for x in std]))]  # NormalizationOptions
    elif metadata.input == "ids":
        about = "The ids of words"
        vocabulary = (VOCABULARY_FILE, None, _Byte(5))  # AssociatedFile of type VOCABULARY
        units = [(_Byte(6), (_delimiter(settings), [vocabulary]))]  # RegexTokenizerOptions
    return (metadata.input, about, None, content, units)


def _write(builder, value: str | list | tuple) -> int:
    """Write a string, a vector or a table, and what it holds before it; returns its place."""
    if isinstance(value, str):
        return builder.CreateString(value)
    if isinstance(value, list):
        floats = isinstance(value[0], float)
        items = value if floats else [_write(builder, item) for item in value]
        builder.StartVector(4, len(items), 4)
        for item in reversed(items):
            (builder.PrependFloat32 if floats else builder.PrependUOffsetTRelative)(item)
        return builder.EndVector()
    given = [(slot, item) for slot, item in enumerate(value) if item not in (None, "", [])]
    places = [item if isinstance(item, int) else _write(builder, item) for _, item in given]
    builder.StartObject(len(value))
    for (slot, item), place in zip(given, places, strict=True):
        if isinstance(item, _Byte):
            builder.PrependByteSlot(slot, place, 0)
        elif isinstance(item, int):
            builder.PrependUint32Slot(slot, place, 0)
        else:
            builder.PrependUOffsetTRelativeSlot(slot, place, 0)
    return builder.EndObject()
