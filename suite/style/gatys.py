"""Optimises the pixels of a picture until it has one picture's content and another's style.

Gatys, Ecker and Bethge 2015, "A Neural Algorithm of Artistic Style"; the losses are those of `suite.style.losses`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from suite.style.losses import Grams, PerceptualLoss

LEARNING_RATE = 5.0  # of Adam, in levels of 0..255


@dataclass(frozen=True)
class State:
    """An optimisation after a step.

    Args:
        step: Number of steps done.
        losses: total, style, content and variation, of `picture`.
        picture: float32 (H, W, 3) in 0..255.
        seconds: Time since the start.
    """

    step: int
    losses: dict[str, float]
    picture: np.ndarray
    seconds: float


def optimise(
    loss: PerceptualLoss,
    content_target: tf.Tensor,
    style_target: Grams,
    start: np.ndarray,
    steps: int,
    optimiser: str = "adam",
    learning_rate: float = LEARNING_RATE,
    callback: Callable[[State], None] | None = None,
) -> State:
    """The picture of least loss among those of the given number of steps; Ctrl-C ends it with the best so far.

    Args:
        loss: The losses.
        content_target, style_target: See `PerceptualLoss.content_features` and `PerceptualLoss.style_grams`.
        start: Picture to begin with, float32 (H, W, 3) in 0..255.
        steps: Number of steps; of L-BFGS the number of evaluations of the loss, which take the time.
        optimiser: adam, or lbfgs (SciPy's L-BFGS-B), which the authors use in their later work.
        learning_rate: Adam's, in levels of 0..255.
        callback: Called after each step.
    """
    search = _Search(loss, content_target, style_target, start, callback)
    try:
        if optimiser == "adam":
            _adam(search, start, steps, learning_rate)
        else:
            _lbfgs(search, start, steps)
    except KeyboardInterrupt:
        if search.best is None:
            raise
    assert search.best
    return search.best


class _Search:
    """Computes losses and gradients, and remembers the picture of least loss; arguments as of `optimise`."""

    def __init__(
        self,
        loss: PerceptualLoss,
        content_target: tf.Tensor,
        style_target: Grams,
        start: np.ndarray,
        callback: Callable[[State], None] | None,
    ) -> None:
        self.callback, self.steps, self.started = callback, -1, time.monotonic()  # the start is evaluated first
        self.best: State | None = None

        @tf.function(input_signature=[tf.TensorSpec((1, *start.shape), tf.float32)])
        def gradient(picture: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
            with tf.GradientTape() as tape:
                tape.watch(picture)
                losses = {name: value[0] for name, value in loss(picture, content_target, style_target).items()}
            return losses, tape.gradient(losses["total"], picture)

        self._gradient = gradient

    def evaluate(self, picture: np.ndarray) -> tuple[float, np.ndarray]:
        """Total loss and gradient (H, W, 3) of a picture (H, W, 3)."""
        losses, gradient = self._gradient(tf.constant(picture[None], tf.float32))
        losses = {name: float(loss) for name, loss in losses.items()}
        self.steps += 1
        state = State(self.steps, losses, picture, time.monotonic() - self.started)
        if self.best is None or losses["total"] < self.best.losses["total"]:
            self.best = state
        if self.callback and self.steps:
            self.callback(state)
        return losses["total"], gradient.numpy()[0]


def _adam(search: _Search, start: np.ndarray, steps: int, learning_rate: float) -> None:
    """Adam; the picture is clipped to 0..255 after each step."""
    picture = keras.Variable(
        np.float32(start), name="picture", constraint=lambda value: keras.ops.clip(value, 0.0, 255.0)
    )
    # The gradient of a pixel is a millionth of a loss of about 1: Keras's own epsilon would shorten the steps.
    adam = keras.optimizers.Adam(learning_rate, epsilon=1e-12)
    _, gradient = search.evaluate(picture.numpy())
    for _ in range(steps):
        adam.apply([keras.ops.convert_to_tensor(gradient)], [picture])
        _, gradient = search.evaluate(picture.numpy())


def _lbfgs(search: _Search, start: np.ndarray, steps: int) -> None:
    """L-BFGS within 0..255 (Byrd, Lu, Nocedal and Zhu 1995, by SciPy)."""
    from scipy.optimize import minimize

    scale = start.size  # SciPy's first step is as long as 1 / |gradient|, and a loss of about 1 has a tiny gradient

    def evaluate(flat: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = search.evaluate(flat.reshape(start.shape).astype(np.float32))
        return scale * total, scale * gradient.ravel().astype(np.float64)

    minimize(
        evaluate,
        start.ravel().astype(np.float64),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, 255)] * start.size,
        options={"maxfun": steps, "maxiter": steps, "maxcor": 10, "ftol": 0, "gtol": 0},
    )
