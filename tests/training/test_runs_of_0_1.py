"""Runs that version 0.1 began (made at its last commit): resumed, or refused in one line that says why.

`tests/fixtures/run_<task>_0.1.zip` holds a run that was killed after some of its epochs.
"""

import csv
import zipfile
from pathlib import Path

import pytest

from suite.artefacts import metadata
from suite.sentiment.task import TASK as SENTIMENT
from suite.task import run_config
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


@pytest.mark.parametrize("task", ["digits", "speech", "sentiment"])
def test_a_run_goes_on(task, begun):
    home = begun(task)
    before = history(home / "run" / "history.csv")
    assert run(task, "train", "--resume", "run") == 0
    after = history(home / "run" / "history.csv")
    assert after[: len(before)] == before and [row["epoch"] for row in after] == list(range(1, len(before) + 3))
    assert after[-1]["loss"] < before[-1]["loss"]  # the weights of the checkpoint, the examples in another order
    assert (home / "run" / "metrics.json").exists()
    if task == "speech":  # whose weights were learned on the features of then
        assert metadata.read(home / "run" / "model.keras").settings["features"]["fft"] == 512


@pytest.mark.parametrize(
    ("written", "test"),
    [
        ("source: lines, path: a.txt", 0.1),
        ("path: a.csv", 0.1),
        ("path: a.csv, test: 0.0", 0.0),
        ("path: a.csv, folds: 5, fold: 2", 0.0),
        ("source: vader", 0.0),
    ],
)
def test_files_of_texts_keep_the_test_split_that_they_had(written, test, tmp_path):
    (tmp_path / "config.yaml").write_text(f"data: {{{written}}}\n")
    assert run_config(SENTIMENT, tmp_path / "config.yaml").data.test == test


def test_a_painter_of_other_losses_is_refused(begun, capsys):
    home = begun("style")
    pictures.folders(home)
    pictures.feature_net(home / "net.h5")
    before = sorted(path.relative_to(home) for path in (home / "run").rglob("*"))
    assert run("style", "train", "--resume", "run") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "epoch_0001" in error and "begin a new run" in error
    assert sorted(path.relative_to(home) for path in (home / "run").rglob("*")) == before
