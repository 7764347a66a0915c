"""The eight symmetries of the board, as permutations of its points."""

from __future__ import annotations

import numpy as np

COUNT = 8


def permutations(size: int) -> np.ndarray:
    """int64 (8, N²): the point whose content comes to each point, by symmetry; the first is the identity."""
    grid = np.arange(size * size).reshape(size, size)
    turned = [np.rot90(side, turns) for side in (grid, grid.T) for turns in range(4)]
    return np.stack(turned).reshape(COUNT, -1)
