"""Runs that version 0.1 began (made at its last commit): resumed, or refused in one line that says why.

`tests/fixtures/run_<task>_0.1.zip` holds a run that was killed after some of its epochs, and of digits the weights and
the history of the same training when nothing interrupted it.
"""

import csv
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.style import pictures
from tests.tools import run

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def begun(tmp_path, monkeypatch):
    def extract(task):
        with zipfile.ZipFile(FIXTURES / f"run_{task}_0.1.zip") as archive:
            archive.extractall(tmp_path)
        monkeypatch.chdir(tmp_path)
        return tmp_path

    return extract


def history(file):
    with file.open() as rows:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(rows)]


@pytest.mark.slow
def test_digits_end_as_if_nothing_had_happened(begun):
    home = begun("digits")
    assert len(history(home / "run" / "history.csv")) == 2
    assert run("digits", "train", "--resume", "run") == 0
    resumed, uninterrupted = history(home / "run" / "history.csv"), history(home / "uninterrupted.csv")
    for row, expected in zip(resumed, uninterrupted, strict=True):
        assert row["loss"] == pytest.approx(expected["loss"], abs=0.01)
        assert row["val_loss"] == pytest.approx(expected["val_loss"], abs=0.01)
    weights = keras.saving.load_model(home / "run" / "model.keras", compile=False).get_weights()
    with np.load(home / "uninterrupted.npz") as expected:
        for weight, other in zip(weights, expected.values(), strict=True):
            np.testing.assert_allclose(weight, other, atol=0.01)


@pytest.mark.parametrize("task", ["speech", "sentiment"])
def test_a_run_goes_on(task, begun):
    home = begun(task)
    (before,) = history(home / "run" / "history.csv")
    assert run(task, "train", "--resume", "run") == 0
    first, *others = history(home / "run" / "history.csv")
    assert first == before and [row["epoch"] for row in others] == [2, 3]
    assert (home / "run" / "metrics.json").exists()


def test_a_painter_of_other_losses_is_refused(begun, capsys):
    home = begun("style")
    pictures.folders(home)
    pictures.feature_net(home / "net.h5")
    before = sorted(path.relative_to(home) for path in (home / "run").rglob("*"))
    assert run("style", "train", "--resume", "run") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "epoch_0001" in error and "begin a new run" in error
    assert sorted(path.relative_to(home) for path in (home / "run").rglob("*")) == before
