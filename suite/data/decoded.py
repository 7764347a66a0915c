"""Many files decoded once, by all processors, into the cache, and mapped from there."""

from __future__ import annotations

import functools
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from suite.console.log import LOG
from suite.console.progress import progress
from suite.data import cache, reading
from suite.data.rows import Rows
from suite.errors import InputError
from suite.files import digest

_BATCH = 64  # files of a process at a time
_FEW = 256  # files that are not worth starting processes

Read = Callable[[Path], tuple[np.ndarray, str]]


def read(files: Sequence[Path], read: Read, plural: str, key: str, beside: Sequence[Path]) -> tuple[Rows, list[int]]:
    """Arrays of one shape from files.

    A folder's files are decoded and stored together: whoever asks for others of them finds them.

    Args:
        files: The files, at least one.
        read: A file to its array, and what is to be said of it, such as "are longer than a second", or "". A function
            of a module, or a partial one; its InputError names the file.
        plural: Name of the files in messages.
        key: Changes with everything that the arrays depend on, the files aside.
        beside: All files of the source, these among them.

    Returns:
        The arrays, and the index of the file of each.

    Raises:
        InputError: More than a tenth of the files cannot be read.
    """
    folders: dict[Path, list[Path]] = {file.parent: [] for file in files}
    for file in beside:
        if file.parent in folders:
            folders[file.parent].append(file)
    report, done, total = progress(f"reading {plural}"), 0, sum(map(len, folders.values()))
    parts, start = [], 0
    places: dict[Path, int] = {}  # of each file that was read, among the parts' rows
    said: dict[Path, tuple[str, str]] = {}  # of the others the problem, or of any the remark
    for folder, listed in folders.items():
        stamps = [(str(file), (status := file.stat()).st_size, status.st_mtime_ns) for file in listed]
        name = f"{plural}_{digest(repr((key, str(folder.resolve()), stamps)))[:16]}"
        advance = functools.partial(lambda before, count: report(before + count, total), done)
        stored = cache.mapped(name, functools.partial(_write, listed, read, advance))
        said |= zip(listed, zip(stored["problems"].tolist(), stored["remarks"].tolist(), strict=True), strict=True)
        readable = [file for file in listed if not said[file][0]]
        places |= zip(readable, range(start, start + len(readable)), strict=True)
        if readable:
            parts.append(stored["rows"])
        start, done = start + len(readable), done + len(listed)
    reading.check_problems([said[file][0] for file in files if said[file][0]], len(files), plural)
    indices = [i for i, file in enumerate(files) if file in places]
    for remark, count in Counter(said[file][1] for file in files if said[file][1]).items():
        LOG.info(f"{count:,} of {len(files):,} {plural} {remark}")
    return Rows(parts, np.array([places[files[i]] for i in indices], np.int64)), indices


def _write(files: Sequence[Path], read: Read, advance: Callable[[int], None], folder: Path) -> None:
    """Decodes files into arrays in a folder: rows, and for every file problems and remarks, mostly empty."""
    from joblib import Parallel, delayed  # here, as every start of a command would wait for it

    problems: list[str] = []
    remarks: list[str] = []
    processes = 1 if len(files) <= _FEW else os.cpu_count() or 1
    batches = [files[i : i + _BATCH] for i in range(0, len(files), _BATCH)]
    work = Parallel(processes, return_as="generator")(delayed(_decoded)(read, batch) for batch in batches)

    def rows() -> Iterator[np.ndarray]:
        for arrays, failed, said in work:
            problems.extend(failed)
            remarks.extend(said)
            advance(len(problems))
            if arrays is not None:
                yield arrays

    some = rows()
    first = next(some, np.zeros(0, np.uint8))
    cache.save_rows(folder / "rows.npy", itertools.chain([first], some), first.shape[1:], first.dtype)
    np.save(folder / "problems.npy", np.array(problems, str))
    np.save(folder / "remarks.npy", np.array(remarks, str))


def _decoded(read: Read, files: Sequence[Path]) -> tuple[np.ndarray | None, list[str], list[str]]:
    """The arrays of the readable ones of some files, and each file's problem and remark."""
    arrays, problems, remarks = [], [], []
    for file in files:
        problem = remark = ""
        try:
            array, remark = read(file)
            arrays.append(array)
        except InputError as error:
            problem = str(error)
        problems.append(problem)
        remarks.append(remark)
    return (np.stack(arrays) if arrays else None), problems, remarks
