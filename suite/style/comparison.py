"""A painter beside Gatys on the same pairs: the same feature net, losses, weights and size."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from suite.style import gatys
from suite.style.losses import Grams, Judge


@dataclass(frozen=True)
class Pair:
    """One photograph in one style.

    Args:
        style: The style's number.
        photograph, fast: float32 (H, W, 3) in 0..255.
        losses: Of the fast picture: total, style, content and variation.
        seconds: That it took.
        gatys: Of so many steps: its best picture by then, with losses and seconds.
    """

    style: int
    photograph: np.ndarray
    fast: np.ndarray
    losses: dict[str, float]
    seconds: float
    gatys: dict[int, gatys.State]

    def ratio(self, steps: int, part: str = "total") -> float:
        """The fast picture's loss over that of Gatys after so many steps."""
        return self.losses[part] / self.gatys[steps].losses[part]


def compare(
    paint: Callable[[np.ndarray, np.ndarray], np.ndarray],
    judge: Judge,
    paintings: Grams,
    squares: np.ndarray,
    chosen: Sequence[int],
    steps: Sequence[int] = (50,),
    tell: Callable[[Pair], None] = lambda pair: None,
) -> list[Pair]:
    """Paints each photograph both ways: Gatys by Adam, from the photograph.

    Args:
        paint: The painter: photographs (1, H, W, 3) and weights a style (1, S) to pictures (1, H, W, 3), in 0..255.
        judge: The losses.
        paintings: The S styles' Gram matrices, each (S, C, C).
        squares: N photographs, (N, H, W, 3) in 0..255.
        chosen: The number of each one's style.
        steps: After how many steps Gatys is looked at.
        tell: Called after each pair.
    """
    pairs = []
    for square, number in zip(squares, chosen, strict=True):
        wanted = judge.content_of(square[None])
        style = {layer: tf.constant(gram[number : number + 1]) for layer, gram in paintings.items()}
        count = len(next(iter(paintings.values())))
        if not pairs:
            paint(square[None], np.eye(count, dtype=np.float32)[[number]])  # the first one also builds what paints
        started = time.monotonic()
        fast = np.asarray(paint(square[None], np.eye(count, dtype=np.float32)[[number]]))
        seconds = time.monotonic() - started
        losses = {name: float(loss[0]) for name, loss in judge.losses(tf.constant(fast), wanted, style).items()}
        states = _watched(judge, wanted, style, square, steps)
        pairs.append(Pair(int(number), square, fast[0], losses, seconds, states))
        tell(pairs[-1])
    return pairs


def _watched(judge, wanted, style, square, steps) -> dict[int, gatys.State]:
    """What Gatys has at best after each of these numbers of steps."""
    best: list[gatys.State] = []
    seen = {}

    def tell(state: gatys.State) -> None:
        if not best or state.losses["total"] < best[0].losses["total"]:
            best[:] = [state]
        if state.step in steps:
            seen[state.step] = gatys.State(state.step, best[0].losses, best[0].picture, state.seconds)

    gatys.optimise(judge, wanted, style, square, max(steps), tell=tell)
    if len(seen) < len(set(steps)):
        raise KeyboardInterrupt  # which the optimisation ended with its best so far
    return seen
