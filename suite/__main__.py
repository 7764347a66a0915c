"""python -m suite TASK COMMAND ..., and the console script `suite`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import suite
from suite import task as tasks
from suite.console import cli

SHARED = {
    "train": "suite.commands.train:train",
    "eval": "suite.commands.evaluate:evaluate",
    "export": "suite.commands.export:export",
    "predict": "",  # each task's own, at this place
}
LAST = {"describe": "suite.commands.describe:describe", "bench": "suite.commands.bench:bench"}


def main(argv: Sequence[str] | None = None) -> None:
    """Runs a command of a task; without words it lists the tasks."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        print(f"suite {suite.__version__}")
        sys.exit(0)
    if not words or words[0] in ("-h", "--help"):
        print("usage: python -m suite TASK COMMAND ...\n")
        for name in tasks.NAMES:
            print(f"  {name:<12}{tasks.get(name).summary}")
        print("  interpret   what a trained network has learned, and what its answers rest on")
        print("\npython -m suite TASK --help lists the commands; python -m suite.TASK COMMAND is the same.")
        sys.exit(0 if words else 2)
    if words[0] == "interpret":
        from suite.interpret import __main__ as interpret

        return interpret.main(words[1:])
    if words[0] not in tasks.NAMES:
        cli.fail(f"{words[0]}: no such task; there are {', '.join(tasks.NAMES)}, and interpret")
    run_task(words[0], words[1:])


def run_task(name: str, argv: Sequence[str] | None = None) -> None:
    """Runs a command of one task."""
    record = tasks.get(name)
    cli.main(f"suite.{name}", commands(record), argv, record)


def commands(record: tasks.Task) -> dict[str, str]:
    """The commands of a task, shared and its own, in the order of the help."""
    return {name: place for name, place in {**SHARED, **record.commands, **LAST}.items() if place}


if __name__ == "__main__":
    main()
