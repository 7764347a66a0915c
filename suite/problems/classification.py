"""Predictions in, Report out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from suite.errors import InputError
from suite.files import write


@dataclass(frozen=True)
class Report:
    """How well an artefact does on a split.

    Args:
        accuracy: Share of the examples whose most probable label is right.
        macro_recall: Mean recall over the labels that occur.
        macro_f1: Mean F1 over the labels that occur.
        per_class: Label to recall, precision, f1, support; the labels that occur.
        confusion: Counts (L, L): a row a true label, a column a predicted one.
        labels: The L labels of the model.
        n: Number of examples.
        split: Which split of which source.
        artefact: The scored file.
        calibration_error: Expected calibration error over 15 bins (Guo et al. 2017, "On Calibration of Modern Neural
            Networks", section 2), 0..1.
    """

    accuracy: float
    macro_recall: float
    macro_f1: float
    per_class: dict[str, dict[str, float]]
    confusion: list[list[int]]
    labels: list[str]
    n: int
    split: str
    artefact: str
    calibration_error: float

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    def table(self) -> str:
        """The report as text: a row a label, then the means."""
        width = max(12, *map(len, self.labels))
        rows = [f"{'':{width}}  recall  precision     F1     n"]
        for label, row in self.per_class.items():
            numbers = f"{row['recall']:6.1%}     {row['precision']:6.1%} {row['f1']:6.1%} {row['support']:5d}"
            rows.append(f"{label:{width}}  {numbers}")
        rows.append(f"{'macro':{width}}  {self.macro_recall:6.1%}            {self.macro_f1:6.1%} {self.n:5d}")
        rows.append(f"accuracy {self.accuracy:.2%}, calibration error {self.calibration_error:.3f}, on {self.split}")
        return "\n".join(rows)


def report(labels: Sequence[str], targets, probabilities, split: str, artefact: str) -> Report:
    """Scores probabilities against the truth, by scikit-learn.

    Args:
        labels: The model's L labels.
        targets: Indices of the true labels, (N,), at least one.
        probabilities: (N, L), rows summing to 1.
        split: What was scored, for the report.
        artefact: Which file gave the probabilities, for the report.
    """
    from sklearn import metrics

    targets, predicted = np.asarray(targets), np.argmax(probabilities, axis=1)
    every = np.arange(len(labels))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        targets, predicted, labels=every, zero_division=0
    )
    occurring = [i for i in every if support[i]]
    per_class = {
        labels[i]: {
            "recall": float(recall[i]),
            "precision": float(precision[i]),
            "f1": float(f1[i]),
            "support": int(support[i]),
        }
        for i in occurring
    }
    return Report(
        accuracy=float(metrics.accuracy_score(targets, predicted)),
        macro_recall=float(recall[occurring].mean()),
        macro_f1=float(f1[occurring].mean()),
        per_class=per_class,
        confusion=metrics.confusion_matrix(targets, predicted, labels=every).tolist(),
        labels=list(labels),
        n=len(targets),
        split=split,
        artefact=artefact,
        calibration_error=calibration_error(targets, probabilities),
    )


def picture_beside(report: str | None) -> Path | None:
    """Where the picture beside a report goes; refuses a report that could not be written, before anything is scored."""
    if not report:
        return None
    path = Path(report)
    if path.is_dir() or path.suffix == ".png":
        raise InputError(f"{report}: the report is a JSON file, and its picture a .png beside it; name a .json file")
    if not path.resolve().parent.is_dir():
        raise InputError(f"{path.parent}: no such folder; make it first")
    return path.with_suffix(".png")


def deliver(result: Report, report: str | None) -> Report:
    """Prints a report and, where a file is given, keeps it there as JSON and draws the confusion matrix beside it."""
    print(result.table())
    if not report:
        print("\nnext: the same with --report FILE.json keeps the report and draws the confusion matrix")
        return result
    from suite.console import plots

    picture = picture_beside(report)
    write(Path(report), result.to_json())
    plots.confusion(result.confusion, result.labels, result.split, picture)
    print(f"\nthe report: {report}, {picture}")
    return result


def calibration_error(targets, probabilities, bins: int = 15) -> float:
    """Expected calibration error: mean distance between confidence and accuracy, weighted by the bins' sizes.

    Args:
        targets: (N,) indices.
        probabilities: (N, L).
        bins: Number of equally wide bins of the confidence.
    """
    confidence = np.max(probabilities, axis=1)
    right = np.argmax(probabilities, axis=1) == np.asarray(targets)
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (bin_of == b).sum() * abs(confidence[bin_of == b].mean() - right[bin_of == b].mean())
        for b in range(bins)
        if (bin_of == b).any()
    ]
    return float(sum(gaps) / len(confidence))
