"""Rows of arrays that stay on disk until they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


class Rows:
    """Some rows of one or more arrays, in a given order; a row is read when it is asked for.

    It has an array's `len`, `shape`, `dtype` and indexing of the first axis; `np.asarray` reads it whole.

    Args:
        parts: Arrays (N_i, ...) of one dtype and row shape, such as mapped files, or other Rows.
        chosen: Numbers of the rows within the joined parts; by default all.
    """

    def __init__(self, parts: Sequence[Any], chosen: np.ndarray | None = None) -> None:
        self._parts = list(parts)
        self._ends = np.cumsum([len(part) for part in parts])
        self._chosen = np.arange(self._ends[-1]) if chosen is None else np.asarray(chosen, np.int64)
        self.dtype, self.ndim = parts[0].dtype, len(parts[0].shape)

    def __len__(self) -> int:
        return len(self._chosen)

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self._parts[0].shape[1:])

    def __getitem__(self, key: Any) -> np.ndarray:
        """One row for a number, otherwise an array of the rows of a slice or of an array of numbers."""
        numbers = self._chosen[key]
        rows = np.atleast_1d(numbers)
        found = np.empty((len(rows), *self.shape[1:]), self.dtype)
        owners = np.searchsorted(self._ends, rows, side="right")
        for owner in np.unique(owners):
            of_part, part = owners == owner, self._parts[owner]
            found[of_part] = part[rows[of_part] - (self._ends[owner] - len(part))]
        return found if np.ndim(numbers) else found[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self[:].astype(dtype or self.dtype, copy=False)
