"""Configurations: dataclasses of groups, read from YAML, the command line or Python, and checked by pydantic."""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import typing
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from suite.errors import InputError

PATH: Mapping[str, Any] = {"path": True}  # metadata of a field whose value may be a path
_LARGEST = 2**20  # bytes of a YAML file
_EXPECTED = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "float_type": "a number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "text",
    "tuple_type": "a list",
}

Config = TypeVar("Config")

Dtype = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Args:
        epochs: Passes over the training examples, at most; 0 for the task's own number for its source.
        min_steps: Steps of an epoch at least: a small set is repeated within one.
        max_steps: Steps of an epoch at most, whatever min_steps says: a pass over a large set takes several epochs; 0
            for no limit.
        batch: Examples a step.
        learning_rate: Peak of the learning rate (AdamW); it rises in the warm-up and falls along a cosine to zero.
        warmup: Share of all steps in which the learning rate rises.
        weight_decay: AdamW's decoupled weight decay.
        patience: Epochs without a better validation score after which training stops; 0 never stops early.
        dtype: bfloat16 computes the blocks in 16 bits while training, up to twice as fast on processors that
            have it (AVX-512 BF16, AMX); weights, validation and the saved model stay in float32.
        start: A model of the same network, a run, .keras or version's folder, with whose weights the training begins;
            by default random ones. Labels and words that it does not have begin at random.
        seed: Seed of the weights, the order of the examples and the augmentation.
    """

    epochs: int = 30
    min_steps: int = 1
    max_steps: int = 0
    batch: int = 64
    learning_rate: float = 2e-3
    warmup: float = 0.1
    weight_decay: float = 1e-4
    patience: int = 0
    dtype: Dtype = "float32"
    start: str | None = field(default=None, metadata=PATH)
    seed: int = 1

    def __post_init__(self) -> None:
        if self.epochs < 0:
            raise InputError(
                f"training.epochs: {self.epochs}: expected a whole number from 1, or 0 for the task's choice"
            )
        for name in ("min_steps", "batch"):
            if getattr(self, name) < 1:
                raise InputError(f"training.{name}: {getattr(self, name)}: expected a whole number from 1")
        if not 0 <= self.warmup < 1:
            raise InputError(f"training.warmup: {self.warmup}: expected a share from 0 to below 1")
        if self.learning_rate <= 0:
            raise InputError(f"training.learning_rate: {self.learning_rate}: expected a number above 0")
        for name in ("max_steps", "weight_decay", "patience", "seed"):
            if not 0 <= getattr(self, name) < 2**31:
                raise InputError(f"training.{name}: {getattr(self, name)}: expected 0 or more")


@dataclass(frozen=True)
class DataConfig:
    """The training data; a task's data group extends it.

    Args:
        source: Kind of the source; by default it follows from the path.
        path: A file or folder.
        seed: Seed of the splits.
    """

    source: str | None = None
    path: str | None = field(default=None, metadata=PATH)
    seed: int = 0

    DEFAULTS: ClassVar[tuple[str, str]]  # the source without a path, and with one
    NEED_PATH: ClassVar[Mapping[str, str]] = {}  # source to what its path is, for messages
    REFUSE_PATH: ClassVar[Collection[str]] = ()
    OWN_SPLITS: ClassVar[Collection[str]] = ()  # sources whose splits their publisher made
    TESTS: ClassVar[Collection[str]] = ()  # sources for scoring: baselines learn from the model's own training

    def __post_init__(self) -> None:
        if not self.path and (needed := self.NEED_PATH.get(self.source or "")):
            raise InputError(f"data.path: the source {self.source} needs the path of {needed}")
        if self.path and self.source in self.REFUSE_PATH:
            raise InputError(f"data.path: {self.path}: the source {self.source} takes no path; leave it out")
        if not 0 <= self.seed < 2**31:
            raise InputError(f"data.seed: {self.seed}: expected a whole number from 0")

    @property
    def kind(self) -> str:
        """The source, resolved."""
        return self.source or self.DEFAULTS[bool(self.path)]

    @property
    def paths(self) -> tuple[str, ...]:
        """The path, or the paths of a task that takes several."""
        return (self.path,) if isinstance(self.path, str) else tuple(self.path or ())

    @property
    def place(self) -> str:
        """The paths, or the source where there is none, for messages."""
        return ", ".join(self.paths) or self.kind


def build(
    kind: type[Config],
    values: Mapping[str, Any],
    renamed: Mapping[str, str] = {},
    source: str = "",
    given: Collection[str] = (),
) -> Config:
    """A dataclass of groups from a nested mapping; the rest has its defaults.

    Args:
        kind: The dataclass; each field is a group, a dataclass of its own.
        values: Group to option to value.
        renamed: Old dotted name of an option to its present one.
        source: The file of the values, for messages.
        given: Dotted names of the options that do not come from that file.

    Raises:
        InputError: An unknown option, or a value that is not allowed.
    """
    default, groups, hints = kind(), {}, typing.get_type_hints(kind)
    known = [f"{group}.{f.name}" for group in hints for f in dataclasses.fields(hints[group])]
    flat: dict[str, Any] = {}
    origin: dict[str, str] = {}  # the name that was written
    for group, options in values.items():
        if not isinstance(options, Mapping):
            raise InputError(_prefixed(source, f"{group}: {options}: expected options, as in `data: {{seed: 1}}`"))
        for name, value in options.items():
            written = f"{group}.{name}"
            place = renamed.get(written, written) if written not in known else written
            if place in flat and (written in given) == (origin[place] in given):
                raise InputError(_prefixed(source, f"{origin[place]}, {written}: are one option; give one of them"))
            if place not in flat or written in given:  # the command line wins over the file
                flat[place], origin[place] = value, written
    for place in flat:
        if place not in known:
            raise InputError(_prefixed("" if place in given else source, unknown_option(place, known)))
    for group, group_kind in hints.items():
        start = getattr(default, group)
        options = {f.name: getattr(start, f.name) for f in dataclasses.fields(group_kind)}
        options |= {place.partition(".")[2]: value for place, value in flat.items() if place.startswith(f"{group}.")}
        try:
            groups[group] = checked(group_kind, options, group)
        except InputError as error:
            from_options = str(error).split(": ")[0] in given
            raise InputError(_prefixed("" if from_options else source, str(error))) from None
    return kind(**groups)


def checked(kind: Any, value: Any, name: str) -> Any:
    """A value as an instance of a type: converted where that loses nothing.

    Args:
        kind: A dataclass (value is a mapping) or another type.
        value: The value; text is split at commas where a tuple is expected.
        name: Dotted name for messages; of a dataclass the group's.

    Raises:
        InputError: The value is not allowed.
    """
    import pydantic

    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        paths = {f.name for f in dataclasses.fields(kind) if f.metadata.get("path")}
        value = {key: _converted(item, hints.get(key), key in paths) for key, item in value.items()}
        _make_strict(kind)
    else:
        value = _converted(value, kind, path=True)
    try:
        return pydantic.TypeAdapter(kind).validate_python(value)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        if isinstance(own := first.get("ctx", {}).get("error"), ValueError):
            raise InputError(str(own)) from None
        place = ".".join([name, *(str(part) for part in first["loc"] if not str(part).startswith("function"))])
        expected = _EXPECTED.get(first["type"]) or first.get("ctx", {}).get("expected")
        if first["type"] == "literal_error":
            expected = "one of " + str(expected).replace("'", "").replace(" or ", ", ")
        problem = f"expected {expected}" if expected else first["msg"]
        raise InputError(f"{place.strip('.')}: {first['input']}: {problem}") from None


def unknown_option(name: str, known: Collection[str]) -> str:
    """A message on an option that does not exist, with a near one and those of its group."""
    near = difflib.get_close_matches(str(name), known, n=1)
    group = name.rpartition(".")[0]
    siblings = [option for option in known if group and option.startswith(f"{group}.")]
    allowed = siblings or sorted({f"{o.partition('.')[0]}.*" if "." in o else o for o in known})
    return f"{name}: no such option{f' (did you mean {near[0]}?)' if near else ''}; allowed: {', '.join(allowed)}"


def load(kind: type[Config], path: Path, renamed: Mapping[str, str] = {}) -> Config:
    """A dataclass of groups from a YAML file; what the file leaves out has its default.

    Raises:
        InputError: The file cannot be read, or has a key or value that is not allowed.
    """
    return build(kind, read_yaml(path), renamed, str(path))


def read_yaml(path: Path) -> dict[str, Any]:
    """The options in a YAML file.

    Raises:
        InputError: It is not there, not YAML, or holds no options.
    """
    try:
        with Path(path).open(encoding="utf-8-sig") as file:
            text = file.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise InputError(f"{path}: larger than {_LARGEST >> 20} MB; give a YAML file with options")
        content = load_yaml(text)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give a YAML file") from None
    except InputError:
        raise
    except Exception as error:  # of PyYAML, and what its constructors raise, as on a date that does not exist
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise InputError(f"{path}: not a YAML file: {reason}") from None
    if not isinstance(content, dict) or None in content.values() or not all(isinstance(name, str) for name in content):
        raise InputError(f"{path}: holds no options; write them as `data: {{words: [yes, no]}}`")
    return content


def load_yaml(text: str) -> Any:
    """YAML in which only true and false are booleans: a list of words may hold yes, no, on and off.

    Raises:
        yaml.YAMLError: Not YAML, or with aliases, by which a few lines stand for gigabytes.
        Exception: Of a value's constructor, of many kinds.
    """
    import yaml

    class WordLoader(yaml.SafeLoader):
        """PyYAML's safe loader with YAML 1.2's booleans and without aliases."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("it has aliases (*name); write the values out")
            return super().compose_node(parent, index)

    # PyYAML files its rules by a scalar's first letter; drop the old boolean rule and add the new one.
    WordLoader.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    WordLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
    return yaml.load(text, Loader=WordLoader)  # a SafeLoader


def to_yaml(config: Any) -> str:
    """A dataclass of dataclasses as YAML, in the order of its fields."""
    import yaml

    return yaml.safe_dump(_plain(dataclasses.asdict(config)), sort_keys=False, allow_unicode=True)


def changed(config: Any, changes: Mapping[str, Any]) -> Any:
    """A configuration with other values at dotted names."""
    for place, value in changes.items():
        group, _, name = place.partition(".")
        part = dataclasses.replace(getattr(config, group), **{name: value})
        config = dataclasses.replace(config, **{group: part})
    return config


def with_paths(config: Any, change: Callable[[str], str]) -> Any:
    """A configuration with another value wherever a path may stand.

    Args:
        config: A dataclass of groups, some of whose fields have the metadata PATH.
        change: Old value to new value.
    """
    changes: dict[str, Any] = {}
    for group in dataclasses.fields(config):
        part = getattr(config, group.name)
        for option in dataclasses.fields(part):
            value = getattr(part, option.name)
            if option.metadata.get("path") and value:
                one = isinstance(value, str)
                items = tuple(_with_path(item, change) for item in ((value,) if one else value))
                changes[f"{group.name}.{option.name}"] = items[0] if one else items
    return changed(config, changes)


def _with_path(value: str, change: Callable[[str], str]) -> str:
    """A changed path, or a named one, such as sst=PATH, whose path is changed."""
    name, sign, path = value.partition("=")
    named = sign and path and name.isidentifier() and not os.path.exists(value)
    return f"{name}={change(path)}" if named else change(value)


def is_known(trained: Sequence[str], given: Sequence[str]) -> bool:
    """Whether paths are those of a training, or where its data were moved: others of the same names."""
    known, here = [Path(path) for path in trained], [Path(path) for path in given]
    if any(path.exists() for path in known):
        return [path.resolve() for path in known] == [path.resolve() for path in here]
    return [path.name for path in known] == [path.name for path in here]


def other_source(known: Any, given: Mapping[str, Any], **resets: Any) -> Any:
    """A data group with other values; the path of another kind of source does not hold.

    Args:
        known: The training's data group.
        given: The caller's values.
        resets: Values that apply if another source or path is given.
    """
    if not (given.get("source") or given.get("path")):
        return dataclasses.replace(known, **given)
    defaults = {field.name: field.default for field in dataclasses.fields(known)}
    source = given.get("source") or type(known)(path=given["path"]).kind
    path = given.get("path") or (known.path if source == known.kind else defaults["path"])
    return dataclasses.replace(known, **{**resets, **given, "source": source, "path": path})


def _make_strict(kind: Any) -> None:
    """Has pydantic refuse unknown keys of a dataclass and of those inside of it."""
    import pydantic

    if dataclasses.is_dataclass(kind):
        strict: Any = pydantic.with_config(extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)
        strict(kind)
        for hint in typing.get_type_hints(kind).values():
            for inner in (hint, *typing.get_args(hint)):
                if inner is not kind:
                    _make_strict(inner)


def _converted(value: Any, hint: Any, path: bool = False) -> Any:
    """Text as the type expects it: a list of words, in Unicode's form NFC, or one of several numbers; ~ is the home."""
    if isinstance(value, Path):
        value = str(value)
    if value is None and typing.get_origin(hint) is tuple:
        return ()
    if isinstance(value, list | tuple):
        return type(value)(_converted(item, None, path) for item in value)
    if not isinstance(value, str):
        return value
    if typing.get_origin(hint) is tuple:
        if path and os.path.exists(value):  # its name may have a comma
            return [value]
        items = value.strip().removeprefix("[").removesuffix("]").split(",")
        return [_converted(item.strip().strip("'\""), None, path) for item in items if item.strip()]
    if typing.get_origin(hint) is typing.Literal:
        return next((choice for choice in typing.get_args(hint) if str(choice) == value), value)
    if value == "~" or value.startswith("~/"):
        return os.path.expanduser(value)
    return value if path else unicodedata.normalize("NFC", value)


def _prefixed(source: str, message: str) -> str:
    return f"{source}: {message}" if source else message


def _plain(value: Any) -> Any:
    """Tuples as lists and paths as text, which is all that YAML knows."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
