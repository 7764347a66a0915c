"""The log of the package on the terminal: information on standard output, warnings on standard error."""

from __future__ import annotations

import logging
import sys
from functools import cache

LOG = logging.getLogger("suite")


class _Terminal(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        stream = sys.stderr if record.levelno >= logging.WARNING else sys.stdout
        print(self.format(record), file=stream, flush=True)


def show() -> None:
    """Prints the messages of the package's logger, as every command does; as a library the package prints nothing."""
    if not any(isinstance(handler, _Terminal) for handler in LOG.handlers):
        LOG.addHandler(_Terminal())
        LOG.propagate = False
    LOG.setLevel(logging.INFO)


def only_warnings() -> None:
    """Prints no more information and no progress, so that standard output holds a command's JSON alone."""
    LOG.setLevel(logging.WARNING)


@cache
def warn_once(message: str) -> None:
    """Warns, if this process has not said the same before: each split of a source reads the same folder."""
    LOG.warning("%s", message)
