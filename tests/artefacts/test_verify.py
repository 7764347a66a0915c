"""The gate."""

import numpy as np
import pytest

from suite.artefacts import verify
from suite.artefacts.verify import Reference, Score
from suite.problems.classification import CLASSIFICATION, Limits
from suite.task import Examples


def reference(n, right):
    outputs = np.eye(2)[[0] * right + [1] * (n - right)]
    return Reference(Examples(range(n), np.zeros(n, int), ("a", "b"), "validation"), outputs)


def score(accuracy):
    figures = {"accuracy": accuracy, "agreement": 1.0, "largest_difference": 0.01}
    return Score("tflite/x.tflite", 1000, {"validation": figures}, 1.0, 2.0, "2.0")


def failures(accuracy, n, right, max_drop):
    return verify.failures([score(accuracy)], reference(n, right), CLASSIFICATION, Limits(max_drop))


@pytest.mark.parametrize(("accuracy", "fails"), [(0.9, False), (0.892, False), (0.885, True), (0.95, False)])
def test_a_file_may_lose_so_much(accuracy, fails):
    lines = failures(accuracy, 1000, 900, 0.01)
    assert bool(lines) == fails


def test_a_single_example_never_decides():
    assert not failures(0.8, 10, 9, 0.0)
    assert failures(0.7, 10, 9, 0.0)


def test_every_file_of_an_export_was_scored(speech):
    import json

    content = json.loads((speech.version / "report.json").read_text())
    scored = {row["file"] for row in content["files"]}
    written = {f"tflite/{path.name}" for path in (speech.version / "tflite").iterdir()}
    assert scored == written | {"saved_model.pb"}
    for row in content["files"]:
        assert set(row["accuracy"]) == {"validation", "test"}
        assert row["bytes"] > 10_000 and 0 < row["milliseconds_p50"] <= row["milliseconds_p90"]
        if row["file"].endswith(".tflite"):
            assert row["runtime"]
            assert row["bytes"] == (speech.version / row["file"]).stat().st_size


def test_the_table_is_markdown():
    lines = verify.table([score(0.9)], {"validation": reference(10, 9)}, CLASSIFICATION).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert "90.00%" in lines[2] and "tflite/x.tflite" in lines[3]
