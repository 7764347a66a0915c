"""One atomic publication: a version folder appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from suite.errors import InputError
from suite.run import write

_STAGING = ".publishing-"  # TensorFlow Serving looks at folders whose name is a number, and at no others


class Staging:
    """A version in the making.

    Args:
        path: Where to write its files, until the rename.
        version: Where they will be.
    """

    def __init__(self, path: Path, version: Path):
        self.path, self.version = path, version


@contextmanager
def staging(task: str, number: int | None = None, root: str | Path = "saved_models") -> Iterator[Staging]:
    """A folder to write a version into; when the block ends it becomes saved_models/<task>/<version> by one rename.

    If the block fails, or the process is killed in it, no version appears. What a killed process left is removed by
    the next export.

    Args:
        task: Such as speech.
        number: The version; by default the one after the newest.
        root: The folder of all tasks.

    Raises:
        InputError: The version is there already.
    """
    parent = Path(root) / task
    parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(parent)
    version = parent / str(number or _next(parent))
    if number is not None and number < 1:
        raise InputError(f"version {number}: expected a whole number from 1")
    if version.exists():
        raise InputError(
            f"{version}: is published already, and a version never changes; leave out --version for the next"
        )
    path = parent / f"{_STAGING}{os.getpid()}"
    path.mkdir()
    try:
        stage = Staging(path, version)
        yield stage
        stage.version = _rename(path, version, parent, fixed=number is not None)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        for folder in (parent, Path(root)):
            with suppress(OSError):
                folder.rmdir()  # only if it is empty, because nothing was published
    write(Path(root) / "models.config", _models_config(Path(root)))


def _rename(path: Path, version: Path, parent: Path, fixed: bool) -> Path:
    """Gives the folder its number; if somebody else took that meanwhile, the next."""
    while True:
        try:
            os.rename(path, version)  # refused where a folder with files stands
            return version
        except OSError:
            if not version.exists():
                raise
            if fixed:
                raise InputError(f"{version}: was published meanwhile; leave out --version for the next") from None
            version = parent / str(_next(parent))


def _versions(parent: Path) -> list[int]:
    return [int(p.name) for p in parent.iterdir() if p.is_dir() and p.name.isdigit()]


def _next(parent: Path) -> int:
    return max(_versions(parent), default=0) + 1


def _remove_leftovers(parent: Path) -> None:
    for folder in parent.glob(f"{_STAGING}*"):
        try:
            os.kill(int(folder.name.removeprefix(_STAGING)), 0)  # is that process alive?
        except (ProcessLookupError, ValueError):
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            continue


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
