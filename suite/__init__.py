"""Small convolutional networks, from a folder of examples to a verified edge model.

The commands as functions; the heavy libraries are imported when one of them is called:

    >>> import suite
    >>> run = suite.train("digits", training={"epochs": 3})  # doctest: +SKIP
    >>> suite.evaluate(run).accuracy  # doctest: +SKIP
    >>> version = suite.export(run)  # doctest: +SKIP
    >>> suite.load(version).predict_raw(pictures)  # doctest: +SKIP
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suite.artefacts.runtime import Artefact
    from suite.problems import Report

__version__ = "0.2.0"


def load(path: str | Path) -> Artefact:
    """A model, whatever its form: a run, a .keras, a SavedModel folder or a .tflite.

    Raises:
        InputError: There is no such artefact, or it is damaged.

    >>> import suite
    >>> suite.load("nowhere.tflite")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    suite.errors.InputError: nowhere.tflite: no such file or folder; give a run, ...
    """
    from suite.artefacts import runtime

    return runtime.load(path)


def train(task: str, *, config: str | Path | None = None, **options: Any) -> Path:
    """Trains a model, as `python -m suite TASK train` does.

    Args:
        task: Such as digits.
        config: A recipe, a YAML file.
        options: Groups of the configuration as mappings, such as data={"path": "my_pictures"}; they win over the
            recipe. And the command's own options: run, resume, seeds, folds, export.

    Returns:
        The run folder.

    Raises:
        InputError: An option or the data cannot be used.

    >>> import suite
    >>> suite.train("digits", training={"epochs": -1})
    Traceback (most recent call last):
    ...
    suite.errors.InputError: training.epochs: -1: expected a whole number from 1, or 0 for the task's choice
    """
    from suite import task as tasks
    from suite.commands.train import train as command
    from suite.console.arguments import from_python

    return command(**from_python(command, "train", tasks.get(task), options, str(config or "")))


def evaluate(artefact: str | Path, **options: Any) -> Report:
    """Scores a model, as `python -m suite TASK eval` does; the task is the model's.

    Args:
        artefact: A run, a .keras, a SavedModel folder or a .tflite.
        options: data={"path": ..., "split": ...}, report, baseline, and the task's own options as `options`.

    Raises:
        InputError: The artefact, an option or the data cannot be used.
    """
    from suite.commands.evaluate import evaluate as command
    from suite.console.arguments import from_python

    return command(artefact=str(artefact), **from_python(command, "eval", _task_of(artefact), options))


def export(run: str | Path, **options: Any) -> Path:
    """Exports a run, as `python -m suite TASK export` does.

    Args:
        run: A run folder.
        options: modes, limits, version, credit, data, and the task's own options as `options`.

    Returns:
        The version's folder.

    Raises:
        InputError: The run, an option or the data cannot be used, or a file lost more than the limits allow.
    """
    from suite.commands.export import export as command
    from suite.console.arguments import from_python

    return command(run=str(run), **from_python(command, "export", _task_of(run), options))


def _task_of(artefact: str | Path) -> Any:
    """The record of a model's task."""
    from suite import task as tasks
    from suite.artefacts import runtime

    return tasks.get(runtime.identify(Path(artefact))[1].task)
