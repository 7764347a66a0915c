"""Augmented training batches of pictures."""

from __future__ import annotations

from dataclasses import asdict

import tensorflow as tf

from suite.data.batches import stateless_batches
from suite.data.warp import random_warp
from suite.digits.config import SIZE, Config
from suite.problems.classification import training_targets, training_weights
from suite.task import Built, Examples


def batches(examples: Examples, built: Built, config: Config, first: int) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch.

    Returns:
        Batches of pictures (B, H, W, C) float32 in 0..255, targets (B, L) float32 and, with data.balance, weights (B,).
    """
    targets, shape = training_targets(examples), examples.raw.shape[1:]
    weights = training_weights(examples, config.data.balance)
    changes, pixel = asdict(config.augment), shape[0] / SIZE
    changes |= {"shift": pixel * changes["shift"], "elastic": pixel * changes["elastic"]}

    def make(rows: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, ...]:
        pixels = tf.numpy_function(lambda r: examples.raw[r], [rows], tf.uint8, stateful=False)
        pictures = tf.cast(tf.ensure_shape(pixels, (rows.shape[0], *shape)), tf.float32)
        return random_warp(pictures, seed, **changes), targets(rows), *weights(rows)

    return stateless_batches(len(examples), config.training, make, first)
