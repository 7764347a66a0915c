"""Reports."""

import json

import numpy as np
import pytest

from suite.console import plots
from suite.problems import classification
from suite.task import Examples

LABELS = ("yes", "no", "_unknown_")


def report(targets, given, split, artefact):
    return classification.report(Examples(range(len(targets)), np.array(targets), LABELS, split), given, artefact)


def probabilities(*best):
    return np.eye(3)[list(best)] * 0.7 + 0.1


def test_a_report_counts_by_label():
    scores = report([0, 0, 1, 1], probabilities(0, 1, 1, 1), "test split", "model.tflite")
    assert scores.accuracy == 0.75
    assert scores.per_class["yes"] == {"recall": 0.5, "precision": 1.0, "f1": pytest.approx(2 / 3), "support": 2}
    assert scores.per_class["no"]["recall"] == 1.0
    assert scores.confusion == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]
    assert scores.macro_recall == 0.75


def test_a_label_that_does_not_occur_does_not_count():
    scores = report([0, 1], probabilities(0, 2), "test split", "m")
    assert set(scores.per_class) == {"yes", "no"}
    assert scores.macro_recall == 0.5


def test_the_json_has_the_promised_keys():
    content = json.loads(report([0, 1], probabilities(0, 1), "test split", "m").to_json())
    promised = {"accuracy", "macro_recall", "macro_f1", "per_class", "confusion", "labels", "n", "split", "artefact"}
    assert promised <= set(content)
    assert content["n"] == 2 and content["labels"] == list(LABELS)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    sure = np.tile([0.9, 0.1], (10, 1))
    assert classification.calibration_error([0] * 9 + [1], sure) == pytest.approx(0)
    assert classification.calibration_error([0] * 5 + [1] * 5, sure) == pytest.approx(0.4)
    mixed = np.array([[0.8, 0.2]] * 5 + [[0.6, 0.4]] * 5)
    assert classification.calibration_error([0] * 5 + [1] * 5, mixed) == pytest.approx(0.5 * 0.2 + 0.5 * 0.6)


def test_the_confusion_matrix_is_a_picture(tmp_path):
    from PIL import Image

    plots.confusion([[3, 1, 0], [0, 4, 0], [0, 0, 0]], LABELS, "test", tmp_path / "confusion.png")
    picture = np.asarray(Image.open(tmp_path / "confusion.png").convert("L"))
    assert picture.shape[0] > 200 and picture.std() > 10
