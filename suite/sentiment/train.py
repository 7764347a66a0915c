"""Augmented training batches of word ids."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from suite.data.batches import stateless_batches
from suite.problems.classification import label_shares
from suite.sentiment.config import Config
from suite.sentiment.text import PAD, UNKNOWN, ids
from suite.task import Built, Examples


def batches(examples: Examples, built: Built, config: Config, first: int) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch.

    Returns:
        Batches of ids (B, N) int32, targets (B, L), and weights (B,), 1 on average.
    """
    targets = label_shares(examples)
    all_ids = tf.constant(ids(examples.raw, built.settings["vocabulary"], config.model.length))
    all_targets, all_weights = tf.constant(targets), tf.constant(weights(targets, config.data.balance))

    def make(rows: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        inputs = drop(tf.gather(all_ids, rows), config.augment.word_dropout, seed)
        return inputs, tf.gather(all_targets, rows), tf.gather(all_weights, rows)

    return stateless_batches(len(examples), config.training, make, first)


def weights(targets: np.ndarray, balance: float) -> np.ndarray:
    """Weight of each example, float32 (M,): its label's inverse frequency to the power of `balance`, 1 on average."""
    labels = targets.argmax(axis=1)
    rarity = 1 / np.maximum(np.bincount(labels, minlength=targets.shape[1]), 1)
    raw = rarity[labels] ** balance
    return (raw / raw.mean()).astype(np.float32)


def drop(ids: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Replaces a share of the words by <UNKNOWN>; int32 (B, N) both."""
    if not share:
        return ids
    dropped = (tf.random.stateless_uniform(tf.shape(ids), seed) < share) & (ids != PAD)
    return tf.where(dropped, UNKNOWN, ids)
