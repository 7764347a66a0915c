"""Files that are written whole or not at all, and folders in which one process works at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from suite.errors import InputError


@contextmanager
def locked(folder: Path, busy: str) -> Iterator[None]:
    """Nobody else is at work in this folder inside the block; the lock ends with the process, however that ends.

    Args:
        folder: An existing folder.
        busy: What to tell if another process has it.

    Raises:
        InputError: Another process is at work there.
    """
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InputError(f"{folder}: {busy}") from None
    finally:
        os.close(handle)


def write(path: Path, content: str | bytes) -> None:
    """Writes a file whole or not at all; makes its folder. A link stays a link; a device or pipe is written into."""
    path = path.resolve()
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
