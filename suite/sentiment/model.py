"""The text classifier's Keras model: word vectors, and chains of blocks side by side over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from suite import blocks
from suite.artefacts.metadata import Metadata
from suite.console.log import LOG
from suite.problems.classification import weights
from suite.sentiment import embeddings, linear, text
from suite.sentiment.config import Config, ModelConfig
from suite.sentiment.layers import ANSWERS, CLOSERS, OPENERS, Linear, Scopes
from suite.sentiment.networks import SCOPED, inputs, network
from suite.sentiment.text import PAD
from suite.task import Built, Examples


def build(config: Config, examples: Examples) -> Built:
    """The model from ids (B, N) int32 to logits (B, L); the vocabulary is that of the training examples."""
    settings, length = config.model, config.model.length
    valued = embeddings.valued() if settings.lexicon and settings.embeddings != "hub" else frozenset()
    vocabulary = text.vocabulary(examples.raw, settings.vocabulary, settings.min_count, valued)
    table = vectors(settings, vocabulary, config.training.seed)
    model, whole = _models(config, table.shape, len(examples.labels))
    model.get_layer("embedding").set_weights([table])
    scores = {}
    if settings.linear:
        scores = _linear(config, examples, vocabulary)
        whole.get_layer("linear").set_weights(list(scores.values()))
    if told := text.account_of_length(examples.raw, length):
        LOG.info(f"{told}; --model.length reads more")
    LOG.info(f"{len(vocabulary):,} words, {table.size:,} parameters of word vectors")
    about = {
        "vocabulary": list(vocabulary),
        "delimiter": text.DELIMITER,
        "length": length,
        "dimensions": table.shape[1],
    }
    others = table.size + sum(weight.size for weight in scores.values())
    return Built(model, whole, network(settings), (length, inputs(settings, table.shape[1])), about, others)


def untrained(config: Config, about: Metadata) -> keras.Model:
    """The model that `build` made, with random weights, see `Task.untrained`."""
    shape = len(about.settings["vocabulary"]), about.settings["dimensions"]
    return _models(config, shape, len(about.labels))[1]


def _linear(config: Config, examples: Examples, vocabulary: Sequence[str]) -> dict[str, np.ndarray]:
    """The weights of the linear classifier, learned from texts that weigh as in the network's training."""
    targets = np.asarray(examples.targets)
    one_hot = np.eye(len(examples.labels), dtype=np.float32)[targets]
    ids = text.ids(examples.raw, vocabulary, config.model.length)
    LOG.info("learning the linear classifier of words and pairs of words")
    scores = linear.fit(ids, targets, weights(one_hot, config.data.balance, examples.weights), len(vocabulary))
    return {name: config.model.linear * score for name, score in scores.items()}


def _models(config: Config, shape: tuple[int, ...], outputs: int) -> tuple[keras.Model, keras.Model]:
    """The network of a table of word vectors of this shape, (V, D), and the whole model; of any number of words."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    embedding = keras.layers.Embedding(*shape, trainable=config.model.trainable, name="embedding")
    words = embedding(ids)
    if heads := config.model.scopes:
        words = Scopes(heads, SCOPED, name="scopes")(words)
    core = blocks.build(network(config.model), (None, words.shape[-1]), outputs)
    logits = core(words)
    network_alone = keras.Model(ids, logits, name="sentiment")
    if not config.model.linear:
        return network_alone, network_alone
    scores = Linear(shape[0], outputs, name="linear")(ids)
    return network_alone, keras.Model(ids, keras.layers.Add(name="sum")([logits, scores]), name="sentiment")


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
