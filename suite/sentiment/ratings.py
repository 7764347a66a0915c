"""What a mean rating says of a text: how much of each label it has."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def shares(ratings: np.ndarray, bounds: Sequence[float], spread: float) -> np.ndarray:
    """How probably other people's mean rating would be of each label.

    What is just below a bound is as good as what is just above it, though their labels differ. So what is learned from
    is not the label, but how much of a normal distribution around the rating is on each side of the bounds.

    Args:
        ratings: (N,), each a mean over some people.
        bounds: Between the L labels, L - 1 ratings in their order.
        spread: Standard deviation of a mean rating.

    Returns:
        float32 (N, L), rows summing to 1.
    """
    erf = np.vectorize(math.erf)
    below = [0.5 + erf((bound - ratings) / (spread * math.sqrt(2))) / 2 for bound in bounds]
    edges = [np.zeros(len(ratings)), *below, np.ones(len(ratings))]
    return np.diff(np.stack(edges, axis=1)).astype(np.float32)
