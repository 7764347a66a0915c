"""Progress of long work: in place on a terminal, a few lines in a log."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable


def progress(name: str, unit: str = "", scale: float = 1.0, lines: int = 4) -> Callable[..., None]:
    """A function to call with the amount done, the total and, if there is more to say, a note.

    Args:
        name: The work, such as "reading pictures".
        unit: Unit of the printed numbers.
        scale: Factor from the amounts to the printed numbers.
        lines: Number of lines in a log.
    """
    terminal, started, printed = sys.stdout.isatty(), time.monotonic(), -1
    shown = logging.getLogger("suite").isEnabledFor(logging.INFO)  # as in every command

    def report(done: int, total: int, note: str = "") -> None:
        nonlocal printed
        part = done * (100 if terminal else lines) // max(total, 1)
        if not shown or part == printed or (not terminal and not part):
            return
        printed = part
        seconds = (time.monotonic() - started) / max(done, 1) * (total - done)
        left = f"; {seconds:.0f} s left" if seconds >= 1 else ""
        line = f"{name}: {done * scale:,.0f} of {total * scale:,.0f} {unit}".rstrip() + note + left
        print(f"{line:<79}" if terminal else line, end="\r" if terminal and done < total else "\n", flush=True)

    return report
