"""Training batches of painters, and sheets of what they paint after each epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from suite.artefacts.metadata import Metadata
from suite.data import pictures
from suite.data.batches import steps_per_epoch
from suite.style import data, images
from suite.style.config import Config
from suite.task import Built, Examples
from suite.training.run_folder import Run


def batches(examples: Examples, built: Built, config: Config, first: int) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch; a batch depends on the seed and its step alone.

    Returns:
        Batches of one dict: image (B, size, size, 3) float32 in 0..255, styles (B, S) one-hot, strength (B, 1).
    """
    learned, (size, count) = len(examples.labels), (config.data.size, config.training.batch)
    styles = built.labels or examples.labels
    places = tf.constant([styles.index(name) for name in examples.labels])

    def make(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.numpy_function(lambda n: batch(examples, learned, config, n), [step], (tf.float32, tf.int32))

    def named(squares: tf.Tensor, chosen: tf.Tensor) -> tuple[dict[str, tf.Tensor]]:
        squares = tf.ensure_shape(squares, (count, size, size, 3))
        weights = tf.one_hot(tf.gather(places, tf.ensure_shape(chosen, (count,))), len(styles))
        return ({"image": squares, "styles": weights, "strength": tf.ones((count, 1))},)

    last = config.training.epochs * steps_per_epoch(len(examples), config.training)
    return tf.data.Dataset.range(first, last).map(make, num_parallel_calls=2).map(named).prefetch(4)


def batch(examples: Examples, styles: int, config: Config, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The batch of one step: squares (B, size, size, 3) and the numbers of their styles (B,), in turn."""
    rng, count = np.random.default_rng([config.training.seed, int(step)]), config.training.batch
    rows = rng.integers(len(examples), size=count)
    chosen = (np.arange(count) + int(step) * count) % styles
    squares = [cut(examples.raw[row], config.data.size, config.data.smallest, rng) for row in rows]
    return np.stack(squares).astype(np.float32), rng.permutation(chosen).astype(np.int32)


def cut(picture: np.ndarray, size: int, smallest: float, rng: np.random.Generator) -> np.ndarray:
    """A random square of a picture, mirrored in half the cases, (size, size, 3).

    Args:
        picture: (H, W, 3).
        size: Side of the result, in pixels.
        smallest: Share of the picture's shorter side that the square has at least.
        rng: Decides all of it.
    """
    side = min(picture.shape[:2])
    side = min(side, max(round(side * rng.uniform(smallest, 1)), min(size, side)))
    top, left = (rng.integers(n - side + 1) for n in picture.shape[:2])
    piece = picture[top : top + side, left : left + side]
    return pictures.resized(piece[:, ::-1] if rng.integers(2) else piece, size, size)


def callbacks(built: Built, validation: Examples, about: Metadata, run: Run) -> Sequence[keras.callbacks.Callback]:
    """Writes a sheet of validation photographs and their paintings after each epoch."""
    encoded = data.encode(validation.raw, about, {name: () for name in ("image", "styles", "strength")})
    names = [about.labels[number] for number in encoded["styles"].argmax(axis=1)]

    def write(epoch: int, logs: Mapping[str, float] | None = None) -> None:
        painted = [
            np.asarray(built.saved([array[i : i + 1] for array in encoded.values()]))[0] for i in range(len(names))
        ]
        sheet = images.sheet([list(encoded["image"]), painted], names)
        pictures.write(sheet, run.path / "samples" / f"epoch_{epoch + 1:04d}.png")

    return [keras.callbacks.LambdaCallback(on_epoch_end=write)]
