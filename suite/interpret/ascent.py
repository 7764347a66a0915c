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
    size = min(surface.batch, len(units))
    groups = [units[i : i + size] for i in range(0, len(units), size)]
    own = tf.Variable(np.resize(groups[0], size))
    gradient = differentiated(_loss(score, own, surface, prior, seed, scale), (size, *surface.shape))
    parts = []
    for number, group in enumerate(groups):
        own.assign(np.resize(group, size))  # the last group is filled up by repeating it
        start = surface.start(size, prior, seed + number)

        def after(state: State, done: int = number * prior.steps) -> None:
            if report:
                report(done + state.step, len(groups) * prior.steps)

        found = minimise(
            gradient,
            start,
            prior.steps,
            learning_rate=surface.learning_rate,
            limits=surface.limits,
            callback=after,
        )
        ends = (values[: len(group)] for values in (found.last.values, start))
        parts.append([np.asarray(surface.decode(tf.constant(values))) for values in ends])
    inputs, first = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Maximised(inputs, first)


def _loss(
    score: Score, units: tf.Variable, surface: Surface, prior: Prior, seed: int, scale: float
) -> Callable[[tf.Tensor, tf.Tensor], Losses]:
    """The cost less the score, of values and a step; arguments as of `maximise`."""

    def loss(values: tf.Tensor, step: tf.Tensor) -> Losses:
        inputs = surface.decode(values)
        if prior.transformed:
            inputs = surface.transform(inputs, tf.stack([seed, step]))
        cost = scale * priors.cost(surface.measured(values), prior, surface.blank, surface.axes)
        return {"total": tf.reduce_sum(cost - score(inputs, units))}

    return loss
