"""`eval`: an artefact and a split of a source in, a Report out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from suite.config import load
from suite.digits.config import Config, DataConfig, Source, Split
from suite.errors import InputError

BASELINE_EXAMPLES = 10_000  # that the SVC is trained on at most: its time grows with their square


@dataclass(frozen=True)
class EvalData:
    """What is scored on; by default what the model was trained on.

    Args:
        source: digits, mnist or folder.
        path: A folder of pictures for each class, or of MNIST's files.
        split: train, validation, test or all; by default test where the source has one, otherwise validation.
    """

    source: Source | None = None
    path: str | None = None
    split: Split | None = None


def evaluate(artefact: str, *, data: EvalData = EvalData(), report: str | None = None, baseline: bool = False):
    """Scores a run, a .keras, a SavedModel folder or a .tflite.

    Args:
        artefact: What to score.
        report: File to write the report to, as JSON; the confusion matrix goes beside it, as PNG.
        baseline: Train scikit-learn's SVC on the same training pictures (10,000 of them at most) and score it too.

    Returns:
        The evaluation.Report.
    """
    from suite.artefacts import runtime
    from suite.digits import data as sources
    from suite.problems import classification as evaluation

    evaluation.picture_beside(report)
    model = runtime.load(artefact, task="digits")
    source = _source(Path(artefact), data, model.about.settings["prepare"])
    split = data.split or ("test" if sources.has_split(source, "test") else "validation")
    images = sources.load(source, split, model.labels, model.about.settings["channels"])
    result = evaluation.report(model.labels, images.targets, model.predict(images.pixels), images.description, artefact)
    if baseline:
        print(f"{_baseline(sources.load(source, 'train', model.labels, images.channels), images)}\n")
    return evaluation.deliver(result, report)


def _baseline(training, images) -> str:
    """The accuracy of a support vector classifier (RBF kernel) on the same pictures."""
    import numpy as np
    from sklearn.svm import SVC

    rows = np.random.default_rng(0).permutation(len(training))[:BASELINE_EXAMPLES]
    flat = [pixels.reshape(len(pixels), -1) / 255 for pixels in (training.pixels[rows], images.pixels)]
    accuracy = SVC(C=10).fit(flat[0], training.targets[rows]).score(flat[1], images.targets)
    return f"scikit-learn's SVC, trained on {len(rows):,} of the same training pictures: {accuracy:.2%}"


def _source(artefact: Path, data: EvalData, prepare: str) -> DataConfig:
    """The source to score on: what the caller says, over what the run or the version folder says.

    A folder's pictures are prepared as the model's were.
    """
    from suite.artefacts import runtime

    file = runtime.config_beside(artefact)
    known = load(Config, file).data if file else DataConfig()
    if not (data.path or data.source):
        if not file:
            raise InputError(f"{artefact}: does not say what it was trained on; name the data by --data.source or path")
        return known
    kind = data.source or ("folder" if data.path else "digits")
    path = data.path or (known.path if kind == known.kind else None)
    return DataConfig(kind, path, prepare if kind == "folder" else None, seed=known.seed)
