"""A picture changed pixel by pixel until it has one picture's content and another's style.

Gatys, Ecker and Bethge 2015, "A Neural Algorithm of Artistic Style"; the losses are those of `suite.style.losses`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from suite.style.losses import Grams, Judge

LEARNING_RATE = 5.0  # of Adam, in levels of 0..255


@dataclass(frozen=True)
class State:
    """Where an optimisation is.

    Args:
        step: Number of steps done.
        losses: total, style, content and variation, of `picture`.
        picture: float32 (H, W, 3) in 0..255.
        seconds: Since it began.
    """

    step: int
    losses: dict[str, float]
    picture: np.ndarray
    seconds: float


def optimise(
    judge: Judge,
    content_wanted: tf.Tensor,
    style_wanted: Grams,
    start: np.ndarray,
    steps: int,
    optimiser: str = "adam",
    learning_rate: float = LEARNING_RATE,
    tell: Callable[[State], None] | None = None,
) -> State:
    """The best picture that so many steps find; Ctrl-C ends it with the best so far.

    Args:
        judge: The losses.
        content_wanted, style_wanted: As of `Judge.content_of` and `Judge.style_of`.
        start: Picture to begin with, float32 (H, W, 3) in 0..255.
        steps: How many; of L-BFGS how often the losses may be computed, which is what takes the time.
        optimiser: adam, or lbfgs (SciPy's L-BFGS-B), which the authors use in their later work.
        learning_rate: Adam's, in levels of 0..255.
        tell: Called after each step.
    """
    search = _Search(judge, content_wanted, style_wanted, start, tell)
    try:
        if optimiser == "adam":
            _adam(search, start, steps, learning_rate)
        else:
            _lbfgs(search, start, steps)
    except KeyboardInterrupt:
        if search.best is None:
            raise
    return search.best


class _Search:
    """Computes losses and gradients, and remembers the best picture that came by."""

    def __init__(self, judge, content_wanted, style_wanted, start, tell):
        self.tell, self.steps, self.started = tell, -1, time.monotonic()  # the first look is at the start
        self.best: State | None = None

        @tf.function(input_signature=[tf.TensorSpec((1, *start.shape), tf.float32)])
        def look(picture):
            with tf.GradientTape() as tape:
                tape.watch(picture)
                losses = {name: loss[0] for name, loss in judge.losses(picture, content_wanted, style_wanted).items()}
            return losses, tape.gradient(losses["total"], picture)

        self._look = look

    def look(self, picture: np.ndarray) -> tuple[float, np.ndarray]:
        """Total loss and gradient (H, W, 3) of a picture (H, W, 3)."""
        losses, gradient = self._look(tf.constant(picture[None], tf.float32))
        losses = {name: float(loss) for name, loss in losses.items()}
        self.steps += 1
        state = State(self.steps, losses, picture, time.monotonic() - self.started)
        if self.best is None or losses["total"] < self.best.losses["total"]:
            self.best = state
        if self.tell and self.steps:
            self.tell(state)
        return losses["total"], gradient.numpy()[0]


def _adam(search: _Search, start: np.ndarray, steps: int, learning_rate: float) -> None:
    """Adam (Kingma and Ba 2015, algorithm 1); what leaves 0..255 is cut off after each step."""
    picture, first, second = start.astype(np.float32), 0.0, 0.0
    _, gradient = search.look(picture)
    for step in range(1, steps + 1):
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        change = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-12)
        picture = np.clip(picture - learning_rate * change, 0, 255).astype(np.float32)
        _, gradient = search.look(picture)


def _lbfgs(search: _Search, start: np.ndarray, steps: int) -> None:
    """L-BFGS within 0..255 (Byrd, Lu, Nocedal and Zhu 1995, by SciPy)."""
    from scipy.optimize import minimize

    scale = start.size  # SciPy's first step is as long as 1 / |gradient|, and a loss of about 1 has a tiny gradient

    def look(flat):
        total, gradient = search.look(flat.reshape(start.shape).astype(np.float32))
        return scale * total, scale * gradient.ravel().astype(np.float64)

    minimize(
        look,
        start.ravel().astype(np.float64),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, 255)] * start.size,
        options={"maxfun": steps, "maxiter": steps, "maxcor": 10, "ftol": 0, "gtol": 0},
    )
