"""The Python API: what a caller gives is checked as the command line's words are."""

from pathlib import Path

import numpy as np
import pytest

import suite
from suite.errors import InputError

DIGITS = Path(__file__).parents[1] / "saved_models" / "digits" / "1"


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: suite.train("digit"), "digit: no such task"),
        (lambda: suite.train("digits", epochs=3), "epochs: no such option"),
        (lambda: suite.train("digits", training=3), "training: 3: expected options"),
        (lambda: suite.train("digits", training={"epoch": 3}), r"training\.epoch: .*did you mean training\.epochs"),
        (lambda: suite.train("digits", seeds="many"), "seeds: many: expected a whole number"),
        (lambda: suite.train("digits", data={"path": Path("nowhere")}), "nowhere: no such folder"),
        (lambda: suite.train("digits", config="nowhere.yaml"), "nowhere.yaml: No such file"),
        (lambda: suite.evaluate("nowhere"), "nowhere: no such file or folder"),
        (lambda: suite.evaluate(DIGITS, data={"pth": "x"}), r"data\.pth: no such option"),
        (lambda: suite.evaluate(DIGITS, data={"source": "nope"}), r"data\.source: nope: expected one of"),
        (lambda: suite.evaluate(DIGITS, data={"source": "digits", "split": "tst"}), r"data\.split: tst: expected one"),
        (lambda: suite.export(DIGITS), "is a published version, not a run"),
        (lambda: suite.export(DIGITS, limits={"max_dropp": 1}), r"max_dropp: no such option .did you mean max_drop\?"),
        (lambda: suite.load(DIGITS).predict({"img": np.zeros((1, 28, 28, 1))}), "needs an array for image"),
        (lambda: suite.load(DIGITS).predict(np.zeros((1, 20, 20, 1))), r"takes arrays of shape \(B, 28, 28, 1\)"),
    ],
)
def test_what_is_wrong_is_one_line(call, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=told) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_file_predicts_arrays_of_any_form():
    model = suite.load(DIGITS / "tflite" / "digits_float32.tflite")
    pictures = np.random.default_rng(0).integers(0, 256, (2, 28, 28), np.uint8)
    expected = model.predict_raw(pictures[..., None])
    for raw in (pictures, pictures.tolist(), pictures[..., None].tolist()):
        np.testing.assert_array_equal(model.predict_raw(raw), expected)


def test_options_are_mappings_or_the_commands_own_dataclasses(digits):
    from suite.problems.classification import Limits

    for limits in ({"max_drop": -1.0}, Limits(-1.0)):
        with pytest.raises(InputError, match=r"modes: int4; choose from|nothing is published"):
            suite.export(digits.run, modes="int4", limits=limits)
    with pytest.raises(InputError, match="max_drop: much: expected a number"):
        suite.export(digits.run, limits={"max_drop": "much"})
    assert suite.evaluate(digits.run, data={"split": "validation"}).split.startswith("validation split")


def test_options_win_over_the_recipe(tmp_path, monkeypatch):
    from suite import task as tasks
    from suite.commands.train import train
    from suite.console.arguments import from_python

    monkeypatch.chdir(tmp_path)
    Path("recipe.yaml").write_text("training: {epochs: 3, batch: 9}\n")
    arguments = from_python(train, "train", tasks.get("digits"), {"training": {"epochs": 2}}, "recipe.yaml")
    assert (arguments["config"].training.epochs, arguments["config"].training.batch) == (2, 9)
    Path("recipe.yaml").write_text("trainin: {epochs: 3}\n")
    with pytest.raises(InputError, match=r"recipe.yaml: trainin: no such option .did you mean training"):
        suite.train("digits", config="recipe.yaml")
