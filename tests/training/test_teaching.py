"""Classifiers that learn from other classifiers."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import suite
from suite.artefacts import runtime
from suite.errors import InputError
from suite.problems.classification import TrainingConfig, training_weights
from suite.sentiment.task import TASK
from suite.task import Examples
from suite.training import teaching
from suite.training.teaching import taught

EXAMPLES = Examples(("so good", "so bad", "good"), np.array([0, 1, 0]), ("good", "bad"), "texts")


@dataclass
class Teacher:
    labels: tuple
    rows: list

    def predict_raw(self, raw):
        assert raw == EXAMPLES.raw
        return np.array(self.rows, np.float32)


@pytest.fixture
def teachers(monkeypatch):
    known = {
        "a": Teacher(("bad", "good"), [[0.1, 0.9], [0.6, 0.4], [0.8, 0.2]]),
        "b": Teacher(("good", "bad"), [[0.7, 0.3], [0.2, 0.8], [0.4, 0.6]]),
        "c": Teacher(("good", "bad", "neutral"), []),
    }
    monkeypatch.setattr(runtime, "load", lambda path, task: known[path])


def test_targets_are_the_labels_and_the_mean_of_the_teachers(teachers, caplog):
    learned = taught(TASK, EXAMPLES, TrainingConfig(teachers=("a", "b"), taught=0.5))
    means = np.array([[0.8, 0.2], [0.3, 0.7], [0.3, 0.7]])  # in the order of the examples' labels
    np.testing.assert_allclose(learned.soft_targets, 0.5 * means + 0.5 * np.eye(2)[[0, 1, 0]], rtol=1e-6)
    assert np.array_equal(learned.targets, EXAMPLES.targets) and learned.raw == EXAMPLES.raw
    assert "the teachers name the right label of 66.7% of the examples" in caplog.text


def test_soft_targets_stay_in_the_labels_part(teachers):
    soft = replace(EXAMPLES, soft_targets=np.float32([[0.5, 0.5]] * 3))
    learned = taught(TASK, soft, TrainingConfig(teachers=("b",), taught=0.2))
    np.testing.assert_allclose(learned.soft_targets[0], [0.8 * 0.5 + 0.2 * 0.7, 0.8 * 0.5 + 0.2 * 0.3], rtol=1e-6)


def test_rare_labels_weigh_as_much_with_teachers(teachers):
    learned = taught(TASK, EXAMPLES, TrainingConfig(teachers=("a",), taught=0.9))  # which calls the third bad
    rows = np.arange(3)
    (with_them,), (without,) = (training_weights(examples, 1.0)(rows) for examples in (learned, EXAMPLES))
    np.testing.assert_array_equal(with_them, without)


def test_without_teachers_nothing_changes():
    assert taught(TASK, EXAMPLES, TrainingConfig()) is EXAMPLES


def test_a_teacher_of_other_labels_is_refused(teachers):
    with pytest.raises(InputError, match="c: its labels are good, bad, neutral, where this training has good, bad"):
        taught(TASK, EXAMPLES, TrainingConfig(teachers=("c",)))
    with pytest.raises(InputError, match="training.taught: 1.5"):
        TrainingConfig(taught=1.5)


def test_too_many_targets_are_refused(teachers, monkeypatch):
    monkeypatch.setattr(teaching, "_MOST", 5)
    with pytest.raises(InputError, match="3 examples of 2 labels take 0.0 GB; learn from fewer"):
        taught(TASK, EXAMPLES, TrainingConfig(teachers=("b",)))


def test_digits_learn_from_a_trained_network(digits, tmp_path, caplog):
    run = suite.train("digits", training={"epochs": 1, "teachers": (digits.run,)}, run=tmp_path / "run")
    assert "the teachers name the right label of 9" in caplog.text
    assert str(digits.run) in (tmp_path / "run" / "config.yaml").read_text()
    assert run == tmp_path / "run"
