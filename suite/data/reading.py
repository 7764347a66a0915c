"""Reads many files: unreadable ones are named, counted and left out, and too many of them stop the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from suite.console.log import LOG
from suite.console.progress import progress
from suite.errors import InputError

MOST_SKIPPED = 0.1  # share of the files that may be unreadable

Item = TypeVar("Item")
Result = TypeVar("Result")


def read_all(items: Sequence[Item], read: Callable[[Item], Result], plural: str) -> tuple[list[Result], list[int]]:
    """Reads every item, in a few threads.

    Args:
        items: The items, such as files.
        read: Reads one of them; its InputError names the file.
        plural: Name of the items in messages.

    Returns:
        The results, and the index of the item of each.

    Raises:
        InputError: More than a tenth cannot be read.
    """
    report = progress(f"reading {plural}")
    results: list[Result] = []
    indices: list[int] = []
    problems: list[str] = []
    with ThreadPoolExecutor(4) as pool:
        for index, result in enumerate(pool.map(lambda item: _tried(read, item), items)):
            if isinstance(result, InputError):
                problems.append(str(result))
            else:
                results.append(result)
                indices.append(index)
            report(index + 1, len(items))
    for problem in problems[:5]:
        LOG.warning("skipped %s", problem)
    if len(problems) > 5:
        LOG.warning("skipped %d more", len(problems) - 5)
    if problems:
        LOG.warning("skipped %d of %d %s", len(problems), len(items), plural)
    if len(problems) > MOST_SKIPPED * len(items):
        raise InputError(f"{len(problems)} of {len(items)} {plural} cannot be used: {problems[0]}")
    return results, indices


def _tried(read: Callable[[Item], Result], item: Item) -> Result | InputError:
    try:
        return read(item)
    except InputError as error:
        return error
