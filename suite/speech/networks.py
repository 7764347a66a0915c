"""The networks of keyword spotters, as lists of blocks over a log-mel spectrogram; Keras is not imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from suite.blocks import ConvBlock, Head, Network
from suite.speech.config import DescribeOptions, ModelConfig
from suite.speech.features import Features
from suite.task import Layout

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

# ReLU6 bounds the activations, which is what an int8 file can represent well.
VARIANTS = {
    # The lecture's network: small patterns, pooling, a fully connected layer.
    "lecture": Network(
        [
            ConvBlock(25, kernel=3, padding="valid", pooling="max"),
            ConvBlock(50, kernel=3, padding="valid", pooling="max", dropout=0.2),
        ],
        Head("flatten", dense=[100], dropout=0.3),
    ),
    "small": Network(
        [
            ConvBlock(26, kernel=5, stride=2, activation="relu6"),
            ConvBlock(52, kind="separable", activation="relu6", pooling="max"),
            ConvBlock(72, kind="separable", activation="relu6"),
            ConvBlock(72, kind="separable", activation="relu6", pooling="max"),
            ConvBlock(88, kind="separable", activation="relu6", dropout=0.1),
        ],
        Head("average", dropout=0.2),
    ),
    "large": Network(
        [
            ConvBlock(32, kernel=5, stride=2, activation="relu6"),
            ConvBlock(32, kind="residual", activation="relu6"),
            ConvBlock(64, kind="residual", stride=2, activation="relu6", dropout=0.1),
            ConvBlock(96, kind="residual", stride=2, activation="relu6", dropout=0.1),
        ],
        Head("average", dropout=0.3),
    ),
}


def network(config: ModelConfig) -> Network:
    """The configured network."""
    variant = VARIANTS[config.variant]
    return Network(config.blocks or variant.blocks, config.head or variant.head)


def layout(config: ModelConfig, about: Metadata | None, options: DescribeOptions) -> Layout:
    """The network of a model, or of the options where there is none."""
    features = Features.of(about.settings) if about else Features(fft=config.fft)
    return Layout(network(config), (*features.shape, 1), len(about.labels) if about else options.classes)
