"""The training input pipeline: ids in, batches with dropped words out."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from suite.data.batches import of
from suite.sentiment.config import Config
from suite.sentiment.text import PAD, UNKNOWN


def batches(ids: np.ndarray, aims: np.ndarray, config: Config, first: int = 0) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch.

    Args:
        ids: int32 (M, N), the training split.
        aims: float32 (M, L), how much of each label a text has.
        config: Balance, word dropout, batch size, epochs and seed.
        first: Number of the first step.

    Returns:
        Batches of ids (B, N) int32, their aims (B, L), and what each example weighs (B,), 1 on average.
    """
    ids_of, aims_of = tf.constant(ids), tf.constant(aims)
    weights_of = tf.constant(weights(aims, config.data.balance))

    def make(rows, seed):
        inputs = drop(tf.gather(ids_of, rows), config.augment.word_dropout, seed)
        return inputs, tf.gather(aims_of, rows), tf.gather(weights_of, rows)

    return of(len(ids), config.training, make, first)


def weights(aims: np.ndarray, balance: float) -> np.ndarray:
    """What each example weighs, float32 (M,): its label's rarity to the power of `balance`, and 1 on average."""
    labels = aims.argmax(axis=1)
    rarity = 1 / np.maximum(np.bincount(labels, minlength=aims.shape[1]), 1)
    raw = rarity[labels] ** balance
    return (raw / raw.mean()).astype(np.float32)


def drop(ids: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Makes some words unknown ones; int32 (B, N) both."""
    if not share:
        return ids
    dropped = (tf.random.stateless_uniform(tf.shape(ids), seed) < share) & (ids != PAD)
    return tf.where(dropped, UNKNOWN, ids)


def validation(ids: np.ndarray, targets: np.ndarray, classes: int) -> tf.data.Dataset:
    """The texts as they are: batches of ids (B, N) and one-hot targets (B, L)."""
    return tf.data.Dataset.from_tensor_slices((ids, tf.one_hot(targets, classes))).batch(256)
