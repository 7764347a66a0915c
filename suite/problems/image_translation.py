"""Image translation: a picture in, a picture of the same size out; the losses are those of the task's model."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite import problems
from suite.problems import Problem

if TYPE_CHECKING:
    import keras

    from suite.config import TrainingConfig
    from suite.problems import Encoded
    from suite.task import Built, Examples

LARGEST_PSNR = 99.0  # dB, where nothing differs


@dataclass(frozen=True)
class Limits:
    """Limits for exported files.

    Args:
        min_psnr: Peak signal-to-noise ratio, in dB, that a file's pictures must have to the Keras model's.
    """

    min_psnr: float = 30.0


@dataclass(frozen=True)
class Report(problems.Report):
    """Mean losses on a split, of all pictures and of each label.

    Args:
        model: The scored file.
        split: Split and source.
        pictures: Number of pictures.
        losses: Mean losses by name; the first is the total.
        by_label: Label, such as a style, to its mean losses.
    """

    model: str
    split: str
    pictures: int
    losses: dict[str, float]
    by_label: dict[str, dict[str, float]]

    def to_json(self) -> str:
        content = {"model": self.model, "split": self.split, "pictures": self.pictures, **self.losses}
        return json.dumps(content | {"by_label": self.by_label}, indent=2, ensure_ascii=False) + "\n"

    def table(self) -> str:
        widest = max(map(len, (*self.by_label, "mean")))
        lines = [f"{self.model} on {self.split}", " " * widest + "".join(f"{name:>11}" for name in self.losses)]
        for label, row in (*self.by_label.items(), ("mean", self.losses)):
            lines.append(f"{label:<{widest}}" + "".join(f"{loss:11.4f}" for loss in row.values()))
        return "\n".join(lines)

    def plot(self, path: Path) -> None:
        from suite.console import plots

        groups = {name: {label: row[name] for label, row in self.by_label.items()} for name in self.losses}
        plots.bars(groups, self.split, path)


def psnr(pictures: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal-to-noise ratio of pictures in 0..255, in dB, at most 99."""
    error = np.mean((np.float64(_levels(pictures)) - _levels(reference)) ** 2)
    return float(min(LARGEST_PSNR, 10 * np.log10(255**2 / error))) if error else LARGEST_PSNR


def _levels(pictures: np.ndarray) -> np.ndarray:
    """Pictures rounded to whole levels, as files hold them."""
    return np.clip(np.round(pictures), 0, 255)


def _compile(model: keras.Model, steps: int, settings: TrainingConfig) -> None:
    from suite.training import fit

    model.compile(fit.optimizer(steps, settings, beta_2=0.99, global_clipnorm=1.0), jit_compile=False)


def _validate(labelled: str, built: Built, encoded: Encoded, examples: Examples, artefact: str) -> Report:
    """One picture at a time, whose losses are then averaged by label, which the input `labelled` gives one-hot."""
    rows: list[dict[str, float]] = []
    (inputs,) = encoded(built.trained)
    for i in range(len(examples)):
        one = {name: array[i : i + 1] for name, array in inputs.items()}
        losses = built.trained.evaluate(one, batch_size=1, verbose=0, return_dict=True)
        rows.append({"total": losses.pop("loss"), **losses})
    chosen = inputs[labelled].argmax(axis=1)
    by_label = {
        name: _means([row for row, label in zip(rows, chosen, strict=True) if label == number])
        for number, name in enumerate(examples.labels)
        if number in chosen
    }
    return Report(artefact, examples.description, len(rows), _means(rows), by_label)


def _means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: round(float(np.mean([row[name] for row in rows])), 6) for name in rows[0]}


def _compare(pictures: np.ndarray, reference: np.ndarray, examples: Examples) -> dict[str, float]:
    worst = min(psnr(a, b) for a, b in zip(pictures, reference, strict=True))
    largest = float(np.abs(_levels(pictures) - _levels(reference)).max())
    return {"psnr": psnr(pictures, reference), "worst_psnr": worst, "largest_difference": largest}


def _failed(figures: Mapping[str, float], reference: Mapping[str, float], count: int, limits: Limits) -> str:
    return f"has {figures['psnr']:.1f} dB, less than {limits.min_psnr:g}" if figures["psnr"] < limits.min_psnr else ""


def image_translation(losses: tuple[str, ...], labelled: str) -> Problem:
    """The problem of a task whose model has these losses, and an input with a weight for each label."""
    return Problem(
        output="picture",
        activate=lambda picture: picture,
        compile=_compile,
        targets=None,
        better=lambda row: -row["val_loss"] if math.isfinite(row["val_loss"]) else -math.inf,
        curves=("loss", *losses),
        validate=partial(_validate, labelled),
        report=None,
        measures=("total", *losses),
        form=".4f",
        best=lambda metrics: -metrics["total"],
        compare=_compare,
        figures={
            "psnr": ("PSNR in dB", ".1f"),
            "worst_psnr": ("worst", ".1f"),
            "largest_difference": ("largest difference of 255", ".0f"),
        },
        reference=lambda pictures, examples: {},
        limits=Limits,
        failed=_failed,
        remedy="leave the file out by --modes, or allow a lower ratio by --min-psnr",
        validation_batch=1,
        labelled=labelled,
    )
