"""A text classifier's networks: chains side by side over word vectors; lists of blocks, and no Keras."""

from suite.blocks import ConvBlock, Head, Network
from suite.sentiment.config import ModelConfig


def _kim(filters: int, dropout: float) -> Network:
    """Filters of 3, 4 and 5 words, each the largest over the sentence; Kim 2014, "Convolutional Neural Networks for
    Sentence Classification", section 2."""
    sides = [[ConvBlock(filters, kernel=words, normalisation="none")] for words in (3, 4, 5)]
    return Network([], Head("max", dropout=dropout), sides)


VARIANTS = {
    "small": _kim(48, dropout=0.5),
    "kim": _kim(100, dropout=0.5),  # section 3.1
}


def network(config: ModelConfig) -> Network:
    """The configured network."""
    return VARIANTS[config.variant]
