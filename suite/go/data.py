"""Sources of games: those of GNU Go that come with the package, or SGF files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from suite.data.splits import SPLITS, draw
from suite.go import positions
from suite.go.config import SIZE, DataConfig
from suite.go.labels import labels
from suite.task import Examples, Shapes

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

PHASES = {"moves 1-20": 20, "moves 21-60": 60, "moves 61-120": 120, "moves 121-200": 200, "later moves": 10_000}
LABELS = labels(SIZE)


def splits(config: DataConfig) -> tuple[str, ...]:
    """The splits of a source: every source has all."""
    return SPLITS


def load(config: DataConfig, split: str, about: Metadata | None = None, limit: int | None = None) -> Examples:
    """One split of the configured source, see `Task.load`: codes uint8 (N, 19, 19, 3), mapped from the cache.

    Raises:
        InputError: The source is missing or unfit.
    """
    found = positions.read(config)
    place = found.rows(split)
    rows = np.arange(place.start, place.stop)
    if split == "train" and config.positions:
        rows = np.sort(np.random.default_rng(config.seed).permutation(rows)[: config.positions])
    chosen = draw(rows, limit)
    whole = len(chosen) == place.stop - place.start
    part = place if whole else chosen  # a slice is a view of the mapped file, other rows are read
    phase = np.searchsorted(list(PHASES.values()), found.numbers(place)[chosen - place.start], side="right")
    names = list(PHASES)
    what = "GNU Go's games against itself" if config.kind == "gnugo" else f"{len(found.starts) - 1:,} games by date"
    drawn = "" if whole else f"{len(chosen):,} positions drawn from the "
    return Examples(
        raw=found.codes[part].reshape(-1, SIZE, SIZE, 3),
        targets=np.asarray(found.moves[part], np.int32),
        labels=LABELS,
        description=f"{drawn}{split} split of {what}",
        groups=tuple(names[number] for number in phase),
    )


def encode(raw: Any, about: Metadata, shapes: Shapes) -> dict[str, np.ndarray]:
    """Codes uint8 (N, H, W, 3) as they are."""
    ((name, _),) = shapes.items()
    return {name: np.asarray(raw)}
