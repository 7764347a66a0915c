"""Made positions: golden examples of a version, and those that `bench` measures with."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.go import sgf
from suite.go.board import Board
from suite.go.config import SIZE
from suite.go.labels import labels
from suite.task import Examples

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata


def random_game(moves: int, seed: int, size: int = SIZE) -> Board:
    """The board after random moves that fill no own eyes."""
    board, chance = Board(size), random.Random(seed)
    for _ in range(moves):
        colour, points = board.to_move, chance.sample(range(size * size), size * size)
        allowed = (p for p in points if not board.is_own_eye(p, colour) and board.allows(p, colour))
        board.play(next(allowed, board.passing), colour)
    return board


def golden(about: Metadata, count: int = 6) -> np.ndarray:
    """Codes uint8 (count, 19, 19, 3) of random games, after 0, 40, 80, ... moves."""
    boards = [random_game(40 * number, number) for number in range(count)]
    return np.stack([board.codes(board.to_move) for board in boards])


def bench_examples(count: int) -> Examples:
    """Positions of random games, repeated."""
    board = random_game(150, 0)
    codes = np.repeat(board.codes(board.to_move)[None], count, axis=0)
    targets = np.random.default_rng(0).integers(0, SIZE * SIZE, count)
    return Examples(codes, targets, labels(SIZE), "made positions")


def bench_input(folder: str, file: Path) -> list[str]:
    """A random game of 100 moves."""
    board, path = random_game(100, 0), Path(folder) / "game.sgf"
    path.write_bytes(sgf.as_sgf([sgf.from_board(board)]))
    return [str(path)]
