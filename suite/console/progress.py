"""How far a long piece of work is: in place on a terminal, a few lines in a log."""

from __future__ import annotations

import sys
from collections.abc import Callable


def progress(what: str, unit: str = "", scale: float = 1.0) -> Callable[[int, int], None]:
    """A function to call with (done, total).

    Args:
        what: What is being done.
        unit: Of the numbers that are printed.
        scale: From the numbers that the function is called with to those.
    """
    terminal = sys.stdout.isatty()
    shown = -1

    def tell(done: int, total: int) -> None:
        nonlocal shown
        step = done * (100 if terminal else 4) // max(total, 1)
        if step == shown or (not terminal and not step):
            return
        shown = step
        end = "\r" if terminal and done < total else "\n"
        print(f"{what}: {done * scale:,.0f} of {total * scale:,.0f} {unit}".rstrip(), end=end, flush=True)

    return tell
