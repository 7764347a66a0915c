"""Picture classifiers: a chain of blocks over a picture."""

from __future__ import annotations

import keras

from suite import blocks
from suite.artefacts.metadata import Metadata
from suite.digits.config import SIZE, Config
from suite.digits.networks import network
from suite.task import Built, Examples


def build(config: Config, examples: Examples) -> Built:
    """The model of pictures (B, H, W, C) in 0..255 to logits (B, L)."""
    shape = examples.raw.shape[1:]
    model = _model(config, shape, len(examples.labels))
    settings = {"channels": shape[2], "size": shape[0], "prepare": config.data.preparation, "mean": [0.0], "std": [1.0]}
    return Built(model, model, network(config.model, shape[0]), shape, settings)


def untrained(config: Config, about: Metadata) -> keras.Model:
    """The model that `build` made, with random weights, see `Task.untrained`."""
    size = about.settings.get("size", SIZE)
    return _model(config, (size, size, about.settings["channels"]), len(about.labels))


def _model(config: Config, shape: tuple[int, ...], outputs: int) -> keras.Model:
    image = keras.Input(shape, name="image")
    x = keras.layers.Rescaling(1 / 255, name="rescaling")(image)
    return keras.Model(image, blocks.build(network(config.model, shape[0]), shape, outputs)(x), name="digits")
