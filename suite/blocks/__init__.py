"""Convolutional networks as lists of blocks.

A pattern is smaller than the whole input (convolution), it appears in several places (shared weights), and subsampling
does not change the object (pooling). Digits, spectrograms, sentences and photographs share these properties, so the
networks of all tasks are lists of the same blocks:

    network = Network([ConvBlock(25, pooling="max"), ConvBlock(50, pooling="max")], Head(dense=[100]))
    for layer in plan(network, input_shape=(28, 28, 1), outputs=10):  # arithmetic only, without Keras
        print(layer.name, layer.output_shape, layer.parameters, layer.macs, layer.dense_parameters)
    model = build(network, input_shape=(28, 28, 1), outputs=10)  # a keras.Model that returns logits

`specs` defines the records, `chain` the order of the layers, `planning` computes their shapes and parameters,
`building` makes them in Keras, and `layers` holds the layers that Keras lacks.
"""

from typing import TYPE_CHECKING, Any

from suite.blocks.planning import LayerPlan, plan, totals
from suite.blocks.specs import ConvBlock, Head, Network

if TYPE_CHECKING:
    from suite.blocks.building import build

__all__ = ["ConvBlock", "Head", "LayerPlan", "Network", "build", "plan", "totals"]


def __getattr__(name: str) -> Any:
    """Imports `build`, and with it Keras, on first use."""
    if name != "build":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from suite.blocks.building import build

    return build
