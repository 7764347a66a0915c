"""The training input pipeline: squares cut out of photographs, each with the style that it is to be painted in."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from suite.style import inputs
from suite.style.config import TrainingConfig
from suite.style.data import Photographs


def batches(photographs: Photographs, styles: int, config: TrainingConfig, first: int = 0) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch.

    What a batch holds depends on the seed and the step's number, not on what came before.

    Args:
        photographs: The training split.
        styles: Number of styles, S.
        config: Batch, size, number of steps and seed.
        first: Number of the first step.

    Returns:
        Batches of squares (B, size, size, 3) float32 in 0..255 and the numbers of their styles (B,) int32.
    """

    def make(step):
        return tf.numpy_function(
            lambda number: batch(photographs, styles, config, number), [step], (tf.float32, tf.int32)
        )

    def shaped(squares, chosen):
        squares = tf.ensure_shape(squares, (config.batch, config.size, config.size, 3))
        return squares, tf.ensure_shape(chosen, (config.batch,))

    numbers = tf.data.Dataset.range(first, config.epochs * config.steps)
    return numbers.map(make, num_parallel_calls=2).map(shaped).prefetch(4)


def batch(photographs: Photographs, styles: int, config: TrainingConfig, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The batch of one step: squares (B, size, size, 3) and styles (B,), which take turns."""
    rng = np.random.default_rng([config.seed, int(step)])
    rows = rng.integers(len(photographs), size=config.batch)
    chosen = (np.arange(config.batch) + int(step) * config.batch) % styles
    squares = [cut(photographs.pixels[row], config, rng) for row in rows]
    return np.stack(squares).astype(np.float32), rng.permutation(chosen).astype(np.int32)


def cut(picture: np.ndarray, config: TrainingConfig, rng: np.random.Generator) -> np.ndarray:
    """A random square of a picture, at random as it is or mirrored, (size, size, 3)."""
    side = min(picture.shape[:2])
    side = min(side, max(round(side * rng.uniform(config.smallest, 1)), min(config.size, side)))
    top, left = (rng.integers(n - side + 1) for n in picture.shape[:2])
    piece = picture[top : top + side, left : left + side]
    return inputs.resized(piece[:, ::-1] if rng.integers(2) else piece, config.size, config.size)


def held_out(photographs: Photographs, styles: int, size: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The middles of photographs (N, size, size, 3), and a style for each (N,), so that all take turns."""
    count = max(min(most, len(photographs)), styles)
    squares = [inputs.square(photographs.pixels[i % len(photographs)], size) for i in range(count)]
    return np.stack(squares).astype(np.float32), (np.arange(count) % styles).astype(np.int32)
