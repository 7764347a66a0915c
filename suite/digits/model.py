"""Digit readers: a chain of blocks over a picture."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from suite import blocks
from suite.artefacts.metadata import Metadata
from suite.digits import networks
from suite.digits.config import Config, ModelConfig
from suite.digits.inputs import SIZE


def build(config: ModelConfig, channels: int, classes: int) -> keras.Model:
    """The whole model: pictures (B, 28, 28, C), 0..255, to logits (B, classes)."""
    image = keras.Input((SIZE, SIZE, channels), name="image")
    x = keras.layers.Rescaling(1 / 255, name="rescaling")(image)
    core = blocks.build(networks.network(config), (SIZE, SIZE, channels), classes)
    return keras.Model(image, core(x), name="digits")


def describe(config: Config, channels: int, labels: Sequence[str], parameters: int, macs: int) -> Metadata:
    """What the model says of itself, in every file of it."""
    return Metadata(
        task="digits",
        labels=tuple(labels),
        input="image",
        settings={
            "channels": channels,
            "prepare": config.data.preparation,
            "mean": [0.0],
            "std": [1.0],
            "variant": config.model.variant,
            "parameters": parameters,
            "macs": macs,
        },
        name="digit reader" if config.data.preparation == "digit" else "picture classifier",
        description="Says which digit a picture shows"
        if config.data.preparation == "digit"
        else "Says of which class a picture is",
    )
