"""The cache: computed arrays and downloaded files, in one folder of the user's."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from suite.console.log import LOG
from suite.errors import InputError
from suite.files import clear_partials, locked, replacing, write


def folder() -> Path:
    """The cache's folder: $SUITE_CACHE, or ~/.cache/suite.

    Raises:
        InputError: There is no home directory.
    """
    try:
        return Path(os.environ.get("SUITE_CACHE") or Path.home() / ".cache" / "suite")
    except RuntimeError:
        raise InputError("no home directory; set SUITE_CACHE to a folder for downloads and computed data") from None


def arrays(name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Arrays from the cache; if they are not there, they are made and stored.

    A damaged file is made again. If the arrays cannot be stored, as on a full disk, the reason is printed.

    Args:
        name: A file name that changes with everything the arrays depend on.
        make: Returns the arrays, at least one, without objects.
    """
    path = folder() / f"{name}.npz"
    # The readers of zip and NumPy files raise many kinds of exceptions on damaged bytes, few of them documented.
    with suppress(Exception), np.load(path, allow_pickle=False) as stored:
        if found := dict(stored):  # a damaged list of members may read as an empty one
            return found
    made: dict[str, Any] = make()
    content = io.BytesIO()
    np.savez(content, **made)
    try:
        write(path, content.getvalue())
    except OSError as error:
        LOG.warning("not cached: %s: %s; set SUITE_CACHE to another folder", path, error.strerror)
    return made


def mapped(name: str, make: Callable[[Path], None]) -> dict[str, np.ndarray]:
    """Large arrays, mapped from a folder of the cache; if it is not there, it is made.

    A damaged folder is made again.

    Args:
        name: A folder name that changes with everything the arrays depend on.
        make: Writes .npy files, without objects, into the folder that it is given.

    Returns:
        The arrays by file name, without .npy; read-only.

    Raises:
        InputError: They cannot be stored, as on a full disk.
    """
    path = folder() / name
    if found := _whole(path):
        return found
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with locked(folder(), "another process fills it; waiting", f".{name}.lock", wait=True):
            clear_partials(folder())
            if not _whole(path):  # the other process may have made it
                shutil.rmtree(path, ignore_errors=True)
                _fill(path, make)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; free some space, or set SUITE_CACHE to another folder") from None
    return _whole(path)


def save_rows(file: Path, parts: Iterable[np.ndarray], shape: tuple[int, ...], dtype: Any) -> int:
    """Writes arrays one after another as a single .npy file, of which never more than one is in memory.

    On a full disk it raises OSError, as writing into a mapped file does not.

    Args:
        file: The file.
        parts: Arrays (N_i, *shape).
        shape: Shape of a row.
        dtype: Of the arrays.

    Returns:
        Number of rows, the sum of N_i.
    """

    def header(count: int) -> None:
        about = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False}
        np.lib.format.write_array_header_1_0(stream, about | {"shape": (count, *shape)})

    count = 0
    with file.open("w+b") as stream:
        header(0)  # NumPy leaves room in it for more rows
        for part in parts:
            stream.write(np.ascontiguousarray(part, dtype).data)
            count += len(part)
        stream.seek(0)
        header(count)
    return count


def _fill(path: Path, make: Callable[[Path], None]) -> None:
    with replacing(path) as partial:
        partial.mkdir()
        make(partial)
        sizes = [f"{file.name} {file.stat().st_size}\n" for file in partial.iterdir()]
        (partial / "sizes.txt").write_text("".join(sizes))


def _whole(path: Path) -> dict[str, np.ndarray]:
    """The mapped arrays, if each file that was written is there with its size; otherwise none."""
    with suppress(Exception):  # a damaged header raises many kinds of exceptions, as above
        sizes = dict(line.rsplit(" ", 1) for line in (path / "sizes.txt").read_text().splitlines())
        if all((path / name).stat().st_size == int(size) for name, size in sizes.items()):
            return {Path(name).stem: np.load(path / name, mmap_mode="r", allow_pickle=False) for name in sizes}
    return {}
