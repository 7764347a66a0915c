"""Reads many files: unreadable ones are named, counted and left out, and too many of them stop the run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from suite.console.log import LOG
from suite.console.progress import progress
from suite.data import cache
from suite.errors import InputError
from suite.files import digest, write

MOST_SKIPPED = 0.1  # share of the files that may be unreadable
_NAMED = 5  # unreadable files that are named one by one

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
    check_problems(problems, len(items), plural)
    return results, indices


def check_problems(problems: Sequence[str], items: int, plural: str) -> None:
    """Names and counts what could not be read.

    Args:
        problems: A message for each item that could not be read.
        items: Number of all items.
        plural: Name of the items in messages.

    Raises:
        InputError: They are more than a tenth.
    """
    place = _tell(problems, items, plural) if problems else ""
    if len(problems) > MOST_SKIPPED * items:
        raise InputError(f"{len(problems)} of {items} {plural} cannot be used{place}: {problems[0]}")


def _tell(problems: Sequence[str], items: int, plural: str) -> str:
    """Names what was left out: each file, or, of many, an example of each kind and a file with all of them.

    Returns:
        The file's name, for a message; "" if there is none.
    """
    kinds: dict[str, list[str]] = {}
    for problem in problems:
        kinds.setdefault(re.sub(r"\d+", "1", problem.partition(": ")[2]), []).append(problem)
    place, shown = "", list(problems)
    if len(problems) > _NAMED:
        text = "".join(f"{problem}\n" for problem in problems)
        with suppress(OSError, InputError):  # then each is named here
            path = cache.folder() / "skipped" / f"{plural}_{digest(text)[:8]}.txt"
            write(path, text)
            place, shown = f" (all are named in {path})", []
    for problem in shown:
        LOG.warning("skipped %s", problem)
    for alike in kinds.values() if not shown else ():
        more = f", and {len(alike) - 1:,} more for this reason" if len(alike) > 1 else ""
        LOG.warning("skipped %s%s", alike[0], more)
    LOG.warning("skipped %d of %d %s%s", len(problems), items, plural, place)
    return place


def _tried(read: Callable[[Item], Result], item: Item) -> Result | InputError:
    try:
        return read(item)
    except InputError as error:
        return error
