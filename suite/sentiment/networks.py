"""The networks of text classifiers: chains of blocks side by side over word vectors; Keras is not imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suite.blocks import ConvBlock, Head, Network
from suite.sentiment.config import DescribeOptions, ModelConfig
from suite.task import Layout

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

SCOPED = 24  # features of a word that each scope repeats


def _kim(filters: int, dropout: float) -> Network:
    """Filters of 3, 4 and 5 words, with max pooling over the sentence.

    Kim 2014, "Convolutional Neural Networks for Sentence Classification", section 2.
    """
    sides = [[ConvBlock(filters, kernel=words, normalisation="none")] for words in (3, 4, 5)]
    return Network([], Head("max", dropout=dropout), sides)


VARIANTS = {
    "small": _kim(48, dropout=0.5),
    "kim": _kim(100, dropout=0.5),  # section 3.1
}


def network(config: ModelConfig) -> Network:
    """The configured network."""
    return VARIANTS[config.variant]


def inputs(config: ModelConfig, dimensions: int) -> int:
    """Number of the network's inputs a word, where the table has so many numbers a word."""
    return dimensions + config.scopes * (SCOPED - 2)


def layout(config: ModelConfig, about: Metadata | None, options: DescribeOptions) -> Layout:
    """The network of a model, or of the options where there is none."""
    dimensions = about.settings["dimensions"] if about else config.dimensions + 2 * config.scopes
    return Layout(
        network(config), (config.length, inputs(config, dimensions)), len(about.labels) if about else options.classes
    )
