"""Configuration files."""

import importlib
import json
from pathlib import Path

import pytest

from suite import config
from suite.config import TrainingConfig
from suite.errors import InputError
from suite.problems.classification import TrainingConfig as Training
from suite.speech.config import Config, DataConfig


def test_yes_and_no_are_words_and_true_is_not():
    assert config.load_yaml("[yes, no, on, off, true, False, 1]") == ["yes", "no", "on", "off", True, "False", 1]


def test_what_is_written_is_read_again(tmp_path):
    written = Config(data=DataConfig(words=("yes", "off"), per_word=20), training=Training(epochs=2, seed=7))
    (tmp_path / "config.yaml").write_text(config.to_yaml(written))
    assert config.load(Config, tmp_path / "config.yaml") == written


def test_a_wrong_file_is_named(tmp_path):
    (tmp_path / "config.yaml").write_text("training: {epochs: many}")
    with pytest.raises(InputError, match="config.yaml"):
        config.load(Config, tmp_path / "config.yaml")


@pytest.mark.parametrize("wrong", [{"epochs": -1}, {"batch": 0}, {"learning_rate": 0.0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        TrainingConfig(**wrong)


RECIPES = sorted((Path(__file__).parents[1] / "configs").glob("*/*.yaml"))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_recipe_loads_and_its_header_says_what_it_gives(recipe, tmp_path):
    module = importlib.import_module(f"suite.{recipe.parent.name}.config")
    content = config.load_yaml(recipe.read_text())
    content.setdefault("data", {}).setdefault("path", "given by --data.path")
    (tmp_path / recipe.name).write_text(json.dumps(content))  # which is YAML, too
    loaded = config.load(module.Config, tmp_path / recipe.name)
    for group, options in content.items():  # every option of the recipe arrives, and differs from the default
        for name, value in options.items():
            given = getattr(getattr(loaded, group), name)
            value = float(value) if isinstance(given, float) else value  # YAML reads 2e-3 as text
            assert config._plain(given) in (value, [value]) or name in ("blocks", "head"), (group, name)
            assert given != getattr(getattr(module.Config(), group), name), f"{group}.{name} is the default"
    header = "".join(line for line in recipe.read_text().splitlines(True) if line.startswith("#"))
    for part in ("Data:", "Command:", "Score:", "Minutes:", f"configs/{recipe.parent.name}/{recipe.name}"):
        assert part in header


@pytest.mark.parametrize("value", ["nan", "inf", float("nan"), float("-inf")])
def test_numbers_are_finite(value):
    with pytest.raises(InputError, match="learning_rate: .*: expected a finite number"):
        config.build(Config, {"training": {"learning_rate": value}})
