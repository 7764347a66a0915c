"""One atomic publication: a version folder appears whole or not at all."""

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

_STAGING = ".publishing-"  # TensorFlow Serving looks at folders whose name is a number, and at no others


@dataclass(frozen=True)
class Staging:
    """A version in the making.

    Args:
        path: Where to write its files, until the rename.
        version: Where they will be.
    """

    path: Path
    version: Path


@contextmanager
def staging(task: str, number: int | None = None, root: str | Path = "saved_models") -> Iterator[Staging]:
    """A folder to write a version into; when the block ends it becomes saved_models/<task>/<version> by one rename.

    If the block fails, or the process is killed in it, no version appears. One export of a task is at work at a time;
    what a killed one left is removed by the next.

    Args:
        task: Such as speech.
        number: The version; by default the one after the newest.
        root: The folder of all tasks.

    Raises:
        InputError: The version is there already, or another export is at work.
    """
    parent = Path(root) / task
    check_version(task, number, root)
    made = [folder for folder in (parent, Path(root)) if not folder.exists()]
    parent.mkdir(parents=True, exist_ok=True)
    try:
        with locked(parent, "another export is at work here; wait for it"):
            for leftover in parent.glob(f"{_STAGING}*"):
                shutil.rmtree(leftover)
            version = parent / str(number or _next(parent))
            path = Path(tempfile.mkdtemp(prefix=_STAGING, dir=parent))
            path.chmod(0o755)  # the server may be another user
            try:
                yield Staging(path, version)
                os.rename(path, version)  # refused where a folder with files stands
            finally:
                shutil.rmtree(path, ignore_errors=True)
    finally:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()  # only if it is empty, because nothing was published
    write(Path(root) / "models.config", _models_config(Path(root)))


def check_version(task: str, number: int | None, root: str | Path = "saved_models") -> None:
    """Refuses a version that cannot be published.

    Raises:
        InputError: It is no number from 1, or is there already.
    """
    version = Path(root) / task / str(number)
    if number is not None and number < 1:
        raise InputError(f"version {number}: expected a whole number from 1")
    if version.exists():
        raise InputError(f"{version}: is published already, and never changes; leave out --version for the next")


def _versions(parent: Path) -> list[int]:
    return [int(p.name) for p in parent.iterdir() if p.is_dir() and p.name.isdigit()]


def _next(parent: Path) -> int:
    return max(_versions(parent), default=0) + 1


def _models_config(root: Path) -> str:
    """TensorFlow Serving's --model_config_file for every task that has a version, as its text proto."""
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2

    config = model_server_config_pb2.ModelServerConfig()
    for parent in sorted(p for p in root.iterdir() if p.is_dir() and _versions(p)):
        config.model_config_list.config.add(
            name=parent.name, base_path=f"/models/{parent.name}", model_platform="tensorflow"
        )
    return text_format.MessageToString(config)
