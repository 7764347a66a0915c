"""The training input pipeline: pictures in, augmented batches out."""

from __future__ import annotations

import tensorflow as tf

from suite.data.batches import of
from suite.digits.augment import augment
from suite.digits.config import Config
from suite.digits.data import Images


def batches(images: Images, config: Config, first: int = 0) -> tf.data.Dataset:
    """Augmented batches from step `first` to the end of the last epoch.

    Args:
        images: The training split.
        config: Augmentation, batch size, epochs and seed.
        first: Number of the first step.

    Returns:
        Batches of pictures (B, 28, 28, C) float32 in 0..255 and one-hot targets (B, L) float32.
    """
    pixels, targets = tf.constant(images.pixels), tf.one_hot(images.targets, len(images.labels))

    def make(rows, seed):
        pictures = tf.cast(tf.gather(pixels, rows), tf.float32)
        return augment(pictures, config.augment, seed), tf.gather(targets, rows)

    return of(len(images), config.training, make, first)


def validation(images: Images) -> tf.data.Dataset:
    """The pictures as they are: batches of (B, 28, 28, C) and one-hot targets (B, L)."""
    targets = tf.one_hot(images.targets, len(images.labels))
    return (
        tf.data.Dataset.from_tensor_slices((images.pixels, targets))
        .batch(256)
        .map(lambda pictures, target: (tf.cast(pictures, tf.float32), target))
    )
