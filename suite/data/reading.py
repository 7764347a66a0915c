"""Reading many files of which some may be bad: those are named, counted and left out, and too many stop the run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from suite.console.progress import progress
from suite.errors import InputError

MOST_SKIPPED = 0.1  # share of the files that may be unreadable

Item = TypeVar("Item")
Result = TypeVar("Result")


def read_all(items: Sequence[Item], read: Callable[[Item], Result], what: str) -> tuple[list[Result], list[int]]:
    """Reads every item, a few at a time.

    Args:
        items: The N things to read.
        read: Reads one of them; what it raises as InputError names the file.
        what: What they are, in the plural, for the messages.

    Returns:
        What could be read, and the index of the item that each is of.

    Raises:
        InputError: More than a tenth cannot be read.
    """
    tell = progress(f"reading {what}")
    results, kept, problems = [], [], []
    with ThreadPoolExecutor(4) as pool:
        for index, result in enumerate(pool.map(lambda item: _tried(read, item), items)):
            if isinstance(result, InputError):
                problems.append(str(result))
            else:
                results.append(result)
                kept.append(index)
            tell(index + 1, len(items))
    for problem in problems[:5]:
        print(f"skipped {problem}", file=sys.stderr)
    if len(problems) > 5:
        print(f"skipped {len(problems) - 5} more", file=sys.stderr)
    if problems:
        print(f"skipped {len(problems)} of {len(items)} {what}", file=sys.stderr)
    if len(problems) > MOST_SKIPPED * len(items):
        raise InputError(f"{len(problems)} of {len(items)} {what} cannot be used: {problems[0]}")
    return results, kept


def _tried(read: Callable[[Item], Result], item: Item) -> Result | InputError:
    try:
        return read(item)
    except InputError as error:
        return error
