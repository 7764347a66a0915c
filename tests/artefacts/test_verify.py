"""The gate."""

import numpy as np
import pytest

from suite.artefacts import verify
from suite.artefacts.verify import Examples, Score


def examples(n, right):
    reference = np.eye(2)[[0] * right + [1] * (n - right)]
    return Examples("validation", np.zeros(n, int), {}, reference)


def score(accuracy):
    return Score("tflite/x.tflite", 1000, {"validation": accuracy}, {"validation": 1.0}, 0.01, 1.0, 2.0, "2.0")


@pytest.mark.parametrize(("accuracy", "fails"), [(0.9, False), (0.892, False), (0.885, True), (0.95, False)])
def test_a_file_may_lose_so_much(accuracy, fails):
    lines = verify.failures([score(accuracy)], examples(1000, 900), "validation", max_drop=0.01)
    assert bool(lines) == fails


def test_a_single_example_never_decides():
    assert not verify.failures([score(0.8)], examples(10, 9), "validation", max_drop=0.0)
    assert verify.failures([score(0.7)], examples(10, 9), "validation", max_drop=0.0)


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
    lines = verify.table([score(0.9)], {"validation": examples(10, 9)}).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert "90.00%" in lines[2] and "tflite/x.tflite" in lines[3]
