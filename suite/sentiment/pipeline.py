"""The training input pipeline: ids in, batches with dropped words out."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from suite.data.batches import of
from suite.sentiment.config import Config
from suite.sentiment.text import PAD, UNKNOWN


def batches(ids: np.ndarray, targets: np.ndarray, classes: int, config: Config, first: int = 0) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch.

    Args:
        ids: int32 (M, N), the training split.
        targets: (M,), indices of labels.
        classes: Number of labels.
        config: Word dropout, batch size, epochs and seed.
        first: Number of the first step.

    Returns:
        Batches of ids (B, N) int32 and one-hot targets (B, L) float32.
    """
    rows_of, targets_of = tf.constant(ids), tf.one_hot(targets, classes)

    def make(rows, seed):
        return drop(tf.gather(rows_of, rows), config.augment.word_dropout, seed), tf.gather(targets_of, rows)

    return of(len(ids), config.training, make, first)


def drop(ids: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Makes some words unknown ones; int32 (B, N) both."""
    if not share:
        return ids
    dropped = (tf.random.stateless_uniform(tf.shape(ids), seed) < share) & (ids != PAD)
    return tf.where(dropped, UNKNOWN, ids)


def validation(ids: np.ndarray, targets: np.ndarray, classes: int) -> tf.data.Dataset:
    """The texts as they are: batches of ids (B, N) and one-hot targets (B, L)."""
    return tf.data.Dataset.from_tensor_slices((ids, tf.one_hot(targets, classes))).batch(256)
