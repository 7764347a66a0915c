"""Builds the Keras model of a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from suite.blocks import chain, layers
from suite.blocks.planning import plan
from suite.blocks.specs import Network

_ANY_SIZE = 256  # stands for an unknown size when the network is checked


def build(
    network: Network, input_shape: Sequence[int | None], outputs: int, name: str = "network", conditions: int = 0
) -> keras.Model:
    """Builds the Keras model of a network.

    Args:
        network: The network.
        input_shape: (T, C) for one dimension or (H, W, C) for two, without the batch; None stands for any size.
        outputs: Number of logits; ignored where the network has no head.
        name: Name of the model.
        conditions: Number of conditions (such as styles) of its conditional normalisations.

    Returns:
        A model from float inputs (B, *input_shape) to logits (B, outputs), or to the last block's output where there is
        no head. With conditions it has a second input: a weight per condition (B, conditions). Its layers have the
        names that `plan` gives them.

    Raises:
        InputError: A block does not fit its input; the message names the block's layer.
    """
    plan(network, [size or _ANY_SIZE for size in input_shape], outputs, conditions)  # its errors name the block
    condition = keras.Input((conditions,), name="condition") if conditions else None

    def layer(kind: str, name: str, x: Any, /, **options: Any) -> keras.KerasTensor:
        if kind == "UpSampling1D":
            (options["size"],) = options["size"]  # the only layer for one axis that takes no tuple
        layer_class = getattr(layers, kind, None) or getattr(keras.layers, kind)
        return layer_class(**options, name=name)([x, condition] if kind == "ConditionalNormalization" else x)

    features = keras.Input(tuple(input_shape), name="features")
    output = chain.apply(network, layer, features, input_shape, outputs)
    return keras.Model([features, condition] if conditions else features, output, name=name)
