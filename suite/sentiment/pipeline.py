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
        config: Balance, word dropout, batch size, epochs and seed.
        first: Number of the first step.

    Returns:
        Batches of ids (B, N) int32, one-hot targets (B, L) float32, and what each example weighs (B,), 1 on average.
    """
    rows_of, targets_of = tf.constant(ids), tf.one_hot(targets, classes)
    weights_of = tf.constant(weights(targets, classes, config.data.balance)[targets])

    def make(rows, seed):
        inputs = drop(tf.gather(rows_of, rows), config.augment.word_dropout, seed)
        return inputs, tf.gather(targets_of, rows), tf.gather(weights_of, rows)

    return of(len(ids), config.training, make, first)


def weights(targets: np.ndarray, classes: int, balance: float) -> np.ndarray:
    """What an example of each label weighs, float32 (L,): its rarity to the power of `balance`, 1 on average."""
    rarity = len(targets) / np.maximum(np.bincount(targets, minlength=classes), 1)
    return (rarity**balance / np.mean(rarity[targets] ** balance)).astype(np.float32)


def drop(ids: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Makes some words unknown ones; int32 (B, N) both."""
    if not share:
        return ids
    dropped = (tf.random.stateless_uniform(tf.shape(ids), seed) < share) & (ids != PAD)
    return tf.where(dropped, UNKNOWN, ids)


def validation(ids: np.ndarray, targets: np.ndarray, classes: int) -> tf.data.Dataset:
    """The texts as they are: batches of ids (B, N) and one-hot targets (B, L)."""
    return tf.data.Dataset.from_tensor_slices((ids, tf.one_hot(targets, classes))).batch(256)
