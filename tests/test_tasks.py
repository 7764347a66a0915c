"""What is the same in every task: its commands, their forms, and that help comes at once."""

import functools
import importlib
import subprocess
import sys
import typing

import pytest

from suite.__main__ import TASKS
from suite.console import cli

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
OWN = {("suite.style", "export"): "r --modes float32,int8 --sizes 256,384 --min-psnr 35 --version 4"}


@pytest.fixture(params=TASKS)
def task(request):
    return importlib.import_module(f"suite.{request.param}.__main__")


@pytest.mark.parametrize("form", FORMS)
def test_every_task_takes_the_same_forms(task, form, monkeypatch):
    name, called = form.strip(), {}
    module_name, function_name = task.COMMANDS[name].split(":")
    module = importlib.import_module(module_name)

    @functools.wraps(getattr(module, function_name))
    def stub(*args, **options):
        called.update(options)

    monkeypatch.setattr(module, function_name, stub)
    variants = importlib.import_module(f"{task.__package__}.networks").VARIANTS
    source = typing.get_args(importlib.import_module(f"{task.__package__}.config").Source)[0]
    words = (
        OWN.get((task.__package__, name), FORMS[form])
        .replace("VARIANT", list(variants)[-1])
        .replace("SOURCE", source)
        .split()
    )
    cli.main(task.__package__, task.COMMANDS, [name, *words])
    options = [word.removeprefix("--").replace("-", "_") for word in words if word.startswith("--")]
    assert called and all(option.split(".")[0] in called for option in options)


def test_help_comes_without_the_heavy_libraries(task):
    for command in task.COMMANDS:
        modules = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", task.__package__, command, "--help"],
            capture_output=True,
            text=True,
        )
        assert modules.returncode == 0 and "options:" in modules.stdout
        heavy = ("tensorflow", "keras", "numba", "scipy", "sklearn", "PIL")
        assert not any(f" {name}\n" in modules.stderr for name in heavy), command
