"""The log of the package on the terminal: information on standard output, warnings on standard error."""

from __future__ import annotations

import logging
import sys


class _Terminal(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        stream = sys.stderr if record.levelno >= logging.WARNING else sys.stdout
        print(self.format(record), file=stream, flush=True)


def show() -> None:
    """Prints the messages of the package's loggers, as every command does; as a library the package prints nothing."""
    logger = logging.getLogger("suite")
    if not any(isinstance(handler, _Terminal) for handler in logger.handlers):
        logger.addHandler(_Terminal())
        logger.setLevel(logging.INFO)
        logger.propagate = False
