"""Classification: one label of several, from logits by softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite import config, problems
from suite.console.log import LOG
from suite.errors import InputError
from suite.problems import Problem

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from suite.problems import Encoded
    from suite.task import Built, Examples

_RARE = 0.1  # of the most frequent label's examples


@dataclass(frozen=True)
class DataConfig(config.DataConfig):
    """The training data of a classifier.

    Args:
        balance: How far rare labels weigh more in training: 0 for every example alike, 1 for every label alike.
    """

    balance: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.balance <= 2:
            raise InputError(f"data.balance: {self.balance}: expected a number from 0 to 2")


@dataclass(frozen=True)
class TrainingConfig(config.TrainingConfig):
    """How a classifier is trained.

    Args:
        label_smoothing: Share of the target spread evenly over all labels.
        teachers: Models of the same labels, runs, files or version folders, from whose mean probabilities the training
            learns beside the labels; a small network learns more from a large one, or from several, than alone. They
            must not have learned from what this training is scored on.
        taught: Share of the teachers in the targets, 0 to 1.
    """

    label_smoothing: float = 0.05
    teachers: tuple[str, ...] = field(default=(), metadata=config.PATH)
    taught: float = 0.7

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.label_smoothing < 1:
            raise InputError(f"training.label_smoothing: {self.label_smoothing}: expected a share from 0 to below 1")
        if not 0 <= self.taught <= 1:
            raise InputError(f"training.taught: {self.taught}: expected a share from 0 to 1")


@dataclass(frozen=True)
class Limits:
    """Limits for exported files.

    Args:
        max_drop: Accuracy that a file may lose against the Keras model on the validation split; 0.01 is one point.
    """

    max_drop: float = 0.01


@dataclass(frozen=True)
class Report(problems.Report):
    """Scores of a classifier on one split.

    Args:
        accuracy: Share of the examples whose most probable label is right.
        macro_recall: Mean recall over the labels that occur.
        macro_f1: Mean F1 over the labels that occur.
        per_class: Label to recall, precision, f1, support; the labels that occur.
        confusion: Counts (L, L): a row a true label, a column a predicted one.
        labels: The L labels of the model.
        n: Number of examples.
        split: Split and source.
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

    def plot(self, path: Path) -> None:
        """Draws the confusion matrix as PNG."""
        from suite.console import plots

        plots.confusion(self.confusion, self.labels, self.split, path)


def report(examples: Examples, probabilities: np.ndarray, artefact: str) -> Report:
    """Scores probabilities (N, L) against the examples' targets, by scikit-learn.

    Args:
        examples: At least one, with targets.
        probabilities: (N, L), rows summing to 1.
        artefact: The file that gave the probabilities, for the report.
    """
    from sklearn import metrics

    labels, targets, predicted = examples.labels, np.asarray(examples.targets), np.argmax(probabilities, axis=1)
    indices = np.arange(len(labels))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        targets, predicted, labels=indices, zero_division=0
    )
    occurring = [i for i in indices if support[i]]
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
        confusion=metrics.confusion_matrix(targets, predicted, labels=indices).tolist(),
        labels=list(labels),
        n=len(targets),
        split=examples.description,
        artefact=artefact,
        calibration_error=calibration_error(targets, probabilities),
    )


def calibration_error(targets: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> float:
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


def comparison_table(answers: Mapping[str, np.ndarray], examples: Examples) -> str:
    """Macro recall, macro F1 and accuracy of several models, overall and by group, as text.

    Args:
        answers: Name of a model to its probabilities (N, L).
        examples: The N examples; each of their groups gets rows of its own.
    """
    from dataclasses import replace

    groups = np.array(examples.groups)
    width, wide = max(len(name) for name in answers), max(len(name) for name in ("all", *examples.groups))
    rows = [f"{'':{width}}  {'':{wide}}  macro recall  macro F1  accuracy      n"]
    for group in (None, *sorted(set(examples.groups))):
        chosen = np.flatnonzero(groups == group) if group else np.arange(len(examples))
        part = replace(examples, raw=chosen, targets=np.asarray(examples.targets)[chosen])
        for name, probabilities in answers.items():
            r = report(part, probabilities[chosen], name)
            numbers = f"{r.macro_recall:12.2%}  {r.macro_f1:8.2%}  {r.accuracy:8.2%}  {r.n:5d}"
            rows.append(f"{name:{width}}  {group or 'all':{wide}}  {numbers}")
    return "\n".join(rows)


def _activate(logits: Any) -> Any:
    import tensorflow as tf

    return tf.nn.softmax(logits)


def _compile(model: keras.Model, steps: int, settings: TrainingConfig) -> None:
    import keras

    from suite.training import fit

    model.compile(
        fit.optimizer(steps, settings),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=settings.label_smoothing),
        metrics=["accuracy"],
    )


def _validate(built: Built, encoded: Encoded, examples: Examples, artefact: str) -> Report:
    return report(examples, np.asarray(_activate(predicted(built.saved, encoded))), artefact)


def predicted(model: keras.Model, encoded: Encoded) -> np.ndarray:
    """The outputs of a model of one input for batches of it, (N, L)."""
    return np.concatenate([model.predict(*batch.values(), batch_size=256, verbose=0) for batch in encoded(model)])


def _accuracy(probabilities: np.ndarray, examples: Examples) -> float:
    return float(np.mean(np.argmax(probabilities, axis=1) == examples.targets))


def _compare(probabilities: np.ndarray, reference: np.ndarray, examples: Examples) -> dict[str, float]:
    return {
        "accuracy": _accuracy(probabilities, examples),
        "agreement": float(np.mean(np.argmax(probabilities, axis=1) == np.argmax(reference, axis=1))),
        "largest_difference": float(np.abs(probabilities - reference).max()),
    }


def _failed(figures: Mapping[str, float], reference: Mapping[str, float], count: int, limits: Limits) -> str:
    """The loss of accuracy, if it is more than allowed; a single example never decides."""
    loss = reference["accuracy"] - figures["accuracy"]
    return f"loses {loss:.4f}" if loss > max(limits.max_drop, 1 / count) + 1e-9 else ""


def targets(examples: Examples) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from rows (B,) to their targets, float32 (B, L): 1 for the label and 0 for the others.

    They are made batch by batch: with many labels and examples all together would not fit into memory.
    """
    import tensorflow as tf

    indices, count = tf.constant(examples.targets, tf.int32), len(examples.labels)
    return lambda rows: tf.one_hot(tf.gather(indices, rows), count)


def training_targets(examples: Examples) -> Callable[[tf.Tensor], tf.Tensor]:
    """The same for the targets that are learned: the soft ones where there are some."""
    import tensorflow as tf

    if examples.soft_targets is None:
        return targets(examples)
    shares = tf.constant(examples.soft_targets)
    return lambda rows: tf.gather(shares, rows)


def training_weights(examples: Examples, balance: float) -> Callable[[tf.Tensor], tuple[tf.Tensor, ...]]:
    """The weights of a batch's examples: int32 rows (B,) to (float32 (B,),), or () where all are alike."""
    import tensorflow as tf

    if not balance and examples.weights is None:
        return lambda rows: ()
    one_hot = np.eye(len(examples.labels), dtype=np.float32)[np.asarray(examples.targets)]  # whatever teachers say
    all_weights = tf.constant(weights(one_hot, balance, examples.weights))
    return lambda rows: (tf.gather(all_weights, rows),)


def weights(targets: np.ndarray, balance: float, own: np.ndarray | None = None) -> np.ndarray:
    """Weight of each example, float32 (M,), 1 on average.

    Args:
        targets: Shares of the labels, (M, L).
        balance: Power of the inverse frequency of an example's label.
        own: The examples' own weights, (M,); by which they count in the labels' frequencies, too.
    """
    labels, own = targets.argmax(axis=1), np.ones(len(targets)) if own is None else own
    rarity = 1 / np.maximum(np.bincount(labels, own, minlength=targets.shape[1]), 1)
    raw = own * rarity[labels] ** balance
    return (raw / raw.mean()).astype(np.float32)


def warn_of_rare_labels(examples: Examples, data: DataConfig) -> None:
    """Tells of labels with under a tenth of the examples of the most frequent one, which are hardly learned."""
    counts = np.bincount(np.asarray(examples.targets), minlength=len(examples.labels))
    rare = [f"{label} ({n:,})" for label, n in zip(examples.labels, counts, strict=True) if n < _RARE * counts.max()]
    if rare:
        more = f", ... ({len(rare)})" if len(rare) > 5 else ""
        remedy = "add examples" if data.balance else "add examples, or weigh them by --data.balance 1"
        most = f"{examples.labels[counts.argmax()]} has {counts.max():,}"
        LOG.warning("few examples of %s%s, where %s: %s", ", ".join(rare[:5]), more, most, remedy)


def label_shares(examples: Examples) -> np.ndarray:
    """The share of each label in the targets that are learned, float32 (N, L)."""
    one_hot = np.eye(len(examples.labels), dtype=np.float32)
    return one_hot[np.asarray(examples.targets)] if examples.soft_targets is None else examples.soft_targets


def names(labels: Sequence[str], row: np.ndarray) -> dict[str, float]:
    """Label to probability, the most probable first, rounded to four places; row (L,)."""
    return {labels[i]: round(float(row[i]), 4) for i in np.argsort(-row)}


CLASSIFICATION = Problem(
    output="probabilities",
    activate=_activate,
    compile=_compile,
    targets=targets,
    better=lambda row: (row["val_accuracy"], -row["val_loss"]),
    curves=("loss", "accuracy"),
    validate=_validate,
    report=report,
    measures=("accuracy", "macro_recall", "macro_f1"),
    form=".2%",
    best=lambda metrics: metrics["accuracy"],
    compare=_compare,
    figures={
        "accuracy": ("accuracy", ".2%"),
        "agreement": ("agreement", ".2%"),
        "largest_difference": ("largest difference", ".4f"),
    },
    reference=lambda probabilities, examples: {"accuracy": _accuracy(probabilities, examples)},
    limits=Limits,
    failed=_failed,
    comparison=comparison_table,
    remedy="leave the file out by --modes, or allow a larger loss by --max-drop",
)
