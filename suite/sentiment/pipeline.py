"""The training input pipeline: ids in, batches with dropped words out, each a function of its step alone."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from suite.sentiment.config import Config
from suite.sentiment.text import PAD, UNKNOWN


def steps_an_epoch(count: int, config: Config) -> int:
    """Whole batches in one pass over so many texts, and at least training.min_steps."""
    return max(config.training.min_steps, count // config.training.batch)


def batches(ids: np.ndarray, targets: np.ndarray, classes: int, config: Config, first: int = 0) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch.

    As in suite.speech.pipeline, a batch depends on the seed and the step's number, not on what came before.

    Args:
        ids: int32 (M, N), the training split.
        targets: (M,), indices of labels.
        classes: Number of labels.
        config: Word dropout, batch size, epochs and seed.
        first: Number of the first step.

    Returns:
        Batches of ids (B, N) int32 and one-hot targets (B, L) float32.
    """
    seed, size = config.training.seed, min(config.training.batch, len(ids))
    steps = len(ids) // size
    rows_of, targets_of = tf.constant(ids), tf.constant(targets, tf.int32)

    def make(step):
        number, place = step // steps, step % steps
        order = tf.random.experimental.stateless_shuffle(tf.range(len(ids)), tf.stack([seed, number]))
        rows = tf.ensure_shape(order[place * size : (place + 1) * size], (size,))
        words = drop(tf.gather(rows_of, rows), config.augment.word_dropout, tf.stack([seed, step]))
        return words, tf.one_hot(tf.gather(targets_of, rows), classes)

    last = steps_an_epoch(len(ids), config) * config.training.epochs
    numbers = tf.data.Dataset.range(first, last, output_type=tf.int32)
    return numbers.map(make, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4)


def drop(ids: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Makes some words unknown ones; int32 (B, N) both."""
    if not share:
        return ids
    dropped = (tf.random.stateless_uniform(tf.shape(ids), seed) < share) & (ids != PAD)
    return tf.where(dropped, UNKNOWN, ids)


def validation(ids: np.ndarray, targets: np.ndarray, classes: int) -> tf.data.Dataset:
    """The texts as they are: batches of ids (B, N) and one-hot targets (B, L)."""
    return tf.data.Dataset.from_tensor_slices((ids, tf.one_hot(targets, classes))).batch(256)
