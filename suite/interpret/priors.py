"""Priors: what is known of natural inputs, as a cost (B,) that is subtracted from the objective.

The lecture writes y^i + sum|x|; the sum must be subtracted, since a digit is mostly blank and y^i is maximised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Prior:
    """Weights of the costs, for a network whose margin on real inputs is `Surface.margin`.

    Args:
        l1: Of the sum of absolute differences from the blank input.
        variation: Of the sum of absolute differences of neighbouring values.
        transformed: Whether the input is seen through random transforms, a new one in each step.
        noise: Whether the start is strong noise, and not the almost blank input.
        steps: Number of steps.
    """

    l1: float = 0.0
    variation: float = 0.0
    transformed: bool = False
    noise: bool = False
    steps: int = 200


def cost(values: tf.Tensor, prior: Prior, blank: float, axes: Sequence[int] = (1, 2)) -> tf.Tensor:
    """The cost of values (B, ...); neighbours lie along these axes."""
    from keras import ops

    inner = tuple(range(1, len(values.shape)))
    total = prior.l1 * ops.sum(ops.abs(values - blank), inner)
    for axis in axes:
        total += prior.variation * ops.sum(ops.abs(ops.diff(values, axis=axis)), inner)
    return total
