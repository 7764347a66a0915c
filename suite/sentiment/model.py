"""Text classifiers: word vectors, and chains of blocks side by side over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from suite import blocks
from suite.artefacts.metadata import Metadata
from suite.sentiment import embeddings, networks, text
from suite.sentiment.config import Config, ModelConfig


def build(config: ModelConfig, vectors: np.ndarray, classes: int) -> keras.Model:
    """The whole model: ids (B, N) int32 to logits (B, classes).

    Args:
        config: The network; whether the vectors are learned on.
        vectors: float32 (V, D), what each word begins with.
        classes: Number of labels.
    """
    ids = keras.Input((config.length,), dtype="int32", name="ids")
    table = keras.layers.Embedding(*vectors.shape, trainable=config.trainable, name="embedding")
    core = blocks.build(networks.network(config), (config.length, vectors.shape[1]), classes)
    model = keras.Model(ids, core(table(ids)), name="sentiment")
    table.set_weights([vectors])
    return model


def vectors(config: ModelConfig, vocabulary: Sequence[str], seed: int) -> np.ndarray:
    """What each word of the vocabulary begins with, float32 (V, D); <PAD> is zero.

    Raises:
        InputError: The file of vectors or the module cannot be used.
    """
    if config.embeddings == "hub":
        table, found = embeddings.of_module(config.handle, vocabulary), 1.0
    elif config.embeddings == "glove":
        table, found = embeddings.read(Path(config.path), vocabulary, config.dimensions, seed)
    else:
        table = embeddings.drawn(len(vocabulary), config.dimensions, seed)
    if config.embeddings != "random":
        print(f"word vectors of {table.shape[1]} dimensions; {found:.1%} of {len(vocabulary):,} words have one")
    if config.lexicon and config.embeddings != "hub":
        table[:, 0] = embeddings.valences(vocabulary)
    return table


def describe(
    config: Config, vocabulary: Sequence[str], labels: Sequence[str], dimensions: int, parameters: int, macs: int
) -> Metadata:
    """What the model says of itself, in every file of it."""
    return Metadata(
        task="sentiment",
        labels=tuple(labels),
        input="ids",
        settings={
            "vocabulary": list(vocabulary),
            "delimiter": text.DELIMITER,
            "length": config.model.length,
            "dimensions": dimensions,
            "variant": config.model.variant,
            "parameters": parameters,
            "macs": macs,
        },
        name="text classifier",
        description="Says which label a sentence has",
    )
