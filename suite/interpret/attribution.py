"""What an answer rests on: occlusion of any model, integrated gradients of a Keras model, and how true they are.

An attribution is a map over the canvas' grid (pixels, time and frequency, words): greater where more rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.interpret.canvases import Canvas

if TYPE_CHECKING:
    from suite.interpret.load import Inspected

Predict = Callable[[Any], np.ndarray]  # N raw inputs to probabilities (N, L)

_BATCH = 128  # masks at a time
_STEPS = 20  # of a deletion curve
_UNTIL = 0.2  # share of a picture or spectrogram at which the curve ends: about that of a digit's ink
_FEW = 100  # places of a grid; a curve over fewer, such as words, goes to the end
_PATH = 32  # points on the path of integrated gradients


def occlusion(predict: Predict, canvas: Canvas, raw: Any, label: int) -> np.ndarray:
    """The loss of a label's log-odds where a window of the input is taken out, averaged over the windows at each place.

    The windows have two sizes, the canvas' and half of it: large ones find what matters, small ones where it is.

    Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2; the log-odds still fall
    where the probability stays near 1.

    Args:
        predict: The model.
        canvas: Its input.
        raw: One raw input.
        label: Number of the label.

    Returns:
        float32, of the grid's shape.
    """
    grid = canvas.grid(raw)
    whole = _log_odds(predict(canvas.masked(raw, np.ones((1, *grid))))[:, label])[0]
    sizes = {canvas.window, tuple(max(1, size // 2) for size in canvas.window)}
    losses = [_loss(predict, canvas, raw, label, whole, size) for size in sorted(sizes)]
    return np.mean(losses, axis=0).astype(np.float32)


def _loss(predict: Predict, canvas: Canvas, raw: Any, label: int, whole: float, size: tuple[int, ...]) -> np.ndarray:
    """The mean loss of log-odds at each place, by windows of one size."""
    grid = canvas.grid(raw)
    windows, total, count = list(_windows(grid, size)), np.zeros(grid), np.zeros(grid)
    for i in range(0, len(windows), _BATCH):
        some = windows[i : i + _BATCH]
        masks = np.ones((len(some), *grid))
        for mask, window in zip(masks, some, strict=True):
            mask[window] = 0
        for window, odds in zip(some, _log_odds(predict(canvas.masked(raw, masks))[:, label]), strict=True):
            total[window] += whole - odds
            count[window] += 1
    return total / count


def integrated_gradients(model: Inspected, raw: Any, label: int) -> np.ndarray:
    """Integrated gradients of a label's margin, from the input with everything taken out to the input itself.

    Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks", equation 1, in the features that the
    network takes (pixels, log-mel levels, word vectors), summed over their last axis.

    Returns:
        float32, of the grid's shape.
    """
    import tensorflow as tf

    from suite.interpret import objectives

    grid = model.canvas.grid(raw)
    ends = model.encode(model.canvas.masked(raw, np.stack([np.zeros(grid), np.ones(grid)])))
    blank, whole = model.canvas.features(model.model)(tf.constant(ends))
    shares = tf.reshape((tf.range(_PATH, dtype=tf.float32) + 0.5) / _PATH, (-1, *(1 for _ in whole.shape)))
    path = blank + shares * (whole - blank)
    with tf.GradientTape() as tape:
        tape.watch(path)
        score = objectives.margins(model.network(path), tf.fill((_PATH,), label))
    gradient = tf.reduce_mean(tape.gradient(score, path), axis=0)
    found = tf.reduce_sum(gradient * (whole - blank), axis=-1).numpy()
    return found[tuple(slice(size) for size in grid)]  # a sentence's empty places are no part of the grid


@dataclass(frozen=True)
class Deletion:
    """The deletion curve of an attribution (Petsiuk, Das and Saenko 2018, "RISE", section 4.2).

    Args:
        shares: Shares of the input that are taken out, those first on which most is said to rest.
        probabilities: The label's probability at each.
        area: Area under the curve, the mean probability; the smaller, the truer the attribution.
        random_area: Mean area of random orders.
    """

    shares: list[float]
    probabilities: list[float]
    area: float
    random_area: float


def deletion(predict: Predict, canvas: Canvas, raw: Any, label: int, found: np.ndarray, orders: int = 5) -> Deletion:
    """The deletion curve of an attribution, and the mean area of random orders.

    Args:
        predict, canvas, raw, label: As of `occlusion`.
        found: The attribution.
        orders: Number of random orders.
    """
    last = found.size if found.size < _FEW else round(_UNTIL * found.size)
    steps = np.unique(np.round(np.linspace(0, last, min(_STEPS, last) + 1)).astype(int))
    shares = steps / found.size
    rng = np.random.default_rng(0)
    curves = []
    for scores in [found, *(rng.uniform(size=found.shape) for _ in range(orders))]:
        rank = np.empty(found.size, int)
        rank[np.argsort(-scores.ravel(), kind="stable")] = np.arange(found.size)
        masks = np.stack([(rank >= step).reshape(found.shape) for step in steps]).astype(float)
        curves.append(predict(canvas.masked(raw, masks))[:, label])
    areas = [float(np.trapezoid(curve, shares) / shares[-1]) for curve in curves]
    return Deletion(
        [round(float(share), 4) for share in shares],
        [round(float(p), 4) for p in curves[0]],
        round(areas[0], 4),
        round(float(np.mean(areas[1:])), 4),
    )


def _windows(grid: tuple[int, ...], window: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Windows over a grid, a third of their size apart, that reach every place."""
    axes = []
    for size, width in zip(grid, window, strict=True):
        last = max(0, size - width)
        axes.append(np.unique(np.append(np.arange(0, last + 1, max(1, width // 3)), last)))
    for corner in np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(grid)):
        yield tuple(slice(int(start), int(start) + width) for start, width in zip(corner, window, strict=True))


def _log_odds(probabilities: np.ndarray) -> np.ndarray:
    p = np.clip(np.float64(probabilities), 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))
