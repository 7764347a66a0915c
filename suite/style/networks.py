"""The networks of painters, as lists of blocks that shrink a picture, change it and enlarge it again.

Keras is not imported.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from suite.blocks import ConvBlock, Network
from suite.style.config import DescribeOptions, ModelConfig
from suite.task import Layout

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

_BLOCK = ConvBlock(16, normalisation="conditional")


def _painter(narrow: int, middle: int, wide: int, residual: int) -> Network:
    """Johnson et al. 2016 with a third of its channels, its transposed convolutions replaced as in Dumoulin 2017."""
    return Network(
        [
            replace(_BLOCK, filters=narrow, kernel=5),
            replace(_BLOCK, filters=middle, stride=2),
            replace(_BLOCK, filters=wide, stride=2),
            *[replace(_BLOCK, filters=wide, kind="residual")] * residual,
            replace(_BLOCK, filters=middle, upsample=2),
            replace(_BLOCK, filters=narrow, upsample=2),
            replace(_BLOCK, filters=3, kernel=5, normalisation="none", activation="none"),
        ],
        head=None,
    )


VARIANTS = {"tiny": _painter(8, 16, 32, 3), "small": _painter(12, 32, 64, 5)}
GRID = 4  # both sides of what a chain takes are multiples of it


def on_grid(side: int) -> int:
    """The next side, in pixels, that a chain takes as it is."""
    return max(1, -(-side // GRID)) * GRID


def network(config: ModelConfig) -> Network:
    """The configured chain of blocks."""
    if config.blocks:
        return Network(config.blocks, head=None)
    chain = VARIANTS[config.variant]
    return chain if config.margin else Network([replace(block, padding="reflect") for block in chain.blocks], head=None)


def layout(config: ModelConfig, about: Metadata | None, options: DescribeOptions) -> Layout:
    """The network of a model, or of the options where there is none."""
    side = on_grid(options.size + 2 * config.margin)
    return Layout(network(config), (side, side, 3), 3, len(about.labels) if about else options.styles)
