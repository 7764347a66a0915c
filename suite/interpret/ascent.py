"""Gradient ascent on a canvas: x* = argmax of an objective less the priors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from suite.interpret import priors
from suite.interpret.canvases import Surface
from suite.interpret.optimisation import Losses, State, differentiated, minimise
from suite.interpret.priors import Prior

Score = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # (inputs (B, ...), units (B,)) to (B,)


@dataclass(frozen=True)
class Maximised:
    """Inputs that excite units.

    Args:
        inputs: As the Keras model takes them, (N, ...).
        first: The inputs before the first step.
    """

    inputs: np.ndarray
    first: np.ndarray


def maximise(
    score: Score,
    units: np.ndarray,
    surface: Surface,
    prior: Prior,
    seed: int,
    scale: float = 1.0,
    report: Callable[[int, int], None] | None = None,
) -> Maximised:
    """Maximises the score of each unit, by an input of its own.

    Args:
        score: The objective.
        units: int (N,).
        surface: What is optimised.
        prior: Its costs are subtracted.
        seed: Of the start and of the transforms; the same seed gives the same inputs.
        scale: Factor of the prior's weights: the network's margin over the surface's.
        report: Called with the number of steps done and to do.
    """
    parts, groups = [], [units[i : i + surface.batch] for i in range(0, len(units), surface.batch)]
    for number, group in enumerate(groups):
        start = surface.start(len(group), prior, seed + number)

        def after(state: State, done: int = number * prior.steps) -> None:
            if report:
                report(done + state.step, len(groups) * prior.steps)

        found = minimise(
            differentiated(_loss(score, tf.constant(group), surface, prior, seed, scale), start.shape),
            start,
            prior.steps,
            learning_rate=surface.learning_rate,
            limits=surface.limits,
            callback=after,
        )
        parts.append([np.asarray(surface.decode(tf.constant(values))) for values in (found.last.values, start)])
    inputs, first = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Maximised(inputs, first)


def _loss(
    score: Score, units: tf.Tensor, surface: Surface, prior: Prior, seed: int, scale: float
) -> Callable[[tf.Tensor, tf.Tensor], Losses]:
    """The cost less the score, of values and a step; arguments as of `maximise`."""

    def loss(values: tf.Tensor, step: tf.Tensor) -> Losses:
        inputs = surface.decode(values)
        if prior.transformed:
            inputs = surface.transform(inputs, tf.stack([seed, step]))
        cost = scale * priors.cost(surface.measured(values), prior, surface.blank)
        return {"total": tf.reduce_sum(cost - score(inputs, units))}

    return loss
