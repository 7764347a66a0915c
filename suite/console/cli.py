"""The command line of every task: typed functions in, commands out (by jsonargparse).

A task lists its commands; each is a function: its positional parameters are what is typed without a name, its
keyword-only ones are the options, of these the dataclasses are groups like `--data.source`, and its docstring is the
help:

    main("suite.speech", {"train": "suite.speech.train:train", "predict": "suite.speech.predict:predict"})

A command's module is imported when it is asked for.
"""

from __future__ import annotations

import dataclasses
import difflib
import errno
import importlib
import inspect
import itertools
import json
import os
import re
import sys
import typing
from collections.abc import Callable, Sequence
from pathlib import Path

from suite.config import load_yaml
from suite.errors import InputError


def main(program: str, commands: dict[str, str], argv: Sequence[str] | None = None) -> None:
    """Runs one command and ends the process: 0 done, 2 with one clear line for what a person can put right.

    Args:
        program: The module's name, as after `python -m`.
        commands: Name to module:function, in the order of the help.
        argv: The words after the program's name; by default the process's own.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    if not argv or argv[0] in ("-h", "--help"):
        print(_overview(program, commands))
        sys.exit(0 if argv else 2)
    name, *words = argv
    if name not in commands:
        _fail(f"no command {name!r}; there are {', '.join(commands)}")
    try:
        function = _function(commands[name])
        function(**_parse(f"python -m {program} {name}", function, words))
        sys.stdout.flush()
    except KeyboardInterrupt as error:
        _fail(f"interrupted{'; ' if str(error) else ''}{error}", status=130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader (head, less) has seen enough
    except (InputError, OSError) as error:
        if os.environ.get("SUITE_TRACEBACK"):
            raise
        _fail(_one_line(error))


def _function(place: str) -> Callable:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def _overview(program: str, commands: dict[str, str]) -> str:
    rows = [f"  {name:<10}{inspect.getdoc(_function(place)).splitlines()[0]}" for name, place in commands.items()]
    return "\n".join(
        [
            f"usage: python -m {program} COMMAND ...",
            "",
            *rows,
            "",
            f"python -m {program} COMMAND --help tells its options.",
        ]
    )


def _parse(program: str, function: Callable, words: Sequence[str]) -> dict:
    parser, lists = _parser(program, function)
    end = words.index("--") if "--" in words else len(words)
    words = [*(_canonical(word) for word in words[:end]), *words[end:]]
    _check_configs(words)
    namespace = parser.parse_args(_quote_lists(words, lists))
    try:
        options = parser.instantiate(namespace)
    except InputError as error:  # a dataclass refused a value
        raise InputError(_one_line(error)) from error
    return {name: options[name] for name in inspect.signature(function).parameters}


def _parser(program: str, function: Callable):
    """The parser of one command, and the names of its options that are lists."""
    import jsonargparse

    jsonargparse.set_loader("yaml", load_yaml, exceptions=(_yaml_error(),))

    class Parser(jsonargparse.ArgumentParser):
        def error(self, message, ex=None):
            _fail(_explain(message, [action.dest for action in self._actions]))

    hints, signature = typing.get_type_hints(function), inspect.signature(function).parameters
    about = inspect.getdoc(function).split("\n\nArgs:")[0].split("\n\nReturns:")[0]
    parser = Parser(prog=program, usage=f"{program} {_usage(signature, hints)}[options]", description=about)
    helps, lists = _help_of_arguments(function), set()
    if "training" in signature:
        parser.add_argument("--config", action="config", help="YAML file with any of the options below.")
    for name, parameter in signature.items():
        hint, explained = hints[name], helps.get(name, "")
        if hasattr(hint, "__dataclass_fields__"):
            parser.add_class_arguments(hint, name)
            given = dataclasses.asdict(parameter.default)
            plain = {f: value for f, value in given.items() if isinstance(value, int | float | str)}
            parser.set_defaults({f"{name}.{f}": value for f, value in plain.items()})  # a task's own defaults
            lists |= {f"--{name}.{f}" for f, kind in typing.get_type_hints(hint).items() if _is_words(kind)}
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            needed, several = parameter.default is parameter.empty, typing.get_origin(hint) is list
            count = ("+" if needed else "*") if several else None if needed else "?"
            parser.add_argument(name, nargs=count, metavar=_metavar(name, hint), help=explained)
        elif hint is bool:
            parser.add_argument(f"--{name}", action="store_true", help=explained)
        else:
            flags = ["-o"] if name in ("report", "output") else []
            parser.add_argument(*flags, f"--{name}", type=hint, default=parameter.default, help=explained)
            lists |= {f"--{name}"} if typing.get_origin(hint) is tuple else set()
    return parser, lists


def _is_words(kind) -> bool:
    """Whether a type is a tuple of words: of any, or of certain ones."""
    if typing.get_origin(kind) is not tuple:
        return False
    (word, *_) = typing.get_args(kind)
    return word is str or typing.get_origin(word) is typing.Literal


def _usage(signature, hints) -> str:
    words = []
    for name, parameter in signature.items():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            word = _metavar(name, hints[name]) + ("..." if typing.get_origin(hints[name]) is list else "")
            words.append(f"{word} " if parameter.default is parameter.empty else f"[{word}] ")
    return "".join(words)


def _metavar(name: str, hint) -> str:
    return name.upper().removesuffix("S") if typing.get_origin(hint) is list else name.upper()


def _yaml_error():
    import yaml

    return yaml.YAMLError


def _help_of_arguments(function: Callable) -> dict[str, str]:
    import docstring_parser

    return {p.arg_name: " ".join(p.description.split()) for p in docstring_parser.parse(function.__doc__).params}


def _check_configs(words: Sequence[str]) -> None:
    """A --config that cannot be read or is not YAML is told with its name, which jsonargparse leaves out."""
    import yaml

    for word, value in itertools.zip_longest(words, words[1:], fillvalue=""):
        name, equals, joined = word.partition("=")
        if name != "--config":
            continue
        path = Path(joined if equals else value)
        try:
            content = load_yaml(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise InputError(f"{path}: not a YAML file: {_one_line(error)}") from None
        if not isinstance(content, dict) or None in content.values():
            raise InputError(f"{path}: holds no options; write them as `data: {{words: [yes, no]}}`")


def _canonical(word: str) -> str:
    """Hyphens in an option's name are underscores: --max-drop is --max_drop."""
    if not word.startswith("--") or word == "--":
        return word
    name, equals, value = word.partition("=")
    return "--" + name[2:].replace("-", "_") + equals + value


def _quote_lists(words: Sequence[str], lists: set[str]) -> list[str]:
    """`--data.words yes,no` and `--data.words [yes,no]` both become a JSON list of strings."""
    quoted, pending = [], False
    for word in words:
        name, equals, value = word.partition("=")
        if pending:
            quoted.append(_json_list(word))
        elif equals and name in lists:
            quoted.append(name + equals + _json_list(value))
        else:
            quoted.append(word)
        pending = not pending and word in lists
    return quoted


def _json_list(text: str) -> str:
    items = text.strip().removeprefix("[").removesuffix("]").split(",")
    return json.dumps([item.strip().strip("'\"") for item in items if item.strip()])


def _explain(message: str, options: Sequence[str]) -> str:
    """jsonargparse's message as one line that says what is allowed."""
    message = " ".join(message.split())
    unknown = re.search(r"Option '([\w.]+)' is not accepted|[Uu]nrecognized arguments: --([\w.]+)", message)
    if unknown:
        return _unknown_option(unknown[1] or unknown[2], options)
    if in_group := re.search(r"Group '([\w.]+)' does not accept option '([\w.]+)'", message):
        return _unknown_option(f"{in_group[1]}.{in_group[2]}", options)
    wrong = re.search(
        r'Parser key "([\w.]+)":.*?Expected a (.+?)(?:\. Got value:| - Expected a .*Given value:) (.+)$', message
    )
    if not wrong:
        return re.sub(r"Parser key \"([\w.]+)\":", r"\1:", message)
    kind = wrong[2].replace("<class 'int'>", "a whole number").replace("<class 'float'>", "a number")
    kind = re.sub(r"<class '(\w+)'>", r"\1", kind.replace("typing.", ""))
    kind = re.sub(r"Literal\[(.*)\]", lambda m: "one of " + m[1].replace("'", ""), kind)
    return f"{wrong[1]}: {wrong[3]}: expected {kind}"


def _unknown_option(name: str, options: Sequence[str]) -> str:
    group = name.rpartition(".")[0]
    names = [o for o in options if not o.startswith(("help", "print_")) and not o.endswith(".help")]
    near = difflib.get_close_matches(name, names, n=1)
    siblings = [o for o in names if group and o.startswith(f"{group}.")]
    groups = {o.partition(".")[0] + ".*" for o in names if "." in o}
    allowed = siblings or sorted({o for o in names if "." not in o and f"{o}.*" not in groups} | groups)
    return f"{name}: no such option{f' (did you mean {near[0]}?)' if near else ''}; allowed: {', '.join(allowed)}"


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        remedy = {
            errno.ENOSPC: ": free some space, or write elsewhere",
            errno.EACCES: ": choose a place that you may write or read",
            errno.EROFS: ": choose a place that you may write",
        }.get(error.errno, "")
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}{remedy}"
    return " ".join(str(error).split())


def _fail(line: str, status: int = 2) -> None:
    print(f"error: {line}", file=sys.stderr)
    sys.exit(status)
