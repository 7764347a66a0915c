"""The networks of Go players, as lists of blocks; Keras is not imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from suite.blocks import ConvBlock, Head, Network
from suite.go.config import SIZE, ModelConfig
from suite.go.planes import PLANES
from suite.task import Layout

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata


def _chain(filters: int, first: int, layers: int) -> Sequence[ConvBlock]:
    """A first block with larger filters, then blocks of 3x3; no pooling, which would change the position."""
    return [ConvBlock(filters, kernel=first), *(ConvBlock(filters, kernel=3) for _ in range(layers))]


VARIANTS = {
    "small": Network(_chain(32, 5, 5), Head("points")),
    "large": Network(_chain(48, 5, 6), Head("points")),
    # What the lecture warns of: after the pooling 10x10 places are left, which 2x2 filters bring back to 19x19.
    "pooled": Network(
        [
            ConvBlock(32, kernel=5),
            ConvBlock(32, kernel=3, pooling="max", pool_padding="same"),
            ConvBlock(32, kernel=2, padding="valid", upsample=2),
            *(ConvBlock(32, kernel=3) for _ in range(3)),
        ],
        Head("points"),
    ),
    "first3": Network(_chain(32, 3, 5), Head("points")),
}


def network(config: ModelConfig) -> Network:
    """The configured network."""
    variant = VARIANTS[config.variant]
    return Network(config.blocks or variant.blocks, config.head or variant.head)


def layout(config: ModelConfig, about: Metadata | None, options: Any) -> Layout:
    """The network on a board of 19x19."""
    return Layout(network(config), (SIZE, SIZE, PLANES), SIZE * SIZE + 1)
