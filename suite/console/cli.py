"""The command line: typed functions become commands, dataclasses become options.

A command is a function: its positional parameters are positional arguments, its keyword-only ones are options, and its
docstring is the help. Parameters with a marker of `suite.console.arguments` come from the task's record. argparse
parses the words, pydantic (in `suite.config`) checks the values. Commands are imported when they are called.
"""

from __future__ import annotations

import argparse
import dataclasses
import errno
import inspect
import io
import os
import re
import sys
import tempfile
import traceback
import typing
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from suite import config
from suite.console import log
from suite.console.arguments import SPLITS, argument, marker_of, nested
from suite.errors import InputError
from suite.task import Task, resolve

_LONGEST = 600  # characters of a message: a wrong value may have millions
SHORT = {"report": "-o", "output": "-o"}
NEEDS = {  # command and parameter to what a record must have for it
    ("train", "folds"): "folds",
    ("eval", "baseline"): "baselines",
    ("bench", "model"): "bench_examples",
}


@dataclass(frozen=True)
class Option:
    """An option of the command line.

    Args:
        name: As it is typed, without the hyphens.
        kind: Its type.
        default: Shown in the help.
        about: Its explanation.
        group: The heading in the help under which it stands.
        hidden: Whether it is left out of the help.
    """

    name: str
    kind: Any
    default: Any
    about: str
    group: str = ""
    hidden: bool = False


def main(
    program: str, commands: Mapping[str, str], argv: Sequence[str] | None = None, task: Task | None = None
) -> None:
    """Runs one command and ends the process: 0 done, 2 with one line on what is wrong.

    Args:
        program: The module's name, as after `python -m`.
        commands: Name to "module:function", in the order of the help.
        argv: The words after the program's name; by default the process's own.
        task: The record that markers are expanded with.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    _open_streams()
    log.show()
    try:
        if not argv or argv[0] in ("-h", "--help"):
            print(_overview(program, commands), flush=True)
            sys.exit(0 if argv else 2)
        name, *words = argv
        if name not in commands:
            raise InputError(f"no command {name!r}; there are {', '.join(commands)}")
        function = resolve(commands[name])
        function(**_parse(f"python -m {program} {name}", name, function, words, task))
        sys.stdout.flush()
    except KeyboardInterrupt as error:
        fail(f"interrupted{'; ' if str(error) else ''}{error}", status=130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader (head, less) has seen enough
    except Exception as error:
        if os.environ.get("SUITE_TRACEBACK"):
            raise
        fail(_one_line(error) if isinstance(error, InputError | OSError) else _fault(error))


def fail(line: str, status: int = 2) -> NoReturn:
    """Prints one line and ends the process."""
    try:
        sys.stdout.flush()
    except OSError:  # a full disk: Python would try again at its end, and print a traceback
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    print(f"error: {line}", file=sys.stderr)
    sys.exit(status)


def _open_streams() -> None:
    """Opens the standard streams that were closed, and replaces characters that a terminal or pipe cannot show."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for the whole process
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _fault(error: Exception) -> str:
    """A line on an error that the suite should have foreseen; its traceback is written to a file."""
    if isinstance(error, MemoryError):
        return "not enough memory; use less data, or a smaller network or batch"
    name = f"{type(error).__name__}: {' '.join(str(error).split())[:100]}"
    try:
        with tempfile.NamedTemporaryFile("w", prefix="suite_", suffix=".txt", delete=False, errors="replace") as file:
            traceback.print_exception(error, file=file)
        return f"{name}; this is a fault of the suite: please report it with {file.name}"
    except OSError:
        return f"{name}; this is a fault of the suite: please report it (SUITE_TRACEBACK=1 shows more)"


def _overview(program: str, commands: Mapping[str, str]) -> str:
    rows = [f"  {name:<10}{(inspect.getdoc(resolve(place)) or '').splitlines()[0]}" for name, place in commands.items()]
    usage = f"usage: python -m {program} COMMAND ..."
    return "\n".join([usage, "", *rows, "", f"python -m {program} COMMAND --help shows its options."])


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InputError(message)


def _parse(
    program: str, command: str, function: Callable[..., Any], words: Sequence[str], task: Task | None
) -> dict[str, Any]:
    """The function's arguments from the words of the command line."""
    hints = typing.get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters
    about = _explanations(function)
    parser = _Parser(prog=program, description=_description(function), allow_abbrev=False)
    options: dict[str, Option] = {}
    for name, parameter in parameters.items():
        if name == "task" or (task and (command, name) in NEEDS and not getattr(task, NEEDS[command, name])):
            continue
        if parameter.kind is not parameter.KEYWORD_ONLY and not marker_of(hints[name]):
            _add_positional(parser, name, hints[name], parameter, about.get(name, ""))
            continue
        for option in _options(name, hints[name], parameter.default, about.get(name, ""), command, task):
            options[option.name] = option
    if any(option.group == "training" for option in options.values()):
        options["config"] = Option("config", str, None, "YAML file with any of the options below.")
    _add_options(parser, options.values())
    found, unknown = parser.parse_known_intermixed_args([_canonical(word) for word in words])
    if unknown:
        if not (stray := next((word for word in unknown if word.startswith("-")), "")):
            raise InputError(f"{unknown[0]}: unexpected argument; --help shows what the command takes")
        name = stray.removeprefix("--").partition("=")[0]
        raise InputError(config.unknown_option(name, [o.name for o in options.values() if not o.hidden]))
    given = {name: value for name, value in vars(found).items() if name in options}
    arguments = {name: value for name, value in vars(found).items() if name in parameters and name not in options}
    if task and "task" in parameters:
        arguments["task"] = task
    file = given.pop("config", None)
    values = config.read_yaml(Path(file)) if file else {}
    if unknown := [group for group in values if group not in {option.group for option in options.values()}]:
        raise InputError(f"{file}: {config.unknown_option(unknown[0], [o for o in options if '.' in o])}")
    groups = nested(given, values)
    for name, parameter in parameters.items():
        if name in arguments or name == "task":
            continue
        arguments[name] = argument(name, hints[name], parameter.default, given, groups, command, task, file or "")
    for name, value in arguments.items():
        if value is inspect.Parameter.empty and parameters[name].kind is inspect.Parameter.KEYWORD_ONLY:
            raise InputError(f"--{name}: is needed; --help explains it")
    return {name: value for name, value in arguments.items() if value is not inspect.Parameter.empty}


def _options(name: str, hint: Any, default: Any, about: str, command: str, task: Task | None) -> list[Option]:
    """The options that a keyword parameter becomes."""
    marker = marker_of(hint)
    if dataclasses.is_dataclass(hint):
        return _group(name, hint, default)
    if not marker:
        return [Option(name, hint, default, about)]
    if marker == "fields":
        return _unprefixed(name, typing.get_args(hint)[0], default)
    assert task
    groups = typing.get_type_hints(task.config)
    if marker == "config":
        found = [option for g, kind in groups.items() for option in _group(g, kind, getattr(task.config(), g))]
        names = {option.name: option for option in found}
        return found + [
            dataclasses.replace(names[n], name=old, hidden=True) for old, n in task.option_aliases.items() if n in names
        ]
    if marker == "group":
        return _group(name, groups[name], getattr(task.config(), name))
    if marker == "changes":
        changes = [
            dataclasses.replace(o, default=None) for o in _group(name, groups[name], getattr(task.config(), name))
        ]
        split = Option(f"{name}.split", SPLITS, None, "train, validation, test or all.", name)
        return [split, *changes] if command == "eval" else [o for o in changes if o.name == f"{name}.path"]
    kind = task.problem.limits if marker == "limits" else task.options.get(command)
    return _unprefixed(name, kind, kind()) if kind else []


def _unprefixed(name: str, kind: Any, default: Any) -> list[Option]:
    """The options of a dataclass by the names of its fields alone."""
    return [dataclasses.replace(o, name=o.name.partition(".")[2], group="") for o in _group(name, kind, default)]


def _group(group: str, kind: Any, default: Any) -> list[Option]:
    """The options of a dataclass; fields that hold dataclasses are for YAML files alone."""
    about, hints = _explanations(kind), typing.get_type_hints(kind)
    return [
        Option(f"{group}.{f.name}", hints[f.name], getattr(default, f.name), about.get(f.name, ""), group)
        for f in dataclasses.fields(kind)
        if not any(dataclasses.is_dataclass(inner) for inner in typing.get_args(hints[f.name]))
    ]


def _add_positional(
    parser: argparse.ArgumentParser, name: str, hint: Any, parameter: inspect.Parameter, about: str
) -> None:
    several, needed = typing.get_origin(hint) in (list, tuple), parameter.default is parameter.empty
    count = ("+" if needed else "*") if several else None if needed else "?"
    metavar = name.upper().removesuffix("S") if several else name.upper()
    default = parameter.empty if needed else [] if several else parameter.default
    parser.add_argument(name, nargs=count, metavar=metavar, help=about, default=default)


def _add_options(parser: argparse.ArgumentParser, options: typing.Iterable[Option]) -> None:
    headings: dict[str, Any] = {"": parser}
    for option in options:
        if option.group not in headings:
            headings[option.group] = parser.add_argument_group(option.group)
        flags = [f"--{option.name}", *([SHORT[option.name]] if option.name in SHORT else [])]
        about = (
            f"{option.about} (default: {_shown(option.default)})"
            if option.default not in (None, "", (), inspect.Parameter.empty)
            else option.about
        )
        settings: dict[str, Any] = {"dest": option.name, "default": argparse.SUPPRESS}
        settings["help"] = argparse.SUPPRESS if option.hidden else about.replace("%", "%%")
        if option.kind is bool:
            settings |= (
                {"action": "store_true"} if not option.group else {"nargs": "?", "const": "true", "metavar": "BOOL"}
            )
        else:
            settings["metavar"] = option.name.rpartition(".")[2].upper()
        headings[option.group].add_argument(*flags, **settings)


def _shown(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _description(function: Callable[..., Any]) -> str:
    import docstring_parser

    return docstring_parser.parse(function.__doc__ or "").description or ""


def _explanations(documented: Any) -> dict[str, str]:
    """Parameter to explanation, from the docstrings of a function, or of a dataclass and those it inherits from."""
    import docstring_parser

    found: dict[str, str] = {}
    for part in reversed(getattr(documented, "__mro__", (documented,))):
        for parameter in docstring_parser.parse(part.__doc__ or "").params:
            found[parameter.arg_name] = " ".join((parameter.description or "").split())
    return found


def _canonical(word: str) -> str:
    """Hyphens in an option's name are underscores: --max-drop is --max_drop."""
    name, equals, value = word.partition("=")
    if not re.fullmatch(r"--\w[\w.-]*", name):  # a text, not an option
        return word
    return "--" + name[2:].replace("-", "_") + equals + value


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        remedy = {
            errno.ENOSPC: ": free some space, or write elsewhere",
            errno.EACCES: ": choose a place that you may write or read",
            errno.EROFS: ": choose a place that you may write",
        }.get(error.errno or 0, "")
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}{_cache_remedy(error) or remedy}"
    line = " ".join(str(error).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 155]} ... {line[-150:]}"


def _cache_remedy(error: OSError) -> str:
    from suite.data import cache

    inside = False
    with suppress(InputError):  # no home directory
        inside = isinstance(error.filename, str) and Path(error.filename).is_relative_to(cache.folder())
    return ": set SUITE_CACHE to another folder, which you may write and which has space" if inside else ""
