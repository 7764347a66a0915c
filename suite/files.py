"""Atomic writes, locks that one process holds at a time, and input that may be a pipe."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from suite.console.log import LOG
from suite.errors import InputError

# .123.model.keras of process 123; version 0.1 also wrote .history.csv.123. No system has longer process numbers.
_PARTIAL = re.compile(r"\.(?P<pid>\d{1,9})\..+|\..+\.(?P<old_pid>\d{1,9})")
_MOST_PIPED = 2**28  # bytes


def source(path: Path, what: str) -> Path | io.BytesIO:
    """A file to read: its path, or the content of standard input or of a pipe, which can be read once only.

    Args:
        path: A file, a pipe, or - for standard input.
        what: What it should be, for messages, such as "a picture".

    Raises:
        InputError: There is no such file, it is a folder, or a pipe brings more than 256 MB.
    """
    if str(path) != "-" and (path.is_dir() or not path.exists()):
        raise InputError(f"{path}: {f'is a folder, not {what}' if path.is_dir() else 'no such file'}")
    if path.is_file():
        return path
    with nullcontext(sys.stdin.buffer) if str(path) == "-" else path.open("rb") as pipe:
        content = pipe.read(_MOST_PIPED + 1)
    if len(content) > _MOST_PIPED:
        raise InputError(f"{path}: brings more than {_MOST_PIPED >> 20} MB; give a file")
    return io.BytesIO(content)


def digest(text: str, algorithm: str = "sha256") -> str:
    """A checksum of a text, in which names of files that are not UTF-8 may occur."""
    return hashlib.new(algorithm, text.encode("utf-8", "surrogatepass")).hexdigest()


def check_zip(archive: zipfile.ZipFile, path: Path, most: int) -> None:
    """Refuses a zip whose members would take more memory than they say: zipfile bounds what deflate gives, alone.

    Args:
        archive: The archive.
        path: Its file, for messages.
        most: Bytes of all members together.

    Raises:
        InputError: A member is packed otherwise, or they are too large.
    """
    members = archive.infolist()
    if odd := [m for m in members if m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]:
        raise InputError(
            f"{path}: {odd[0].filename[:60]} in it is packed by another method than deflate; pack it again"
        )
    if (total := sum(member.file_size for member in members)) > most:
        raise InputError(f"{path}: {total:,} bytes unpacked, where at most {most:,} are read")


@contextmanager
def locked(folder: Path, busy: str, name: str = ".lock", wait: bool = False) -> Iterator[None]:
    """Holds a lock on a folder; the operating system releases it when the process ends, however it ends.

    The lock is on a hidden file in the folder, which is removed at the end; a killed process leaves it, which does no
    harm. The folder may be removed meanwhile.

    Args:
        folder: An existing folder.
        busy: Message for when another process holds the lock.
        name: Name of the lock file, for a lock on a part of the folder's content.
        wait: Whether to print the message and wait for the other process, instead of raising.

    Raises:
        InputError: Another process holds the lock.
    """
    from filelock import FileLock, Timeout  # here, as `predict` on a .tflite needs no lock

    path = folder / name
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if not wait:
            raise InputError(f"{folder}: {busy}") from None
        LOG.info("%s: %s", folder, busy)
        lock.acquire()
    held = path.stat()
    try:
        yield
    finally:
        # Before the release, so that nobody else can hold this file: filelock refuses one that has no name any more.
        # If the folder was removed and made again, the file there is another process's. Windows refuses to remove an
        # open file; there filelock does it after the release.
        with suppress(OSError):
            if os.path.samestat(path.stat(), held):
                path.unlink()
        lock.release()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a partial path beside `path` to write to, and renames it to `path` when the block ends.

    Readers see the old content or the new one. A block that fails leaves `path` as it was; what a killed process leaves
    is for `clear_partials`. A link stays a link, and its target is replaced.

    Args:
        path: A file, or a folder that does not exist yet. Its parent is made.

    Yields:
        A path in the same folder with the same suffix, for writers that choose the format by it.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    _remove(partial)  # a killed process may have had the same number
    try:
        yield partial
        os.replace(partial, path)
    finally:
        _remove(partial)


def write(path: Path, content: str | bytes) -> None:
    """Writes a file by one rename, and makes its folder; a device or a pipe is written into."""
    # A file's name that is not UTF-8 has surrogates, which JSON and YAML hold as \\udce9.
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(data)
        return
    with replacing(path) as partial:
        partial.write_bytes(data)


def clear_partials(folder: Path) -> None:
    """Removes the partial files and folders that killed processes left in a run folder, its plots and its checkpoints.

    Args:
        folder: The run folder, which the caller has locked.
    """
    for place in (folder, folder / "plots", folder / "checkpoints"):
        for path in place.glob(".*"):
            match = _PARTIAL.fullmatch(path.name)
            if match and not _is_being_written(path, int(match["pid"] or match["old_pid"])):
                _remove(path)
    for path in (folder / "checkpoints").glob(".epoch_*"):  # has no process number: only the lock's holder writes it
        _remove(path)


def _is_being_written(path: Path, pid: int) -> bool:
    """Whether the process that began a partial file still runs, and not only a later one with the same number."""
    import psutil

    if pid == os.getpid() or not psutil.pid_exists(pid):
        return False
    with suppress(psutil.Error, OSError):
        return psutil.Process(pid).create_time() <= path.stat().st_mtime
    return True


def _remove(path: Path) -> None:
    """Removes a file, a link or a whole folder, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
