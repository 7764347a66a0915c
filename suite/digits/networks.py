"""The networks of picture classifiers, as lists of blocks; Keras is not imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suite.blocks import ConvBlock, Head, Network
from suite.digits.config import DescribeOptions, ModelConfig
from suite.task import Layout

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

VARIANTS = {
    # The lecture's: 28x28 -> 26x26x25 -> 13x13x25 -> 11x11x50 -> 5x5x50 -> 1250 -> 100.
    "lecture": Network(
        [
            ConvBlock(25, kernel=3, padding="valid", normalisation="none", pooling="max"),
            ConvBlock(50, kernel=3, padding="valid", normalisation="none", pooling="max"),
        ],
        Head("flatten", dense=[100], dropout=0.3),
    ),
    "tiny": Network(
        [
            ConvBlock(12, kernel=3, activation="relu6"),
            ConvBlock(16, kernel=3, activation="relu6", pooling="max"),
            ConvBlock(32, kernel=3, kind="separable", activation="relu6"),
            ConvBlock(32, kernel=3, kind="separable", activation="relu6", pooling="max"),
            ConvBlock(40, kernel=3, kind="separable", activation="relu6"),
            ConvBlock(28, kernel=7, kind="separable", activation="relu6", padding="valid"),
        ]
    ),
    "large": Network(
        [
            ConvBlock(32, kernel=3, activation="relu6"),
            ConvBlock(32, kernel=3, activation="relu6", pooling="max", dropout=0.1),
            ConvBlock(64, kernel=3, activation="relu6"),
            ConvBlock(64, kernel=3, activation="relu6", pooling="max", dropout=0.2),
            ConvBlock(96, kernel=3, activation="relu6", dropout=0.2),
        ],
        Head("average", dropout=0.2),
    ),
    # For pictures of 48 to 224 pixels: depthwise separable blocks that halve the size four times, as in MobileNet.
    "picture": Network(
        [
            ConvBlock(16, kernel=3, stride=2, activation="relu6"),
            ConvBlock(32, kernel=3, kind="separable", activation="relu6", pooling="max"),
            ConvBlock(64, kernel=3, kind="separable", activation="relu6"),
            ConvBlock(64, kernel=3, kind="separable", activation="relu6", pooling="max"),
            ConvBlock(96, kernel=3, kind="separable", activation="relu6"),
            ConvBlock(128, kernel=3, kind="separable", activation="relu6", pooling="max"),
        ],
        Head("average", dropout=0.2),
    ),
}


def network(config: ModelConfig, size: int) -> Network:
    """The configured network for pictures of so many pixels a side."""
    variant = VARIANTS[config.name(size)]
    return Network(config.blocks or variant.blocks, config.head or variant.head)


def layout(config: ModelConfig, about: Metadata | None, options: DescribeOptions) -> Layout:
    """The network of a model, or of the options where there is none."""
    size = about.settings.get("size", 28) if about else options.size
    channels = about.settings["channels"] if about else options.channels
    classes = len(about.labels) if about else options.classes
    return Layout(network(config, size), (size, size, channels), classes)
