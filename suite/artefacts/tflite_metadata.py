"""TFLite Metadata: the description of a `.tflite` file that the official phone clients (MediaPipe Tasks) read.

It is a FlatBuffer in the model's buffer TFLITE_METADATA, and the files that it names lie in a zip at the end of the
model, among them the suite's own `suite.json`. https://ai.google.dev/edge/litert/conversion/tensorflow/metadata
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from suite.artefacts.metadata import (
    DAMAGE,
    SUITE_FILE,
    Metadata,
    TFLiteModel,
    add_member,
    check_lines,
    checksum,
    inspect_tflite,
    spellings,
)
from suite.errors import InputError

LABEL_FILE, VOCABULARY_FILE = "labels.txt", "vocab.txt"

# No package has generated code for the schema without MediaPipe or TensorFlow. So a table is a tuple of its fields
# here, in the order of metadata_schema.fbs (1.5.0): the place is the slot. A number is a uint32 or a _Byte, a union is
# two fields with the type first, and None, "" and [] are left out.


class _Byte(int):
    pass


class Content:
    """Content of a tensor: the base of `Features`, `Image`, `Audio` and `Text`.

    Args:
        description: What the tensor holds, a phrase for people.
    """

    description: str
    parser_version: ClassVar[str] = "1.0.0"  # the oldest one of MediaPipe's parser that knows all fields

    def properties(self) -> tuple[Any, ...]:
        """The type of the content and its fields: a table Content."""
        return (_Byte(1), ())  # FeatureProperties

    def process_units(self) -> list[tuple[Any, ...]]:
        """Preprocessing that the client does: tables ProcessUnit."""
        return []

    def files(self) -> dict[str, bytes]:
        """Files that the process units name."""
        return {}


@dataclass(frozen=True)
class Features(Content):
    """Numbers that the client hands on as they are."""

    description: str


@dataclass(frozen=True)
class Image(Content):
    """An RGB image.

    Args:
        mean: One number or one for each channel, in the units of the pixels; the client gives the model
            (pixel - mean) / std. MediaPipe takes only the same number for all channels.
        std: Likewise. Both empty: no normalisation is stated, as for an output.
        description: A phrase for people.
    """

    mean: Sequence[float] = ()
    std: Sequence[float] = ()
    description: str = "An RGB image"

    def properties(self) -> tuple[Any, ...]:
        return (_Byte(2), (_Byte(1),))  # ImageProperties: color_space RGB

    def process_units(self) -> list[tuple[Any, ...]]:
        if not self.mean and not self.std:
            return []
        options = ([float(x) for x in self.mean], [float(x) for x in self.std])
        return [(_Byte(1), options)]  # NormalizationOptions: mean, std


@dataclass(frozen=True)
class Audio(Content):
    """Sound on one channel, in -1..1.

    Args:
        sample_rate: In Hz.

    Raises:
        InputError: The sample rate is not a whole number above 0.
    """

    sample_rate: int
    description: str = field(init=False)
    parser_version: ClassVar[str] = "1.3.0"

    def __post_init__(self) -> None:
        if type(self.sample_rate) is not int or not 0 < self.sample_rate < 2**32:
            raise InputError(f"sample_rate must be a whole number of Hz, not {self.sample_rate!r}")
        object.__setattr__(self, "description", f"Sound on one channel at {self.sample_rate} Hz, in -1..1")

    def properties(self) -> tuple[Any, ...]:
        return (_Byte(4), (self.sample_rate, 1))  # AudioProperties: sample_rate, channels


@dataclass(frozen=True)
class Text(Content):
    """Ids of words, which the client looks up.

    Args:
        vocabulary: The word of each id, lower case; the first two are `<PAD>` and `<UNKNOWN>`. Other spellings of the
            words are added, see `spellings`.
        delimiter: A regular expression for what stands between two words.

    Raises:
        InputError: MediaPipe would end the process on this vocabulary, or hang on this delimiter.
    """

    vocabulary: Sequence[str]
    delimiter: str = r"[^\w\']+"
    description: str = "The ids of words"
    parser_version: ClassVar[str] = "1.2.1"

    def __post_init__(self) -> None:
        words = check_lines("vocabulary", self.vocabulary)
        if words[:2] != ("<PAD>", "<UNKNOWN>"):
            raise InputError(f"vocabulary must begin with <PAD> and <UNKNOWN>, not with {words[:2]}")
        if spaced := [word for word in words if len(word.split()) > 1]:
            raise InputError(f"vocabulary must be of single words: {spaced[0]!r} is not one")
        try:
            matches_nothing = re.fullmatch(self.delimiter, "")
        except (re.error, TypeError) as error:
            raise InputError(f"delimiter must be a regular expression, not {self.delimiter!r} ({error})") from None
        if matches_nothing:
            raise InputError(f"delimiter must match one character or more: {self.delimiter!r} also matches none")

    def process_units(self) -> list[tuple[Any, ...]]:
        vocabulary = (VOCABULARY_FILE, None, _Byte(5))  # AssociatedFile of type VOCABULARY
        return [(_Byte(6), (self.delimiter, [vocabulary]))]  # RegexTokenizerOptions

    def files(self) -> dict[str, bytes]:
        return {VOCABULARY_FILE: _text(f"{word} {number}" for word, number in spellings(self.vocabulary).items())}


def pack(
    model: bytes | str | Path,
    metadata: Metadata,
    inputs: Mapping[str, Content],
    output: Content = Features("The probability of each label"),
    labelled: str = "",
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """Puts metadata into a TFLite model.

    Metadata that is there already is replaced, but for the converter's own entries. The weights are laid at multiples
    of 16 bytes, as TFLite's schema asks and microcontrollers need, and the converter forgets. Tensors inside are named
    by their layer alone: in a small model the converter's long names are a fifth of the file.

    Args:
        model: A `.tflite` file or its content, with one output.
        metadata: The model's metadata.
        inputs: Content of each input, by its name in the model.
        output: Content of the output, which is called `metadata.output`.
        labelled: The input whose elements have the metadata's labels; "" for the output.
        files: Content of further files to attach, by name.

    Returns:
        The content of the new `.tflite` file: the same bytes for the same arguments, on every machine.

    Raises:
        InputError: The model is not a TFLite file, has other inputs or another number of labels, or a file's name is
            taken.
    """
    source = "the model" if isinstance(model, bytes) else str(model)
    data = model if isinstance(model, bytes) else Path(model).read_bytes()
    inspected = inspect_tflite(data, source)
    _check(source, inspected, metadata, inputs, labelled)
    attached = {LABEL_FILE: _text(metadata.labels), SUITE_FILE: metadata.to_json().encode()}
    for content in (*inputs.values(), output):
        attached |= content.files()
    if taken := sorted(attached.keys() & (files or {})):
        raise InputError(f"{taken[0]} is written by the suite: give the file to attach another name")
    others = [SUITE_FILE, *(files or {})]
    ordered = {name: inputs[name] for name in inspected.inputs}
    described = _insert(data, _description(metadata, ordered, output, labelled, others), source)
    result = io.BytesIO(described)
    with zipfile.ZipFile(result, "a") as archive:
        archive.comment = checksum(described)  # runtimes verify nothing, and a damaged model may end the process
        for name, member in (attached | dict(files or {})).items():
            add_member(archive, name, member)
    return result.getvalue()


def _check(source: str, model: TFLiteModel, metadata: Metadata, inputs: Mapping[str, Content], labelled: str) -> None:
    """Checks the names of the inputs, and the number of labels against the labelled tensor."""
    if model.inputs.keys() != inputs.keys():
        raise InputError(f"{source} has the inputs {', '.join(sorted(model.inputs))}, not {', '.join(sorted(inputs))}")
    if len(model.outputs) != 1:
        raise InputError(f"{source} has {len(model.outputs)} outputs; metadata is for one")
    if labelled and labelled not in inputs:
        raise InputError(f"{source} has no input {labelled}, whose labels are given; it has {', '.join(inputs)}")
    size = model.inputs[labelled] if labelled else model.outputs[0]
    if size != len(metadata.labels):
        place = f"elements of {labelled}" if labelled else "outputs"
        raise InputError(f"{source} has {size} {place}, but its metadata names {len(metadata.labels)} labels")


def _text(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _description(
    metadata: Metadata, inputs: Mapping[str, Content], output: Content, labelled: str, others: Sequence[str]
) -> bytes:
    """The FlatBuffer; `inputs` in the model's order, `others` the files that no tensor names."""
    import flatbuffers

    taken = [_tensor(name, content, name == labelled) for name, content in inputs.items()]
    given = _tensor(metadata.output, output, not labelled)
    graph = (None, None, taken, [given])  # SubGraphMetadata: name, description, inputs, outputs
    versions = [content.parser_version for content in (*inputs.values(), output)]
    parser = max(versions, key=lambda version: tuple(map(int, version.split("."))))
    about, by = (metadata.name, metadata.description, metadata.version), (metadata.author, metadata.licence)
    builder = flatbuffers.Builder()
    builder.Finish(_write(builder, (*about, [graph], *by, [(name,) for name in others], parser)), b"M001")
    return bytes(builder.Output())


def _tensor(name: str, content: Content, labelled: bool) -> tuple[Any, ...]:
    """A TensorMetadata: name, description, dimension_names, content, process_units, stats, associated_files."""
    labels = [(LABEL_FILE, None, _Byte(2))] if labelled else []  # AssociatedFile of type TENSOR_AXIS_LABELS
    return (name, content.description, None, content.properties(), content.process_units(), None, labels)


def _write(builder: Any, value: str | list[Any] | tuple[Any, ...]) -> int:
    """Writes a string, a vector or a table after what it holds; returns its place."""
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


def _insert(data: bytes, description: bytes, source: str) -> bytes:
    """The model with the description in its buffer TFLITE_METADATA, and without an old zip."""
    import flatbuffers
    from ai_edge_litert.schema_py_generated import BufferT, MetadataT, ModelT

    damaged = InputError(f"{source} is damaged or cut off")
    try:
        model = ModelT.InitFromPackedBuf(data)
    except DAMAGE as error:
        raise damaged from error
    for buffer in model.buffers:
        if buffer.offset > 1:  # weights behind the FlatBuffer, as for models over 2 GB: brought into it
            buffer.data = data[buffer.offset : buffer.offset + buffer.size]
            if len(buffer.data) < buffer.size:
                raise damaged
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


class _AlignedBuffer(bytes):
    """A model's buffer, instead of the generated `BufferT`, which packs without the schema's alignment."""

    def Pack(self, builder: Any) -> int:
        builder.Prep(16, len(self))
        content = builder.CreateByteVector(self)
        builder.StartObject(1)
        builder.PrependUOffsetTRelativeSlot(0, content, 0)
        return builder.EndObject()


def _name_by_layer(graph: Any) -> None:
    """Names a graph's tensors by their layers, b2_conv and b2_conv:1; its inputs and outputs keep their names.

    The converter's name of a tensor is a path, or with semicolons those of all operations that became one.
    """
    ends = {*graph.inputs, *graph.outputs}
    known: Counter[bytes] = Counter()
    for i, tensor in enumerate(graph.tensors):
        if i in ends or not tensor.name:
            continue
        path = min(tensor.name.split(b";"), key=len).split(b"/")
        layer = (path[-2] if len(path) > 1 else b"") or tensor.name
        tensor.name = layer + b":%d" % known[layer] if known[layer] else layer
        known[layer] += 1
