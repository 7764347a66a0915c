"""Publishes a version of a model: its folder appears whole or not at all, by one rename."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from suite.errors import InputError
from suite.files import locked, write

_STAGING = ".publishing-"  # TensorFlow Serving loads folders whose name is a number, and no others


@dataclass(frozen=True)
class Staging:
    """A version that is being written.

    Args:
        path: The folder to write its files into.
        version: The folder's path after the rename.
    """

    path: Path
    version: Path

    @property
    def name(self) -> str:
        """The name of the served model."""
        return self.version.parent.name


@contextmanager
def staging(task: str, number: int | None = None, root: str | Path = "saved_models") -> Iterator[Staging]:
    """Yields a folder to write a version into; at the end it becomes saved_models/<task>/<version> by one rename.

    If the block fails, or the process is killed in it, no version appears. One export of a task runs at a time; the
    next one removes what a killed one left. A published version can be read by every user, whatever the umask is, as
    the server is often another one.

    Args:
        task: The task's name, such as speech.
        number: The version; by default the one after the newest.
        root: The folder of all tasks.

    Raises:
        InputError: The version exists already, or another export is running.
    """
    root = Path(root)
    parent = root / task
    check_version(task, number, root)
    made = [folder for folder in (parent, root) if not folder.exists()]
    parent.mkdir(parents=True, exist_ok=True)
    for folder in made:
        folder.chmod(0o755)
    try:
        with locked(parent, "another export is running; wait for it"):
            # At the end models.config is written after the rename, since a server must not be sent to a task without
            # a version. An export that is killed between the two leaves it missing or old; it is mended here.
            _write_models_config(root)
            for leftover in parent.glob(f"{_STAGING}*"):
                shutil.rmtree(leftover)
            version = parent / str(number or max(_versions(parent), default=0) + 1)
            path = Path(tempfile.mkdtemp(prefix=_STAGING, dir=parent))
            try:
                yield Staging(path, version)
                _make_readable(path)
                os.rename(path, version)  # refused where a folder with files exists
            finally:
                shutil.rmtree(path, ignore_errors=True)
            _write_models_config(root)
    finally:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()  # only if it is empty, because nothing was published


def check_version(task: str, number: int | None, root: str | Path = "saved_models") -> None:
    """Refuses a version that cannot be published.

    Raises:
        InputError: The number is below 1, or the version exists already.
    """
    version = Path(root) / task / str(number)
    if number is not None and number < 1:
        raise InputError(f"version {number}: expected a whole number from 1")
    if version.exists():
        raise InputError(f"{version}: is published already, and never changes; leave out --version for the next one")


def _versions(parent: Path) -> list[int]:
    return [int(p.name) for p in parent.iterdir() if p.is_dir() and p.name.isdigit()]


def _make_readable(folder: Path) -> None:
    """Lets every user read a folder and all that is in it; mkdtemp's folder is its owner's alone."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o644))


def _write_models_config(root: Path) -> None:
    """Writes TensorFlow Serving's --model_config_file, a text proto, for every task that has a version, if any has."""
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2

    # Otherwise, of two tasks' exports that end at once, the one that looked first could write last.
    with locked(root, "another export is writing models.config; waiting for it", wait=True):
        config = model_server_config_pb2.ModelServerConfig()
        for parent in sorted(p for p in root.iterdir() if p.is_dir() and _versions(p)):
            config.model_config_list.config.add(
                name=parent.name, base_path=f"/models/{parent.name}", model_platform="tensorflow"
            )
        if content := text_format.MessageToString(config):
            write(root / "models.config", content)
            (root / "models.config").chmod(0o644)
