"""A training that begins with the weights of another one, of the same network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from suite.artefacts import rebuild
from suite.artefacts.metadata import Metadata
from suite.console.log import LOG
from suite.errors import InputError

# Weights with an axis whose places have names: they are found by name where the other model has others.
_NAMED = ((r"logits/", -1, "labels"), (r".*/(scale|shift)", 0, "labels"), (r"embedding/", 0, "vocabulary"))


def begin_with(model: keras.Model, about: Metadata, start: Path) -> None:
    """Gives a model the weights of another one of the same network.

    Labels and words that the other one does not have keep the weights that they have; new styles get the mean of the
    other ones'.

    Args:
        model: The model.
        about: Its metadata.
        start: A run, a .keras or a version's folder.

    Raises:
        InputError: There is no such model, or it is of another task or network.
    """
    other, theirs = rebuild.keras_model(start)
    if theirs.task != about.task:
        raise InputError(f"training.start: {start}: is a model of the task {theirs.task}, not {about.task}")
    if theirs.settings.get("features") != about.settings.get("features"):
        raise InputError(f"training.start: {start}: its network reads other features; train it anew")
    own = [weight for weight in model.weights if not weight.path.startswith("linear/")]  # which `build` has learned
    known = {weight.path: keras.ops.convert_to_numpy(weight) for weight in other.weights}
    values = [_fitted(weight, known.get(weight.path), about, theirs) for weight in own]
    if any(value is None for value in values):
        raise InputError(f"training.start: {start}: is another network; choose its own by --model.variant")
    for weight, value in zip(own, values, strict=True):
        weight.assign(value)
    new = [label for label in about.labels if label not in theirs.labels]
    LOG.info("begins with the weights of %s%s", start, f"; new: {', '.join(new)}" if new else "")


def _fitted(weight: Any, value: np.ndarray | None, about: Metadata, theirs: Metadata) -> np.ndarray | None:
    """The other model's value in this one's order of names; None if it does not fit."""
    if value is None:
        return None
    for pattern, axis, kind in _NAMED:
        mine, others = _names(about, kind), _names(theirs, kind)
        if re.match(pattern, weight.path) and (weight.shape[axis], value.shape[axis]) == (len(mine), len(others)):
            places = {name: place for place, name in enumerate(others)}
            here = [place for place, name in enumerate(mine) if name in places]
            there = [places[mine[place]] for place in here]
            result = np.moveaxis(keras.ops.convert_to_numpy(weight).copy(), axis, 0)
            if result.shape[1:] != np.moveaxis(value, axis, 0).shape[1:]:
                return None
            if kind == "labels" and axis == 0:  # a new style begins as the mean of the others
                result[:] = value.mean(axis=0)
            result[here] = np.moveaxis(value, axis, 0)[there]
            return np.moveaxis(result, 0, axis)
    return value if value.shape == tuple(weight.shape) else None


def _names(about: Metadata, kind: str) -> Sequence[str]:
    return about.labels if kind == "labels" else about.settings.get("vocabulary", ())
