"""The shared commands, driven by the toy task: each choice that a mistake could turn around."""

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import keras
import numpy as np
import pytest

from suite import task as tasks
from suite.artefacts import runtime
from suite.commands import bench, describe
from suite.commands import train as train_module
from suite.commands.evaluate import evaluate
from suite.commands.export import export
from suite.commands.train import train
from suite.config import load
from suite.errors import InputError
from suite.problems.classification import Limits
from suite.training import fit
from tests import toy


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty working folder, in which the toy task is a task of the suite."""
    module = ModuleType("suite.toy.task")
    module.TASK = toy.TASK
    monkeypatch.setitem(sys.modules, "suite.toy.task", module)
    monkeypatch.setattr(tasks, "NAMES", (*tasks.NAMES, "toy"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def history(run):
    return [{name: float(value) for name, value in row.items()} for row in csv.DictReader((run / "history.csv").open())]


def recording(task, asked):
    """The task with a load that records the splits that it is asked for, and how many examples."""

    def load(data, split, about=None, limit=None):
        asked.append((split, limit))
        return toy.load(data, split, about, limit)

    return replace(task, load=load)


def test_train_eval_export_describe_and_bench(home, capsys):
    run = train(toy.TASK, toy.Config())
    assert evaluate(toy.TASK, str(run)).accuracy > 0.9
    version = export(toy.TASK, str(run), limits=Limits(0.2))
    assert version.name == "1" and (home / "saved_models" / "models.config").exists()
    assert "Made numbers." in (version / "README.md").read_text()
    for artefact in (run, version, version / "tflite" / "toy_int8.tflite"):
        assert evaluate(toy.TASK, str(artefact)).accuracy > 0.8
    describe.describe(toy.TASK, str(run))
    assert "b1_conv" in capsys.readouterr().out
    training = bench._training(toy.TASK, toy.ModelConfig())
    assert training["training_steps_a_second"] > 0


def test_a_model_is_served_under_a_name_of_its_own(home):
    """Its folder, its files and its entry in models.config have that name; another task's is refused."""
    run = str(train(toy.TASK, toy.Config()))
    version = export(toy.TASK, run, limits=Limits(0.2), name="other")
    assert version == Path("saved_models/other/1") and (version / "tflite" / "other_int8.tflite").is_file()
    assert 'name: "other"' in Path("saved_models/models.config").read_text()
    assert (version / "README.md").read_text().startswith("# other 1")
    for name in ("digits", "Other", "../x"):
        with pytest.raises(InputError, match=f"name: {name}: expected small letters"):
            export(toy.TASK, run, name=name)


def test_training_reads_neither_the_test_split_nor_it_twice(home):
    asked = []
    train(recording(toy.TASK, asked), toy.Config())
    assert asked == [("train", None), ("validation", None)]


def test_int8_is_calibrated_on_some_training_examples(home):
    run, asked = train(toy.TASK, toy.Config()), []
    export(recording(toy.TASK, asked), str(run), limits=Limits(0.2))
    assert ("train", toy.TASK.calibration_examples) in asked and ("train", None) not in asked


def test_the_gate_is_the_validation_split(home):
    """A file that fails on the validation split alone is refused, one that fails on the test split alone is not."""
    run = train(toy.TASK, toy.Config())
    validation = evaluate(toy.TASK, str(run), data={"split": "validation"}).accuracy

    def spoiled(split_to_spoil):
        def failed(figures, reference, count, limits):
            assert count == 32 and reference["accuracy"] == validation  # of the Keras model on the validation split
            return "fails" if figures["agreement"] == split_to_spoil else ""

        def compare(outputs, reference, examples):
            return {"accuracy": 1.0, "agreement": float("test" in examples.description), "largest_difference": 0.0}

        task = replace(toy.TASK, problem=replace(toy.TASK.problem, failed=failed, compare=compare))
        sys.modules["suite.toy.task"].TASK = task
        return task

    with pytest.raises(InputError, match="nothing is published"):
        export(spoiled(0.0), str(run))
    assert not (home / "saved_models").exists()
    assert export(spoiled(1.0), str(run)).name == "1"


def test_the_operating_point_is_chosen_on_the_validation_split(home):
    run, chosen_on = train(toy.TASK, toy.Config()), []

    def choose(model, examples, config):
        chosen_on.append(examples.description)
        return {"threshold": 0.7}, {}

    version = export(replace(toy.TASK, operating_point=choose), str(run), limits=Limits(0.2))
    assert chosen_on == ["validation split of made vectors"]
    assert runtime.load(version / "tflite" / "toy_int8.tflite").about.settings["threshold"] == 0.7


def worsening(best):
    """Makes one epoch the best, whatever the network does."""
    problem = replace(toy.TASK.problem, better=lambda row: row["epoch"] == best)
    return replace(toy.TASK, problem=problem)


@pytest.mark.parametrize("best", [1, 2, 4])
def test_the_best_epoch_is_kept(home, monkeypatch, best):
    weights = {}
    checkpoint = fit.checkpoint

    def watched(run, model, history, better):
        weights[int(history[-1]["epoch"])] = model.get_weights()
        checkpoint(run, model, history, better)

    monkeypatch.setattr(fit, "checkpoint", watched)
    run = train(worsening(best), toy.Config())
    saved = keras.saving.load_model(run / "model.keras", compile=False).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(saved, weights[best], strict=True))
    if best != 4:
        assert not all(np.array_equal(a, b) for a, b in zip(saved, weights[4], strict=True))


def test_a_resumed_training_is_bit_for_bit_the_unkilled_one(home, monkeypatch):
    """The net has dropout, whose generator's state is part of the checkpoint."""
    whole = train(toy.TASK, toy.Config(), run="whole")
    checkpoint = fit.checkpoint

    def killed(run, model, history, better):
        checkpoint(run, model, history, better)
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "checkpoint", killed)
    with pytest.raises(KeyboardInterrupt, match="--resume stopped"):
        train(toy.TASK, toy.Config(), run="stopped")
    monkeypatch.setattr(fit, "checkpoint", checkpoint)
    stopped = train(toy.TASK, toy.Config(), resume="stopped")
    for name in ("loss", "val_loss"):
        assert [row[name] for row in history(whole)] == [row[name] for row in history(stopped)]
    first, second = (keras.saving.load_model(r / "model.keras", compile=False).get_weights() for r in (whole, stopped))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_finished_training_goes_on_with_more_epochs(home, capsys):
    run = train(toy.TASK, toy.Config(), run="run")
    before, more = history(run), replace(toy.Config().training, epochs=len(history(run)) + 2)
    train(toy.TASK, replace(toy.Config(), training=more), resume="run")
    assert history(run)[:-2] == before and len(history(run)) == more.epochs
    assert history(run)[-2]["learning_rate"] > before[-1]["learning_rate"]
    assert load(toy.Config, run / "config.yaml").training.epochs == more.epochs
    assert f"goes on after {len(before)} epochs" in capsys.readouterr().out
    with pytest.raises(InputError, match=f"run has {more.epochs} behind it; give more"):
        train(toy.TASK, replace(toy.Config(), training=more), resume="run")


def test_a_training_begins_with_the_weights_of_another(home):
    first = train(toy.TASK, toy.Config(), run="first")
    still = replace(toy.Config().training, learning_rate=1e-9, epochs=1, start=str(first))
    second = train(toy.TASK, replace(toy.Config(), training=still), run="second")
    models = [keras.saving.load_model(run / "model.keras", compile=False) for run in (first, second)]
    pairs = zip(*(model.trainable_variables for model in models), strict=True)  # batch statistics are learned anew
    assert all(np.allclose(one, other, atol=1e-6) for one, other in pairs)


def test_of_several_seeds_the_best_run_is_returned(home, capsys):
    best = train(toy.TASK, toy.Config(), run="series", seeds=3)
    scores = {p.parent.name: json.loads(p.read_text())["accuracy"] for p in (home / "series").glob("*/metrics.json")}
    assert sorted(scores) == ["seed_1", "seed_2", "seed_3"] and scores[best.name] == max(scores.values())
    assert [load(toy.Config, home / "series" / name / "config.yaml").training.seed for name in sorted(scores)] == [
        1,
        2,
        3,
    ]
    weights = [keras.saving.load_model(home / "series" / name / "model.keras").get_weights() for name in sorted(scores)]
    assert not np.array_equal(weights[0][0], weights[1][0])
    spread = json.loads((home / "series" / "spread.json").read_text())["accuracy"]
    assert spread["mean"] == pytest.approx(np.mean(list(scores.values())))
    assert spread["stdev"] == pytest.approx(np.std(list(scores.values()), ddof=1)) and spread["values"] == scores
    assert "3 trainings" in capsys.readouterr().out
    inverted = replace(toy.TASK, problem=replace(toy.TASK.problem, best=lambda metrics: -metrics["accuracy"]))
    assert scores[train(inverted, toy.Config(), resume="series").name] == min(scores.values())


def test_a_series_that_was_stopped_goes_on(home, monkeypatch):
    """Stopped in the second seed: the first is left alone, the second trained."""
    done, one = [], train_module.train_one

    def stopping(task, config, run):
        if done:
            raise KeyboardInterrupt
        done.append(run)
        return one(task, config, run)

    monkeypatch.setattr(train_module, "train_one", stopping)
    with pytest.raises(KeyboardInterrupt, match="--resume series"):
        train(toy.TASK, toy.Config(), run="series", seeds=2)
    before = (home / "series" / "seed_1" / "model.keras").read_bytes()
    monkeypatch.setattr(train_module, "train_one", one)
    train(toy.TASK, toy.Config(), resume="series")
    assert (home / "series" / "seed_1" / "model.keras").read_bytes() == before
    assert (home / "series" / "seed_2" / "metrics.json").exists() and (home / "series" / "spread.json").exists()


def test_patience_ends_a_training(home):
    config = replace(toy.Config(), training=replace(toy.Config().training, epochs=20, patience=2))
    assert len(history(train(worsening(3), config))) == 5  # the third epoch is the best, and two more were waited for


def test_a_second_training_in_the_same_folder_deletes_nothing(home):
    from suite.files import locked

    (home / "run").mkdir()
    (home / "run" / "environment.json").write_text("{}")
    with locked(home / "run", "busy"), pytest.raises(InputError, match="another process is training here"):
        train(toy.TASK, toy.Config(), run="run")
    assert (home / "run" / "environment.json").read_text() == "{}"


def test_a_training_that_fails_removes_what_it_made_and_nothing_else(home):
    def failing(data, split, about=None, limit=None):
        raise InputError("nothing to read")

    task = replace(toy.TASK, load=failing)
    (home / "own").mkdir()
    for folder in ("own", "new/run", None):
        with pytest.raises(InputError, match="nothing to read"):
            train(task, toy.Config(), run=folder)
    assert [path.name for path in home.iterdir()] == ["own"] and not list((home / "own").iterdir())


@pytest.mark.parametrize("file", ["series.json", "seed_1/metrics.json"])
def test_a_damaged_file_of_a_series_is_one_line(home, file):
    train(toy.TASK, toy.Config(), run="series", seeds=2)
    (home / "series" / file).write_text("[1")
    with pytest.raises(InputError, match=rf"{file}: damaged"):
        train(toy.TASK, toy.Config(), resume="series")


def test_damaged_best_weights_are_one_line(home):
    run = train(toy.TASK, toy.Config(), run="run")
    (run / "metrics.json").unlink()
    next(run.glob("checkpoints/*/best.npz")).write_bytes(b"PK cut")
    with pytest.raises(InputError, match="the best weights are damaged"):
        train(toy.TASK, toy.Config(), resume="run")
