"""Soft targets from mean ratings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def soft_targets(ratings: np.ndarray, bounds: Sequence[float], spread: float) -> np.ndarray:
    """Probabilities that other people's mean rating would fall under each label.

    A text just below a bound is as good as one just above it, though their labels differ. So the target is not the
    label, but the mass of a normal distribution around the rating on each side of the bounds.

    Args:
        ratings: (N,), each a mean over some people.
        bounds: Between the L labels, L - 1 ratings in their order.
        spread: Standard deviation of a mean rating.

    Returns:
        float32 (N, L), rows summing to 1.
    """
    from scipy.special import ndtr

    below = [ndtr((bound - ratings) / spread) for bound in bounds]
    edges = [np.zeros(len(ratings)), *below, np.ones(len(ratings))]
    return np.diff(np.stack(edges, axis=1)).astype(np.float32)
