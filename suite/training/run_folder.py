"""The run folder: everything about one training, readable at any moment.

    runs/speech/synthetic_small_1/
      config.yaml       the resolved configuration; `train --config` takes it
      suite.json        what the model says of itself: task, labels, features
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
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata as packages
from pathlib import Path

from suite.errors import InputError
from suite.files import write


@dataclass(frozen=True)
class Run:
    """A run folder and the places in it."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def model(self) -> Path:
        return self.path / "model.keras"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics.json"

    @property
    def plots(self) -> Path:
        return self.path / "plots"

    @property
    def series(self) -> Path:
        return self.path / "series.json"

    @property
    def finished(self) -> bool:
        """The report is the last thing that a training writes."""
        return self.metrics.exists()


def create(task: str, name: str, config: str, path: str | None = None, series: Mapping | None = None) -> Run:
    """A new run folder with its configuration and environment.

    Args:
        task: Such as speech.
        name: What the run is called; a number is added. Ignored where `path` is given.
        config: The resolved configuration as YAML.
        path: The folder itself, where the caller chose it.
        series: In what the members of a series differ, if it is one.

    Raises:
        InputError: `path` is there already.
    """
    if path is None:
        folder = _numbered(Path("runs") / task, name)
    else:
        folder = Path(path)
        begun = {"environment.json", "series.json"}  # all that a run has that was killed before it began
        if folder.exists() and (not folder.is_dir() or {p.name for p in folder.iterdir()} - begun):
            raise InputError(
                f"{folder}: is there already; go on with it by --resume {folder}, or name another by --run"
            )
        folder.mkdir(parents=True, exist_ok=True)
    run = Run(folder)
    try:
        write(folder / "environment.json", json.dumps(environment(), indent=2))
        if series:
            write(run.series, json.dumps(series, indent=2))
        write(run.config, f"# python -m suite.{task} train --config {run.config}\n{config}")  # last: now it is a run
    except OSError:
        shutil.rmtree(folder)
        raise
    return run


def open_run(path: str) -> Run:
    """An existing run folder.

    Raises:
        InputError: Not a run folder.
    """
    run = Run(Path(path))
    if not run.config.is_file():
        raise InputError(f"{path}: not a run folder (no config.yaml in it); `train` makes one and prints its name")
    return run


def environment() -> dict:
    """Versions, machine and command, for whoever wants to repeat the run."""
    names = ("suite", "tensorflow", "keras", "numpy", "librosa", "scikit-learn", "ai-edge-litert", "espeakng-loader")
    versions = {name: packages.version(name) for name in names if _installed(name)}
    return {
        "command": " ".join(sys.orig_argv[1:]),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": versions,
    }


def _installed(name: str) -> bool:
    try:
        packages.version(name)
    except packages.PackageNotFoundError:
        return False
    return True


def _numbered(parent: Path, name: str) -> Path:
    """The first of name_1, name_2, ... that nobody else has; mkdir decides between two who ask at once."""
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        try:
            (parent / f"{name}_{number}").mkdir()
        except FileExistsError:
            number += 1
        else:
            return parent / f"{name}_{number}"
