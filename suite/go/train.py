"""Training batches of positions, each in one of the board's eight symmetries."""

from __future__ import annotations

import tensorflow as tf

from suite.data.batches import stateless_batches
from suite.go import symmetries
from suite.go.config import SIZE, Config
from suite.problems.classification import training_targets
from suite.task import Built, Examples


def batches(examples: Examples, built: Built, config: Config, first: int) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch; the positions are gathered from the mapped file.

    Returns:
        Batches of codes uint8 (B, 19, 19, 3) and targets (B, 362) float32.
    """
    permutations = tf.constant(symmetries.permutations(SIZE), tf.int32)
    points, targets = SIZE * SIZE, training_targets(examples)

    def make(rows: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        count = rows.shape[0]
        codes = tf.numpy_function(lambda r: examples.raw[r], [rows], tf.uint8, stateful=False)
        which = tf.random.stateless_uniform((count,), seed, 0, symmetries.COUNT, tf.int32)
        order = tf.gather(permutations, which)
        codes = tf.gather(tf.reshape(codes, (count, points, 3)), order, batch_dims=1)
        moves = targets(rows)
        moves = tf.concat([tf.gather(moves[:, :points], order, batch_dims=1), moves[:, points:]], axis=1)
        return tf.reshape(codes, (count, SIZE, SIZE, 3)), moves

    return stateless_batches(len(examples), config.training, make, first)
