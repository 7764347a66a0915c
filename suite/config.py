"""What every task's configuration shares: the training's settings, and reading and writing YAML."""

from __future__ import annotations

import dataclasses
import re
import typing
from dataclasses import dataclass
from pathlib import Path

from suite.errors import InputError


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained.

    Args:
        epochs: Passes over the training examples, at most; 0 for as many as the task finds right for its source.
        min_steps: Steps that an epoch has at least: a small set is gone through several times in one.
        batch: Examples a step.
        learning_rate: Peak of the learning rate (AdamW); it rises in the warm-up and falls along a cosine to zero.
        warmup: Share of all steps in which the learning rate rises.
        weight_decay: AdamW's decoupled weight decay.
        label_smoothing: Share of the target spread evenly over all labels.
        patience: Epochs without a better validation score after which training stops; 0 never stops early.
        seed: Of the weights, the order of the examples and the augmentation.
    """

    epochs: int = 30
    min_steps: int = 1
    batch: int = 64
    learning_rate: float = 2e-3
    warmup: float = 0.1
    weight_decay: float = 1e-4
    label_smoothing: float = 0.05
    patience: int = 0
    seed: int = 1

    def __post_init__(self):
        if self.epochs < 0:
            raise InputError(
                f"training.epochs: {self.epochs}: expected a whole number from 1, or 0 for the task's choice"
            )
        for name in ("min_steps", "batch"):
            if getattr(self, name) < 1:
                raise InputError(f"training.{name}: {getattr(self, name)}: expected a whole number from 1")
        for name in ("warmup", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"training.{name}: {getattr(self, name)}: expected a share from 0 to below 1")
        if self.learning_rate <= 0:
            raise InputError(f"training.learning_rate: {self.learning_rate}: expected a number above 0")
        if self.weight_decay < 0 or self.patience < 0 or not 0 <= self.seed < 2**31:
            raise InputError("training.weight_decay, training.patience, training.seed: expected 0 or more")


def to_yaml(config) -> str:
    """A dataclass of dataclasses as YAML, in the order of its fields."""
    import yaml

    return yaml.safe_dump(_plain(dataclasses.asdict(config)), sort_keys=False, allow_unicode=True)


def load(kind: type, path: Path):
    """A dataclass of dataclasses from a YAML file; what the file leaves out has its default.

    Raises:
        InputError: The file cannot be read, or has a key or value that is not allowed.
    """
    import jsonargparse
    import yaml

    jsonargparse.set_loader("yaml", load_yaml)
    parser = jsonargparse.ArgumentParser(exit_on_error=False)
    groups = [field.name for field in dataclasses.fields(kind)]
    hints = typing.get_type_hints(kind)
    for name in groups:
        parser.add_class_arguments(hints[name], name)
    try:
        parts = parser.instantiate(parser.parse_string(Path(path).read_text(encoding="utf-8")))
    except (jsonargparse.ArgumentError, ValueError, TypeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: {' '.join(str(error).split())}") from None
    return kind(**{name: parts[name] for name in groups})


def load_yaml(text: str):
    """YAML in which only true and false are booleans: a list of words may hold yes, no, on and off.

    Raises:
        yaml.YAMLError: Not YAML.
    """
    import yaml

    return yaml.load(text, Loader=_word_loader())


def _word_loader():
    import yaml

    class WordLoader(yaml.SafeLoader):
        """PyYAML's safe loader with YAML 1.2's booleans."""

    # PyYAML files its rules by a scalar's first letter; drop the old boolean rule and add the new one.
    WordLoader.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool"]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    WordLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
    return WordLoader


def _plain(value):
    """Tuples as lists and paths as text, which is all that YAML knows."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value
