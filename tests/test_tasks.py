"""The same for every task: its commands, their forms, and quick help."""

import functools
import importlib
import itertools
import subprocess
import sys
import typing
from dataclasses import replace
from pathlib import Path

import pytest

from suite import task as tasks
from suite.__main__ import commands
from suite.artefacts import metadata
from suite.console import cli
from suite.errors import InputError

SHIPPED = Path(__file__).parent.parent / "saved_models"
FORMS = {
    "train": "--data.path p --model.variant VARIANT --training.epochs 3 --run r --seeds 2 --export",
    "train ": "--resume r",
    "eval": "a --data.source SOURCE --data.path p --data.split validation --report r.json",
    "export": "r --modes float32,int8 --max-drop 0.003 --version 4",
    "predict": "a b --model m --json",
    "describe": "--model.variant VARIANT",
    "bench": "v --json",
}
# Pictures have no accuracy to lose.
OWN = {("style", "export"): "r --modes float32,int8 --sizes 256,384 --min-psnr 35 --version 4"}


@pytest.fixture(params=tasks.NAMES)
def task(request):
    return tasks.get(request.param)


def value_of(called, option):
    """The value that a command got for an option, in whichever argument it stands."""
    group, _, name = option.rpartition(".")
    holders = [called.get(group), getattr(called.get("config"), group, None)] if group else [called, *called.values()]
    for holder in holders:
        if isinstance(holder, dict) and name in holder:
            return holder[name]
        if hasattr(holder, name):
            return getattr(holder, name)
    raise AssertionError(f"{option} is in no argument of {called}")


def as_given(value):
    """A word of the command line as the type that the option has."""
    if "," in value:
        return tuple(as_given(part) for part in value.split(","))
    try:
        return float(value)
    except ValueError:
        return value


@pytest.mark.parametrize("form", FORMS)
def test_every_task_takes_the_same_forms(task, form, monkeypatch):
    name, called = form.strip(), {}
    module_name, function_name = commands(task)[name].split(":")
    module = importlib.import_module(module_name)

    @functools.wraps(getattr(module, function_name))
    def stub(*args, **options):
        called.update(options)

    monkeypatch.setattr(module, function_name, stub)
    source = typing.get_args(importlib.import_module(f"suite.{task.name}.config").Source)[0]
    words = (
        OWN.get((task.name, name), FORMS[form])
        .replace("VARIANT", list(task.variants)[-1])
        .replace("SOURCE", source)
        .split()
    )
    cli.main(f"suite.{task.name}", commands(task), [name, *words], task)
    assert called["task"] is task if name != "predict" else called["inputs"] == ["a", "b"]
    for word, value in itertools.pairwise(words):
        option = word.removeprefix("--").replace("-", "_")
        if word.startswith("--") and not value.startswith("--"):
            assert value_of(called, option) in (value, as_given(value), (value,)), word  # several paths are a tuple


def test_help_comes_without_the_heavy_libraries(task):
    for command in commands(task):
        modules = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", f"suite.{task.name}", command, "--help"],
            capture_output=True,
            text=True,
        )
        assert modules.returncode == 0 and "options:" in modules.stdout
        heavy = ("tensorflow", "keras", "numba", "scipy", "sklearn", "PIL")
        assert not any(f" {name}\n" in modules.stderr for name in heavy), command


def test_every_source_has_a_number_of_epochs(task):
    hints = typing.get_type_hints(typing.get_type_hints(task.config)["data"])
    (sources,) = (typing.get_args(part) for part in typing.get_args(hints["source"]) if part is not type(None))
    assert set(sources) == task.default_epochs.keys() and task.config().training.epochs == 0


TAMPERED = {
    "digits": [("channels", 10**12), ("channels", "1"), ("channels", None), ("size", 10**12), ("size", 28.5)],
    "speech": [("features", [1]), ("sample_rate", True), ("samples", 10**12), ("macs", "many")],
    "sentiment": [
        ("vocabulary", {"a": 1}),
        ("vocabulary", [1]),
        ("length", 10**12),
        ("length", -1),
        ("delimiter", None),
    ],
    "style": [("size", 10**9), ("mean", 0.5)],
    "go": [("planes", 47), ("players", {}), ("variant", None)],
}


@pytest.mark.parametrize(("task", "name", "value"), [(t, *pair) for t, pairs in TAMPERED.items() for pair in pairs])
def test_metadata_that_no_model_of_the_task_has(task, name, value):
    record = tasks.get(task)
    about = metadata.read(max((SHIPPED / task).glob("[0-9]*")))
    tasks.check_settings(record, about)
    with pytest.raises(InputError, match=f"those of a model of {task}: {name} is"):
        tasks.check_settings(record, replace(about, settings={**about.settings, name: value}))
