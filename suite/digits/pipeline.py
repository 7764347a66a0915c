"""The training input pipeline: pictures in, augmented batches out, each a function of its step alone."""

from __future__ import annotations

import tensorflow as tf

from suite.digits.augment import augment
from suite.digits.config import Config
from suite.digits.data import Images


def steps_an_epoch(images: Images, config: Config) -> int:
    """Whole batches in one pass over the pictures, and at least training.min_steps."""
    return max(config.training.min_steps, len(images) // config.training.batch)


def batches(images: Images, config: Config, first: int = 0) -> tf.data.Dataset:
    """Augmented batches from step `first` to the end of the last epoch.

    As in suite.speech.pipeline, a batch depends on the seed and the step's number, not on what came before.

    Args:
        images: The training split.
        config: Augmentation, batch size, epochs and seed.
        first: Number of the first step.

    Returns:
        Batches of pictures (B, 28, 28, C) float32 in 0..255 and one-hot targets (B, L) float32.
    """
    seed, size = config.training.seed, min(config.training.batch, len(images))
    steps = len(images) // size
    pixels, targets = tf.constant(images.pixels), tf.one_hot(images.targets, len(images.labels))

    def make(step):
        number, place = step // steps, step % steps
        order = tf.random.experimental.stateless_shuffle(tf.range(len(images)), tf.stack([seed, number]))
        rows = tf.ensure_shape(order[place * size : (place + 1) * size], (size,))
        pictures = tf.cast(tf.gather(pixels, rows), tf.float32)
        return augment(pictures, config.augment, tf.stack([seed, step])), tf.gather(targets, rows)

    last = steps_an_epoch(images, config) * config.training.epochs
    numbers = tf.data.Dataset.range(first, last, output_type=tf.int32)
    return numbers.map(make, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4)


def validation(images: Images) -> tf.data.Dataset:
    """The pictures as they are: batches of (B, 28, 28, C) and one-hot targets (B, L)."""
    targets = tf.one_hot(images.targets, len(images.labels))
    return (
        tf.data.Dataset.from_tensor_slices((images.pixels, targets))
        .batch(256)
        .map(lambda pictures, target: (tf.cast(pictures, tf.float32), target))
    )
