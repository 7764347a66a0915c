"""The baselines of Go players, and the scores that need more than a model's outputs: symmetries, and a match."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.go.config import EvalOptions
from suite.go.rules import EMPTY, KO, MOST, SUICIDE
from suite.go.symmetries import permutations
from suite.problems import Report
from suite.task import Examples, load_split

if TYPE_CHECKING:
    from suite.artefacts.runtime import Artefact

WIDTH = 7  # points along a side of a pattern
MOST_POSITIONS = 40_000  # that the patterns are counted in
_PRIOR = 100.0  # sightings of a pattern that weigh as much as the smaller pattern in its middle


def match(options: EvalOptions) -> Callable[[Artefact], Report] | None:
    """The function from a model to the report of a match, where an opponent is named."""
    if not options.opponent:
        return None
    from suite.go.match import match
    from suite.go.player import Player

    o = options
    return lambda model: match(Player(model, o.symmetries), o.opponent, o.games, o.level, folder=o.sgf)


def own_report(model: Artefact, config: Any, split: str, options: EvalOptions) -> Report | None:
    """The report of outputs that are averaged over symmetries."""
    if options.symmetries == 1:
        return None
    from suite.console.progress import progress
    from suite.go.player import averaged
    from suite.go.report import report
    from suite.task import get

    examples = load_split(get("go"), config.data, split, model.about)
    outputs, shown = [], progress("scoring positions")
    for first in range(0, len(examples), 256):
        outputs.append(averaged(model, np.asarray(examples.raw[first : first + 256]), options.symmetries))
        shown(min(first + 256, len(examples)), len(examples))
    return report(examples, np.concatenate(outputs), f"{model.path}, mean of {options.symmetries} symmetries")


def baselines(training: Examples, examples: Examples) -> dict[str, np.ndarray]:
    """Probabilities (N, N² + 1) of the most frequent moves, and of the points whose surroundings were played most.

    A pattern is what stands on the 3x3, 5x5 and 7x7 points around a point, for the side to move, in any of the eight
    symmetries; its probability is the share of its sightings in the training positions in which the move was there,
    where a rare pattern takes most of it from the smaller one (as in Stern, Herbrich and Graepel 2006, "Bayesian
    Pattern Ranking for Move Prediction in the Game of Go", but by frequency alone).
    """
    count = examples.raw.shape[1] * examples.raw.shape[2]
    allowed = np.concatenate(
        [_allowed(examples.raw).reshape(len(examples), -1), np.ones((len(examples), 1), bool)], axis=1
    )
    frequency = np.bincount(np.asarray(training.targets), minlength=count + 1) + 1e-3
    rows = np.random.default_rng(0).permutation(len(training))[:MOST_POSITIONS]
    patterns = np.pad(_patterns(training, np.sort(rows), examples), ((0, 0), (0, 1)), constant_values=1e-6)
    return {"most frequent move": _shares(frequency * allowed), "nearest pattern": _shares(patterns * allowed)}


def _shares(weights: np.ndarray) -> np.ndarray:
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _allowed(codes: np.ndarray) -> np.ndarray:
    return np.asarray(codes[..., 0]) == EMPTY


def _patterns(training: Examples, rows: np.ndarray, examples: Examples) -> np.ndarray:
    """The share of each point's pattern of being played, (N, N²)."""
    share: np.ndarray | float = 0.0
    targets = np.asarray(training.targets)[rows]
    played_on = np.flatnonzero(targets < np.prod(training.raw.shape[1:3]))  # not a pass
    for width in range(3, WIDTH + 1, 2):
        known, seen, played = _counts(training, rows, targets, played_on, width)
        hashes = np.concatenate([_hashes(part, width) for part in _chunks(examples.raw)])
        at = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
        found = known[at] == hashes
        sightings, moves = np.where(found, seen[at], 0), np.where(found, played[at], 0)
        share = (moves + _PRIOR * (share if width > 3 else 0.003)) / (sightings + _PRIOR)
    return np.asarray(share)


def _chunks(raw: np.ndarray, size: int = 4000) -> list[np.ndarray]:
    return [np.asarray(raw[first : first + size]) for first in range(0, len(raw), size)]


def _counts(
    training: Examples, rows: np.ndarray, targets: np.ndarray, played_on: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The patterns on empty points, how often each was seen, and how often the move was there."""
    hashes = np.concatenate(
        [_hashes(training.raw[part], width) for part in np.array_split(rows, len(rows) // 4000 + 1)]
    )
    empty = np.concatenate(
        [_allowed(training.raw[part]).reshape(len(part), -1) for part in np.array_split(rows, len(rows) // 4000 + 1)]
    )
    known, seen = np.unique(hashes[empty], return_counts=True)
    moves, counts = np.unique(hashes[played_on, targets[played_on]], return_counts=True)
    played = np.zeros(len(known))
    at = np.minimum(np.searchsorted(known, moves), len(known) - 1)
    played[at] = np.where(known[at] == moves, counts, 0)
    return known, seen, played


def _hashes(codes: np.ndarray, width: int) -> np.ndarray:
    """A number for what stands around each point, the same in all symmetries, int64 (N, H x W)."""
    stone = np.asarray(codes[..., 0])
    kinds = np.select([stone == EMPTY, stone == KO, stone == SUICIDE, stone <= MOST], [0, 1, 1, 2], 3)
    margin = width // 2
    around = np.pad(kinds, ((0, 0), (margin, margin), (margin, margin)), constant_values=4)
    keys = np.random.default_rng(width).integers(1, 2**62, (5, width * width))
    orders = permutations(width)
    height, columns = stone.shape[1:]
    sums = np.zeros((len(orders), len(stone), height, columns), np.int64)
    for place in range(width * width):
        row, column = divmod(place, width)
        part = around[:, row : row + height, column : column + columns]
        for number, order in enumerate(orders):
            sums[number] += keys[:, order[place]][part]
    return sums.min(axis=0).reshape(len(stone), -1)
