"""CONTRIBUTING.md's worked example, run as it stands there."""

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from suite import task as tasks
from suite.artefacts import runtime
from suite.commands.export import export
from suite.commands.train import train
from suite.problems.classification import Limits
from tests.tools import run


@pytest.fixture
def example(tmp_path, monkeypatch):
    """The example as the task gestures, in an empty working folder."""
    text = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert code.count("\n") < 100
    module = ModuleType("suite.gestures.task")
    monkeypatch.setitem(sys.modules, "suite.gestures.task", module)
    exec(code, module.__dict__)
    monkeypatch.setattr(tasks, "NAMES", (*tasks.NAMES, "gestures"))
    monkeypatch.chdir(tmp_path)
    return module


@pytest.mark.slow
def test_it_trains_exports_and_predicts(example):
    version = export(example.TASK, str(train(example.TASK, example.Config())), limits=Limits(0.05))
    fresh = example.load(example.DataConfig(seed=7), "test")
    for mode in ("float32", "int8"):
        model = runtime.load(version / "tflite" / f"gestures_{mode}.tflite")
        assert np.mean(model.predict_raw(fresh.raw).argmax(axis=1) == fresh.targets) > 0.9
    assert "gesture classifier" in model.about.name and "acceleration" in (version / "README.md").read_text()


@pytest.mark.slow
def test_the_command_line_does_without_what_it_lacks(example, capsys):
    """No predict, no options of describe, nothing to bench: the shared commands leave them out."""
    assert run("gestures", "--help") == 0
    told = capsys.readouterr().out
    assert "\n  describe " in told and "\n  predict " not in told
    assert run("gestures", "describe") == 0
    assert "b1_conv" in capsys.readouterr().out
    assert run("gestures", "predict", "x") == 2
    assert "no command 'predict'" in capsys.readouterr().err
    version = export(example.TASK, str(train(example.TASK, example.Config())), limits=Limits(0.05), modes=("float32",))
    assert "suite.gestures predict" not in capsys.readouterr().out
    assert run("gestures", "bench", str(version)) == 0
    assert "one thread" in capsys.readouterr().out
