"""Augmented training batches of word ids."""

from __future__ import annotations

import tensorflow as tf

from suite.data.batches import stateless_batches
from suite.problems.classification import training_targets, training_weights
from suite.sentiment.config import Config
from suite.sentiment.text import PAD, UNKNOWN, ids
from suite.task import Built, Examples

_AFTER = 8  # ids of <PAD> after a batch's longest text, as nearly every text has them where a model is used


def batches(examples: Examples, built: Built, config: Config, first: int) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch.

    A batch is as wide as its longest text needs, so that a long one costs its own batch time, not all of them.

    Returns:
        Batches of ids (B, N) int32, targets (B, L) and, with data.balance, weights (B,), 1 on average.
    """
    targets, weights = training_targets(examples), training_weights(examples, config.data.balance)
    all_ids = ids(examples.raw, built.settings["vocabulary"], config.model.length)
    words = (all_ids != PAD).sum(axis=1)
    all_ids, words = tf.constant(all_ids[:, : words.max() + _AFTER]), tf.constant(words, tf.int32)

    def make(rows: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, ...]:
        read = tf.gather(all_ids, rows)[:, : tf.reduce_max(tf.gather(words, rows)) + _AFTER]
        return drop(read, config.augment.word_dropout, seed), targets(rows), *weights(rows)

    return stateless_batches(len(examples), config.training, make, first)


def drop(ids: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Replaces a share of the words by <UNKNOWN>; int32 (B, N) both."""
    if not share:
        return ids
    dropped = (tf.random.stateless_uniform(tf.shape(ids), seed) < share) & (ids != PAD)
    return tf.where(dropped, UNKNOWN, ids)
