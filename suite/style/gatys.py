"""Optimises the pixels of a picture until it has one picture's content and another's style.

Gatys, Ecker and Bethge 2015, "A Neural Algorithm of Artistic Style"; the losses are those of `suite.style.losses`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import tensorflow as tf

from suite.interpret.optimisation import Losses, Result, State, differentiated, minimise
from suite.style.losses import Grams, PerceptualLoss

LEARNING_RATE = 5.0  # of Adam, in levels of 0..255


def optimise(
    loss: PerceptualLoss,
    content_target: tf.Tensor,
    style_target: Grams,
    start: np.ndarray,
    steps: int,
    optimiser: Literal["adam", "lbfgs"] = "adam",
    learning_rate: float = LEARNING_RATE,
    callback: Callable[[State], None] | None = None,
    regions: np.ndarray | None = None,
) -> Result:
    """Looks for the picture of least loss within a number of steps; Ctrl-C ends it with the best so far.

    Args:
        loss: The losses.
        content_target, style_target: See `PerceptualLoss.content_features` and `PerceptualLoss.style_grams`.
        start: Picture to begin with, float32 (H, W, 3) in 0..255.
        steps, optimiser, learning_rate, callback: See `suite.interpret.optimisation.minimise`.
        regions: See `PerceptualLoss`.

    Returns:
        States with the losses total, style, content and variation, and the picture (H, W, 3) as `values`.
    """

    def losses(picture: tf.Tensor, step: tf.Tensor) -> Losses:
        found = loss(picture[None], content_target, style_target, regions)
        return {name: value[0] for name, value in found.items()}

    return minimise(
        differentiated(losses, start.shape),
        start,
        steps,
        optimiser=optimiser,
        learning_rate=learning_rate,
        limits=(0, 255),
        interruptible=True,
        callback=callback,
    )
