"""The one optimisation loop: of a picture's pixels in `paint`, of the canvas of an input in `suite.interpret`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

Losses = Mapping[str, tf.Tensor]
Gradient = Callable[[tf.Tensor, tf.Tensor], tuple[Losses, tf.Tensor]]
Optimiser = Literal["adam", "lbfgs", "normalised"]


@dataclass(frozen=True)
class State:
    """An optimisation after a step.

    Args:
        step: Number of steps done.
        losses: Each loss of `values` by name; the total is what is minimised.
        values: float32, of the start's shape.
        seconds: Time since the start.
    """

    step: int
    losses: dict[str, float]
    values: np.ndarray
    seconds: float


@dataclass(frozen=True)
class Result:
    """The end of an optimisation.

    Args:
        best: The state of least total loss.
        last: The state after the last step.
        interrupted: Whether Ctrl-C ended it.
    """

    best: State
    last: State
    interrupted: bool = False


def differentiated(loss: Callable[[tf.Tensor, tf.Tensor], Losses], shape: Sequence[int]) -> Gradient:
    """A loss with the gradient of its total, compiled for values of one shape.

    Args:
        loss: (values, number of the step, an int32 scalar) to scalars by name, of which `total` is minimised. What it
            draws at random it draws statelessly, by the number of the step.
        shape: Of the values.
    """

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32), tf.TensorSpec((), tf.int32)])
    def gradient(values: tf.Tensor, step: tf.Tensor) -> tuple[Losses, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(values)
            losses = loss(values, step)
        return losses, tape.gradient(losses["total"], values)

    return gradient.get_concrete_function()


def minimise(
    gradient: Gradient,
    start: np.ndarray,
    steps: int,
    *,
    optimiser: Optimiser = "adam",
    learning_rate: float,
    limits: tuple[float, float],
    first: int = 0,
    interruptible: bool = False,
    callback: Callable[[State], None] | None = None,
) -> Result:
    """Minimises the total loss of values within limits.

    Args:
        gradient: See `differentiated`.
        start: Values to begin with.
        steps: Number of steps; of L-BFGS the number of evaluations of the loss, which take the time.
        optimiser: adam; normalised (along the gradient over its mean absolute value, as Deep Dream goes); or lbfgs
            (SciPy's L-BFGS-B, for a loss without randomness).
        learning_rate: Of adam and normalised, in units of the values.
        limits: Least and greatest value.
        first: Number of the first step, for the loss.
        interruptible: Whether Ctrl-C ends it early with what there is.
        callback: Called after each step.
    """
    search, interrupted = _Search(gradient, first, callback), False
    try:
        if optimiser == "lbfgs":
            _lbfgs(search, start, steps, limits)
        else:
            _descend(search, start, steps, optimiser, learning_rate, limits)
    except KeyboardInterrupt:
        if search.best is None or not interruptible:
            raise
        interrupted = True
    assert search.best and search.last
    return Result(search.best, search.last, interrupted)


class _Search:
    """Computes losses and gradients, and remembers the values of least loss; arguments as of `minimise`."""

    def __init__(self, gradient: Gradient, first: int, callback: Callable[[State], None] | None) -> None:
        self.gradient, self.first, self.callback = gradient, first, callback
        self.steps, self.started = -1, time.monotonic()  # the start is evaluated first
        self.best: State | None = None
        self.last: State | None = None

    def evaluate(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        """Total loss and its gradient."""
        self.steps += 1
        losses, gradient = self.gradient(tf.constant(values, tf.float32), tf.constant(self.first + self.steps))
        numbers = {name: float(loss) for name, loss in losses.items()}
        self.last = State(self.steps, numbers, values, time.monotonic() - self.started)
        if self.best is None or numbers["total"] < self.best.losses["total"]:
            self.best = self.last
        if self.callback and self.steps:
            self.callback(self.last)
        return numbers["total"], gradient.numpy()


def _descend(
    search: _Search,
    start: np.ndarray,
    steps: int,
    optimiser: Optimiser,
    learning_rate: float,
    limits: tuple[float, float],
) -> None:
    """Adam (Kingma and Ba 2015), or steps along the normalised gradient; the values are clipped after each step."""
    low, high = map(float, limits)
    values = keras.Variable(np.float32(start), name="values")
    values.constraint = lambda value: keras.ops.clip(value, low, high)  # no argument of Variable, which ignores it
    # The gradient of a pixel is a millionth of a loss of about 1: Keras's own epsilon would shorten the steps.
    adam = keras.optimizers.Adam(learning_rate, epsilon=1e-12)
    _, gradient = search.evaluate(values.numpy())
    for _ in range(steps):
        if optimiser == "adam":
            adam.apply([keras.ops.convert_to_tensor(gradient)], [values])
        else:
            length = learning_rate / (np.abs(gradient).mean() + 1e-12)
            values.assign(np.clip(values.numpy() - length * gradient, low, high))
        _, gradient = search.evaluate(values.numpy())


def _lbfgs(search: _Search, start: np.ndarray, steps: int, limits: tuple[float, float]) -> None:
    """L-BFGS within the limits (Byrd, Lu, Nocedal and Zhu 1995, by SciPy); it chooses its own steps."""
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
        bounds=[limits] * start.size,
        options={"maxfun": steps, "maxiter": steps, "maxcor": 10, "ftol": 0, "gtol": 0},
    )
