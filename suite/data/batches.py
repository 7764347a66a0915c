"""Training batches, each a function of its step alone, so that a resumed training sees the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from suite.config import TrainingConfig


def steps_per_epoch(count: int, training: TrainingConfig) -> int:
    """Whole batches in one pass over so many examples, within training.min_steps and training.max_steps."""
    steps = max(training.min_steps, count // training.batch)
    return min(steps, training.max_steps) if training.max_steps else steps


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
    steps = count // size  # a pass, of which an epoch may have several, or a part

    def batch(step: tf.Tensor) -> Any:
        number, place = step // steps, step % steps
        places = place * size + tf.range(size)
        rows = tf.random.experimental.index_shuffle(places, tf.stack([training.seed, number]), count - 1)
        return make(rows, tf.stack([training.seed, step]))

    last = steps_per_epoch(count, training) * training.epochs
    numbers = tf.data.Dataset.range(first, last, output_type=tf.int32)
    return numbers.map(batch, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4)
