"""python -m suite.interpret COMMAND ..."""

from __future__ import annotations

from collections.abc import Sequence

from suite.console import cli

COMMANDS = {
    "filters": "suite.interpret.units:filters",
    "neurons": "suite.interpret.units:neurons",
    "outputs": "suite.interpret.units:outputs",
    "change": "suite.interpret.change:change",
    "explain": "suite.interpret.explain:explain",
    "dream": "suite.interpret.dream:dream",
}


def main(argv: Sequence[str] | None = None) -> None:
    """Runs one of the commands."""
    cli.main("suite.interpret", COMMANDS, argv)


if __name__ == "__main__":
    main()
