"""The text classifier's Keras model: word vectors, and chains of blocks side by side over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from suite import blocks
from suite.artefacts.metadata import Metadata
from suite.console.log import LOG
from suite.sentiment import embeddings, text
from suite.sentiment.config import Config, ModelConfig
from suite.sentiment.layers import ANSWERS, CLOSERS, OPENERS, Scopes
from suite.sentiment.networks import SCOPED, inputs, network
from suite.sentiment.text import PAD
from suite.task import Built, Examples


def build(config: Config, examples: Examples) -> Built:
    """The model from ids (B, N) int32 to logits (B, L); the vocabulary is that of the training examples."""
    settings, length = config.model, config.model.length
    valued = embeddings.valued() if settings.lexicon and settings.embeddings != "hub" else frozenset()
    vocabulary = text.vocabulary(examples.raw, settings.vocabulary, settings.min_count, valued)
    table = vectors(settings, vocabulary, config.training.seed)
    model = _model(config, table.shape, len(examples.labels))
    model.get_layer("embedding").set_weights([table])
    if told := text.account_of_length(examples.raw, length):
        LOG.info(f"{told}; --model.length reads more")
    LOG.info(f"{len(vocabulary):,} words, {table.size:,} parameters of word vectors")
    about = {
        "vocabulary": list(vocabulary),
        "delimiter": text.DELIMITER,
        "length": length,
        "dimensions": table.shape[1],
    }
    return Built(model, model, network(settings), (length, inputs(settings, table.shape[1])), about, table.size)


def untrained(config: Config, about: Metadata) -> keras.Model:
    """The model that `build` made, with random weights, see `Task.untrained`."""
    shape = len(about.settings["vocabulary"]), about.settings["dimensions"]
    return _model(config, shape, len(about.labels))


def _model(config: Config, shape: tuple[int, ...], outputs: int) -> keras.Model:
    """The model of a table of word vectors of this shape, (V, D), for any number of words."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    embedding = keras.layers.Embedding(*shape, trainable=config.model.trainable, name="embedding")
    words = embedding(ids)
    if heads := config.model.scopes:
        words = Scopes(heads, SCOPED, name="scopes")(words)
    core = blocks.build(network(config.model), (None, words.shape[-1]), outputs)
    return keras.Model(ids, core(words), name="sentiment")


def vectors(config: ModelConfig, vocabulary: Sequence[str], seed: int) -> np.ndarray:
    """Initial vectors of the words of a vocabulary, float32 (V, D); <PAD> is zero.

    Raises:
        InputError: The file of vectors or the module cannot be used.
    """
    if config.embeddings == "hub":
        table, found = embeddings.from_module(str(config.handle), vocabulary), 1.0
    elif config.embeddings == "glove":
        path = Path(config.path) if config.path else None
        table, found = embeddings.read(path, vocabulary, config.dimensions, seed)
    else:
        table = embeddings.drawn(len(vocabulary), config.dimensions, seed)
    if config.embeddings != "random":
        LOG.info(f"word vectors of {table.shape[1]} dimensions; {found:.1%} of {len(vocabulary):,} words have one")
    if config.lexicon and config.embeddings != "hub":
        table[:, 0] = embeddings.valences(vocabulary)
    return np.concatenate([table, _scope_logits(config.scopes, vocabulary, seed)], axis=1)


def _scope_logits(heads: int, vocabulary: Sequence[str], seed: int) -> np.ndarray:
    """How far each word opens and closes scopes at first, float32 (V, 2 * heads): negations open the first one."""
    logits = np.random.default_rng(seed).normal(-3, 0.3, (len(vocabulary), 2 * heads)).astype(np.float32)
    for row, word in enumerate(vocabulary):
        if heads and word in OPENERS:
            logits[row, 0] = 3
        if heads and word in ANSWERS:
            logits[row, heads - 1] = 1
        if heads and word in CLOSERS:
            logits[row, heads] = 0
    logits[PAD] = -6  # it opens and closes nothing
    return logits
