"""Image translation: a picture in, a picture of the same size out; the losses are those of the task's model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite import problems
from suite.problems import Problem

if TYPE_CHECKING:
    import keras

    from suite.config import TrainingConfig
    from suite.task import Built, Examples

PARTS = ("total", "style", "content", "variation")
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
    """Mean losses on a split, of all styles and of each.

    Args:
        model: The scored file.
        split: Split and source.
        pictures: Their number.
        total, style, content, variation: The mean losses.
        styles: The same of each style.
    """

    model: str
    split: str
    pictures: int
    total: float
    style: float
    content: float
    variation: float
    styles: dict[str, dict[str, float]]

    def table(self) -> str:
        """The report as text: a row a style, and their mean."""
        widest = max(map(len, (*self.styles, "mean")))
        lines = [f"{self.model} on {self.split}", " " * widest + "".join(f"{part:>11}" for part in PARTS)]
        for name, row in (*self.styles.items(), ("mean", asdict(self))):
            lines.append(f"{name:<{widest}}" + "".join(f"{row[part]:11.4f}" for part in PARTS))
        return "\n".join(lines)

    def plot(self, path: Path) -> None:
        """Draws the losses of each style as PNG."""
        from suite.console import plots

        plots.bars({part: {name: row[part] for name, row in self.styles.items()} for part in PARTS}, self.split, path)


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


def _validate(built: Built, inputs: dict[str, np.ndarray], examples: Examples, artefact: str) -> Report:
    """One picture at a time, whose losses are then averaged by style."""
    rows = []
    for i in range(len(examples)):
        one = {name: array[i : i + 1] for name, array in inputs.items()}
        losses = built.trained.evaluate(one, batch_size=1, verbose=0, return_dict=True)
        rows.append({"total": losses["loss"], **{part: losses[part] for part in PARTS[1:]}})
    chosen = inputs["styles"].argmax(axis=1)
    styles = {
        name: _means([row for row, style in zip(rows, chosen, strict=True) if style == number])
        for number, name in enumerate(examples.labels)
        if number in chosen
    }
    return Report(artefact, examples.description, len(rows), **_means(rows), styles=styles)


def _means(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {part: round(float(np.mean([row[part] for row in rows])), 6) for part in PARTS}


def _compare(pictures: np.ndarray, reference: np.ndarray, examples: Examples) -> dict[str, float]:
    worst = min(psnr(a, b) for a, b in zip(pictures, reference, strict=True))
    largest = float(np.abs(_levels(pictures) - _levels(reference)).max())
    return {"psnr": psnr(pictures, reference), "worst_psnr": worst, "largest_difference": largest}


def _failed(figures: Mapping[str, float], reference: Mapping[str, float], count: int, limits: Limits) -> str:
    return f"has {figures['psnr']:.1f} dB, less than {limits.min_psnr:g}" if figures["psnr"] < limits.min_psnr else ""


IMAGE_TRANSLATION = Problem(
    output="picture",
    activate=lambda picture: picture,
    compile=_compile,
    targets=lambda examples: None,
    better=lambda row: -row["val_loss"] if math.isfinite(row["val_loss"]) else -math.inf,
    curves=("loss", "style", "content"),
    validate=_validate,
    report=None,
    measures=("total", "style", "content"),
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
    labelled="styles",
)
