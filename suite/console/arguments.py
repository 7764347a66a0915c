"""Arguments of the commands, from the words of the command line or from a Python caller's options.

A command is a function. Parameters with a marker take their value from the task's configuration or options.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from suite import config
from suite.errors import InputError
from suite.task import Task

SPLITS = Literal["train", "validation", "test", "all"]


@dataclass(frozen=True)
class FromTask:
    """What a parameter is made of.

    Args:
        what: `config`: every group of the task's configuration, and --config FILE; `group`: the one group called like
            the parameter; `changes`: the options of that group that were given, as a mapping, with `split` beside
            them; `options`: the task's own options of the command, without a prefix; `limits`: the problem's limits
            for exported files, without a prefix.
    """

    what: str


TaskConfig = Annotated[Any, FromTask("config")]
TaskGroup = Annotated[Any, FromTask("group")]
TaskChanges = Annotated[Mapping[str, Any], FromTask("changes")]
TaskOptions = Annotated[Any, FromTask("options")]
ProblemLimits = Annotated[Any, FromTask("limits")]


def marker_of(hint: Any) -> str:
    """The kind of expansion that a parameter's annotation asks for; empty for none."""
    return next((part.what for part in getattr(hint, "__metadata__", ()) if isinstance(part, FromTask)), "")


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
    assert task
    if marker == "config":
        return config.build(task.config, groups, task.option_aliases, file, [*given])
    if marker == "group":
        kind = typing.get_type_hints(task.config)[name]
        start = {f.name: getattr(getattr(task.config(), name), f.name) for f in dataclasses.fields(kind)}
        return config.checked(kind, start | dict(groups.get(name, {})), name)
    if marker == "changes":
        kinds = typing.get_type_hints(typing.get_type_hints(task.config)[name]) | {"split": SPLITS}
        if unknown := [option for option in groups.get(name, {}) if option not in kinds]:
            raise InputError(config.unknown_option(f"{name}.{unknown[0]}", [f"{name}.{kind}" for kind in kinds]))
        return {o: config.checked(kinds[o], value, f"{name}.{o}") for o, value in groups.get(name, {}).items()}
    kind = task.problem.limits if marker == "limits" else task.options.get(command)
    own = {f.name: given[f.name] for f in dataclasses.fields(kind) if f.name in given} if kind else {}
    return config.checked(kind, own, "") if kind else None


def from_python(function: Callable[..., Any], command: str, task: Task, options: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a command from a Python caller's options, checked as those of the command line are.

    Args:
        function, command, task: The command, its name, and the task's record.
        options: Parameter, or group of the configuration, to value; groups and options are mappings or dataclasses.

    Raises:
        InputError: An unknown option, or a value that is not allowed.
    """
    hints = typing.get_type_hints(function, include_extras=True)
    parameters = {name: p for name, p in inspect.signature(function).parameters.items() if p.kind is p.KEYWORD_ONLY}
    markers = {name: marker_of(hint) for name, hint in hints.items()}
    configured = [name for name, marker in markers.items() if marker == "config"]
    names = {f.name for f in dataclasses.fields(task.config)} if configured else set()
    arguments: dict[str, Any] = {"task": task}
    given: dict[str, Any] = {}
    groups: dict[str, Any] = {}
    for name, value in options.items():
        if name not in names | set(parameters):
            raise InputError(config.unknown_option(name, sorted(names | set(parameters))))
        if name not in names and not markers[name]:
            given[name] = value
        elif dataclasses.is_dataclass(value) and name in parameters:
            arguments[name] = value
        elif not isinstance(value, Mapping):
            raise InputError(f"{name}: {value}: expected options, such as {name}={{'seed': 1}}")
        elif markers.get(name) in ("options", "limits"):
            given |= value
        else:
            groups[name] = value
    for name in (*configured, *parameters):
        if name not in arguments:
            default = parameters[name].default if name in parameters else None
            arguments[name] = argument(name, hints[name], default, given, groups, command, task, "")
    return arguments
