"""A digit reader's networks: chains over a picture; lists of blocks, and no Keras."""

from suite.blocks import ConvBlock, Head, Network
from suite.digits.config import ModelConfig

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
        ],
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
}


def network(config: ModelConfig) -> Network:
    """The configured chain of blocks."""
    variant = VARIANTS[config.variant]
    return Network(config.blocks or variant.blocks, config.head or variant.head)
