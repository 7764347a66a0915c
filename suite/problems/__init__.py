"""What a model's output is: its loss, which epoch is better, its report, and how a file is compared with the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from suite.task import Built, Examples


@dataclass(frozen=True)
class Problem:
    """A record of functions, like a task.

    Args:
        output: Name of the output in SavedModels and TFLite files.
        activate: What a Keras model gives to what a file gives, in a TensorFlow graph (such as softmax).
        compile: (model, steps an epoch, training configuration) gives a model its optimizer, loss and metrics.
        better: A row of the history to a number (or tuple) that is larger for a better epoch.
        curves: Columns of the history that are drawn, training beside validation.
        validate: (Built, encoded inputs, examples, artefact's name) to a report on a finished training.
        report: (examples, outputs, artefact's name) to a report: an object with to_json, table and plot.
        measures: Figures of a report that a series gives mean and spread of, the first of which decides.
        form: How these are written, such as ".2%".
        best: A report as JSON to a number that is larger for a better run.
        compare: (outputs, reference outputs, examples) to figures of a file, by name.
        figures: Name of each of these figures to (heading of its column, format).
        reference: The Keras model's own figures, likewise, for the table's first row.
        limits: Dataclass of the limits that a file must keep.
        failed: (figures of a file, the Keras model's figures, number of examples, limits) to what is wrong, or "".
        remedy: What the export says to a file that failed.
    """

    output: str
    activate: Callable[[Any], Any]
    compile: Callable[[Any, int, Any], None]
    better: Callable[[Mapping[str, float]], Any]
    curves: tuple[str, ...]
    validate: Callable[[Built, dict[str, np.ndarray], Examples, str], Any]
    report: Callable[[Examples, np.ndarray, str], Any]
    measures: tuple[str, ...]
    form: str
    best: Callable[[Mapping[str, Any]], float]
    compare: Callable[[np.ndarray, np.ndarray, Examples], dict[str, float]]
    figures: Mapping[str, tuple[str, str]]
    reference: Callable[[np.ndarray, Examples], dict[str, float]]
    limits: type
    failed: Callable[[Mapping[str, float], Mapping[str, float], int, Any], str]
    remedy: str
    splits: Sequence[str] = ("validation", "test")
