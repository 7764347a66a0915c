"""The run folder: everything about one training, readable at any moment.

    runs/speech/synthetic_small_1/
      config.yaml       the resolved configuration; `train --config` takes it
      environment.json  versions, machine, command
      history.csv       a row an epoch          metrics.json  the validation report
      model.keras       the best model          plots/        curves, confusion matrix
      checkpoints/      where to resume         tensorboard/  logs

Each file is written beside its place and then renamed into it: a killed process leaves the old file or the new one.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata as packages
from pathlib import Path
from typing import Any

from suite.errors import InputError
from suite.files import clear_partials, write

PACKAGES = ("suite", "tensorflow", "keras", "numpy", "librosa", "scikit-learn", "ai-edge-litert", "espeakng-loader")


@dataclass(frozen=True)
class Run:
    """A run folder and the places in it."""

    path: Path

    config = property(lambda self: self.path / "config.yaml")
    model = property(lambda self: self.path / "model.keras")
    metrics = property(lambda self: self.path / "metrics.json")
    plots = property(lambda self: self.path / "plots")
    series = property(lambda self: self.path / "series.json")

    @property
    def finished(self) -> bool:
        """Whether the report is there, the last file that a training writes."""
        return self.metrics.exists()


def new_folder(task: str, name: str, path: str | None = None) -> tuple[Path, list[Path]]:
    """The folder of a new run, `path` or the first free runs/<task>/<name>_<number>, and all folders made for it."""
    parent, number = Path("runs") / task, 1
    folder = Path(path) if path else parent / f"{name}_{number}"
    if path and folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name another folder by --run")
    made = [place for place in folder.parents if not place.exists()]
    folder.parent.mkdir(parents=True, exist_ok=True)
    while True:
        try:
            folder.mkdir()  # decides between two processes
            return folder, [folder, *made]
        except FileExistsError:
            if path:
                return folder, made
            number += 1
            folder = parent / f"{name}_{number}"


def remove(folder: Path, made: Sequence[Path]) -> None:
    """Empties the folder of a run that never began, and removes the folders that were made for it."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    for place in made:
        with suppress(OSError):
            place.rmdir()


def check_free(folder: Path) -> None:
    """Checks that a folder is empty, or left by a run that was killed before it had written its configuration.

    The partial files of such a run are removed.

    Raises:
        InputError: There is something else in the folder.
    """
    clear_partials(folder)
    begun = {"environment.json", "series.json"}
    if {entry.name for entry in folder.iterdir() if not entry.name.startswith(".lock")} - begun:
        raise InputError(f"{folder}: exists already; resume it by --resume {folder}, or name another by --run")


def begin(folder: Path, task: str, config: str, series: Mapping[str, Any] | None = None) -> Run:
    """Writes configuration and environment into a new run's folder, which the caller has locked and found free.

    Args:
        folder: The folder.
        task: Such as speech.
        config: The resolved configuration as YAML.
        series: Changes of the configuration by member, for a series.
    """
    run = Run(folder)
    write(folder / "environment.json", json.dumps(environment(), indent=2))
    if series:
        write(run.series, json.dumps(series, indent=2))
    write(run.config, f"# python -m suite.{task} train --config {run.config}\n{config}")  # last: now it is a run
    return run


def open_run(path: str | Path) -> Run:
    """An existing run folder.

    Raises:
        InputError: Not a run folder.
    """
    run = Run(Path(path))
    if (run.path / "saved_model.pb").exists():
        raise InputError(f"{path}: is a published version, not a run; give the run folder that `train` printed")
    if not run.config.is_file():
        raise InputError(f"{path}: not a run folder (no config.yaml in it); `train` makes one and prints its name")
    return run


def environment() -> dict[str, Any]:
    """Versions, machine and command, to repeat a run."""
    return {
        "command": " ".join(sys.orig_argv[1:]),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def _version(name: str) -> str:
    try:
        return packages.version(name)
    except packages.PackageNotFoundError:
        return ""
