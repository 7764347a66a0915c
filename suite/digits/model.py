"""Picture classifiers: a chain of blocks over a picture."""

from __future__ import annotations

import keras

from suite import blocks
from suite.digits.config import Config
from suite.digits.networks import network
from suite.task import Built, Examples


def build(config: Config, examples: Examples) -> Built:
    """The model of pictures (B, H, W, C) in 0..255 to logits (B, L)."""
    shape = examples.raw.shape[1:]
    image = keras.Input(shape, name="image")
    x = keras.layers.Rescaling(1 / 255, name="rescaling")(image)
    chain = network(config.model, shape[0])
    core = blocks.build(chain, shape, len(examples.labels))
    model = keras.Model(image, core(x), name="digits")
    settings = {
        "channels": shape[2],
        "size": shape[0],
        "prepare": config.data.preparation,
        "mean": [0.0],
        "std": [1.0],
    }
    return Built(model, model, chain, shape, settings)
