"""Problems: what a model's output is, its loss, its report, and how a file is compared with the Keras model."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from suite.task import Built, Examples

    Encoded = Callable[[keras.Model], Iterator[dict[str, np.ndarray]]]  # batches of a model's inputs


@dataclass(frozen=True)
class Report(ABC):
    """Scores on one split; a frozen dataclass."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    @abstractmethod
    def table(self) -> str:
        """The report as text."""

    @abstractmethod
    def plot(self, path: Path) -> None:
        """Draws the report as PNG."""


@dataclass(frozen=True)
class Problem:
    """A record of functions, like a task.

    Args:
        output: Name of the output in SavedModels and TFLite files.
        activate: Converts a Keras model's output to that of a file, in a TensorFlow graph (such as softmax).
        compile: (model, steps an epoch, training configuration) gives a model its optimizer, loss and metrics.
        targets: Examples to a function from rows (B,) to the targets of the loss (B, ...), in a graph; None where it
            needs none.
        better: A row of the history to a number, or a tuple, that is larger for a better epoch.
        curves: Columns of the history that are drawn, training beside validation.
        validate: (Built, the examples as batches of one of its models' inputs, the examples, artefact's name) to the
            Report of a finished training.
        report: (examples, outputs, artefact's name) to a Report; None where outputs alone cannot be scored.
        measures: Figures of a report of which a series gives mean and spread.
        form: Their format, such as ".2%".
        best: A report as JSON to a number that is larger for a better run.
        compare: (outputs, reference outputs, examples) to the figures of a file, by name.
        figures: Name of each of these figures to its column's heading and format.
        reference: (reference outputs, examples) to the Keras model's own figures, for the first row of the table.
        limits: Dataclass of the limits that an exported file must keep.
        failed: (figures of a file, the Keras model's figures, number of examples, limits) to the violation, or "".
        remedy: Advice for a file that failed.
        validation_batch: Examples that are validated at a time.
        comparison: (outputs by name, examples) to a table of several models, overall and by group.
        labelled: Name of the tensor that has one value for each label; by default the output.
    """

    output: str
    activate: Callable[[Any], Any]
    compile: Callable[[Any, int, Any], None]
    targets: Callable[[Examples], Callable[[Any], Any]] | None
    better: Callable[[Mapping[str, float]], Any]
    curves: tuple[str, ...]
    validate: Callable[[Built, Encoded, Examples, str], Report]
    report: Callable[[Examples, np.ndarray, str], Report] | None
    measures: tuple[str, ...]
    form: str
    best: Callable[[Mapping[str, Any]], float]
    compare: Callable[[np.ndarray, np.ndarray, Examples], dict[str, float]]
    figures: Mapping[str, tuple[str, str]]
    reference: Callable[[np.ndarray, Examples], dict[str, float]]
    limits: type
    failed: Callable[[Mapping[str, float], Mapping[str, float], int, Any], str]
    remedy: str
    validation_batch: int = 256
    comparison: Callable[[Mapping[str, np.ndarray], Examples], str] | None = None
    labelled: str = ""
