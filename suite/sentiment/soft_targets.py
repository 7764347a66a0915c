"""Soft targets from mean ratings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def soft_targets(ratings: np.ndarray, bounds: Sequence[float], spread: float) -> np.ndarray:
    """Probabilities that another mean rating of the same text falls under each label.

    Texts just below and just above a bound are nearly alike, though their labels differ. So the target is the mass of a
    normal distribution around the rating between the bounds.

    Args:
        ratings: (N,), each a mean over some people.
        bounds: The L - 1 ratings between the L labels, ascending.
        spread: Standard deviation of a mean rating.

    Returns:
        float32 (N, L), rows summing to 1.
    """
    from scipy.special import ndtr

    below = [ndtr((bound - ratings) / spread) for bound in bounds]
    edges = [np.zeros(len(ratings)), *below, np.ones(len(ratings))]
    return np.diff(np.stack(edges, axis=1)).astype(np.float32)
