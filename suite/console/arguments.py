"""Arguments of the commands, from the words of the command line or from a Python caller's options.

A command is a function. Parameters with a marker take their value from the task's configuration or options.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from suite import config
from suite.errors import InputError
from suite.task import Task

SPLITS = Literal["train", "validation", "test", "all"]


@dataclass(frozen=True)
class Expanded:
    """What a parameter is made of.

    Args:
        what: `config`: every group of the task's configuration, and --config FILE; `group`: the one group called like
            the parameter; `changes`: the options of that group that were given, as a mapping, with `split` beside
            them; `options`: the task's own options of the command, without a prefix; `limits`: the problem's limits
            for exported files, without a prefix; `fields`: the annotated dataclass itself, without a prefix.
    """

    what: str


TaskConfig = Annotated[Any, Expanded("config")]
TaskGroup = Annotated[Any, Expanded("group")]
TaskChanges = Annotated[Mapping[str, Any], Expanded("changes")]
TaskOptions = Annotated[Any, Expanded("options")]
NO_CHANGES: Mapping[str, Any] = MappingProxyType({})  # the default of TaskChanges
ProblemLimits = Annotated[Any, Expanded("limits")]
FIELDS = Expanded("fields")


def marker_of(hint: Any) -> str:
    """The kind of expansion that a parameter's annotation asks for; empty for none."""
    return next((part.what for part in getattr(hint, "__metadata__", ()) if isinstance(part, Expanded)), "")


def argument(
    name: str,
    hint: Any,
    default: Any,
    given: Mapping[str, Any],
    groups: Mapping[str, Mapping[str, Any]],
    command: str,
    task: Task | None,
    file: str,
) -> Any:
    """The argument for a parameter, checked.

    Args:
        name, hint, default: The parameter's.
        given: Value by the name of an option, dotted within a group.
        groups: Group to option to value.
        command, task: The command's name and the task's record, for markers.
        file: The file that the groups come from, for messages.

    Raises:
        InputError: An unknown option, or a value that is not allowed.
    """
    marker = marker_of(hint)
    if dataclasses.is_dataclass(hint):
        start = {f.name: getattr(default, f.name) for f in dataclasses.fields(hint)}
        unknown = [o for o in groups.get(name, {}) if o not in start]
        if unknown:
            raise InputError(f"{file}: {config.unknown_option(f'{name}.{unknown[0]}', [f'{name}.{o}' for o in start])}")
        return config.checked(hint, start | dict(groups.get(name, {})), name)
    if not marker:
        return config.checked(hint, given[name], name) if name in given else default
    if marker == "fields":
        kind = typing.get_args(hint)[0]
        start = {f.name: getattr(default, f.name) for f in dataclasses.fields(kind)}
        return config.checked(kind, start | {option: given[option] for option in start if option in given}, "")
    assert task
    if marker == "config":
        return config.build(task.config, groups, task.option_aliases, file, [*given])
    if marker == "group":
        kind = typing.get_type_hints(task.config)[name]
        start = {f.name: getattr(getattr(task.config(), name), f.name) for f in dataclasses.fields(kind)}
        return config.checked(kind, start | dict(groups.get(name, {})), name)
    if marker == "changes":
        hints = typing.get_type_hints(typing.get_type_hints(task.config)[name])
        fields = [f.name for f in dataclasses.fields(typing.get_type_hints(task.config)[name])]
        kinds = {o: hints[o] for o in (fields if command == "eval" else ["path"])} | {"split": SPLITS}
        if unknown := [option for option in groups.get(name, {}) if option not in kinds]:
            raise InputError(config.unknown_option(f"{name}.{unknown[0]}", [f"{name}.{kind}" for kind in kinds]))
        return {o: config.checked(kinds[o], value, f"{name}.{o}") for o, value in groups.get(name, {}).items()}
    kind = task.problem.limits if marker == "limits" else task.options.get(command)
    own = {f.name: given[f.name] for f in dataclasses.fields(kind) if f.name in given} if kind else {}
    return config.checked(kind, own, "") if kind else None


def nested(given: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Dotted options over the nested values of a file."""
    groups = {group: dict(options) if isinstance(options, Mapping) else options for group, options in values.items()}
    for place, value in given.items():
        group, dot, name = place.partition(".")
        if dot:
            groups.setdefault(group, {})[name] = value
    return groups


def from_python(
    function: Callable[..., Any], command: str, task: Task, options: Mapping[str, Any], recipe: str = ""
) -> dict[str, Any]:
    """The arguments of a command from a Python caller's options, checked as those of the command line are.

    Args:
        function, command, task: The command, its name, and the task's record.
        options: Parameter, or group of the configuration, to value; groups and options are mappings.
        recipe: YAML file with groups of the configuration, over which the options win.

    Raises:
        InputError: An unknown option, or a value that is not allowed.
    """
    hints = typing.get_type_hints(function, include_extras=True)
    parameters = {name: p for name, p in inspect.signature(function).parameters.items() if name in hints}
    markers = {name: marker_of(hints[name]) for name in parameters}
    groups = {f.name for f in dataclasses.fields(task.config)} if "config" in markers.values() else set()
    kinds = {"limits": task.problem.limits, "options": task.options.get(command)}
    arguments: dict[str, Any] = {"task": task}
    given: dict[str, Any] = {}
    allowed = sorted(groups | {name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY})
    for name, value in options.items():
        kind = kinds.get(markers.get(name, ""))
        if name not in allowed:
            raise InputError(config.unknown_option(name, allowed))
        if kind and isinstance(value, kind):
            arguments[name] = value
        elif name not in groups and not markers[name]:
            given[name] = value
        elif not isinstance(value, Mapping):
            raise InputError(f"{name}: {value}: expected options, such as {name}={{'seed': 1}}")
        elif name in groups or markers[name] not in kinds:
            given |= {f"{name}.{option}": item for option, item in value.items()}
        else:
            fields = [f.name for f in dataclasses.fields(kind)] if kind else []
            if unknown := [option for option in value if option not in fields]:
                raise InputError(config.unknown_option(unknown[0], fields))
            given |= value
    values = config.read_yaml(Path(recipe)) if recipe else {}
    if unknown := [group for group in values if group not in groups]:
        raise InputError(f"{recipe}: {config.unknown_option(unknown[0], sorted(groups))}")
    nest = nested(given, values)
    for name, parameter in parameters.items():
        if name not in arguments and (parameter.kind is parameter.KEYWORD_ONLY or markers[name]):
            arguments[name] = argument(name, hints[name], parameter.default, given, nest, command, task, recipe)
    return arguments
