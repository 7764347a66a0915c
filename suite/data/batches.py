"""Training batches, each a function of its step alone, so that a resumed training sees the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from suite.config import TrainingConfig


def steps_per_epoch(count: int, training: TrainingConfig) -> int:
    """Whole batches in one pass over so many examples, and at least training.min_steps."""
    return max(training.min_steps, count // training.batch)


def stateless_batches(
    count: int, training: TrainingConfig, make: Callable[..., Any], first: int = 0
) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch.

    The order of a pass over the examples and the random changes of a batch depend on the seed and the step's number,
    not on what came before.

    Args:
        count: Number of examples.
        training: Batch size, epochs and seed.
        make: From int32 rows (B,), the examples of a batch, and a seed, int32 (2,), to (inputs, targets); in a graph.
        first: Number of the first step.
    """
    size = min(training.batch, count)
    steps = count // size  # a pass; an epoch of a small set has several

    def batch(step: tf.Tensor) -> Any:
        number, place = step // steps, step % steps
        order = tf.random.experimental.stateless_shuffle(tf.range(count), tf.stack([training.seed, number]))
        rows = tf.ensure_shape(order[place * size : (place + 1) * size], (size,))
        return make(rows, tf.stack([training.seed, step]))

    last = steps_per_epoch(count, training) * training.epochs
    numbers = tf.data.Dataset.range(first, last, output_type=tf.int32)
    return numbers.map(batch, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4)
