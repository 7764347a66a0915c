"""Positions as a canvas of `suite.interpret`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import binary_dilation

from suite.artefacts.metadata import Metadata
from suite.errors import InputError
from suite.go import picture, sgf
from suite.go.board import Board, replayed
from suite.go.config import SIZE, DataConfig
from suite.go.rules import BLACK, EMPTY, KO, MOST, SUICIDE, WHITE
from suite.interpret.canvases import Canvas
from suite.task import Examples

CELL = 24  # pixels from line to line


def canvas(about: Metadata) -> Canvas:
    """The points of a board; one that is taken out has no stone, and its neighbours' liberties are counted anew."""
    return Canvas(
        inputs="game",
        read=read,
        grid=lambda codes: codes.shape[:2],
        masked=masked,
        window=(3, 3),
        features=lambda model: model.get_layer("planes"),
        picture=shown,
        upright=_upright,
        around=around,
        examples=examples,
    )


def read(file: str) -> np.ndarray:
    """The codes of the position at the end of a game, for the side to move.

    Raises:
        InputError: It cannot be read, or has a move that is not allowed.
    """
    game = sgf.read(file)
    if game.size != SIZE:
        raise InputError(f"{file}: a board of {game.size}x{game.size}; give a game on {SIZE}x{SIZE}")
    board = replayed(game, len(game.moves))
    return board.codes(board.to_move)


def stones(codes: np.ndarray) -> np.ndarray:
    """The colour on each point (H, W), where the side to move is black."""
    first = codes[..., 0]
    occupied = (first != EMPTY) & (first != KO) & (first != SUICIDE)
    return np.where(occupied, np.where(first <= MOST, BLACK, WHITE), EMPTY)


def masked(codes: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Codes (M, H, W, 3) without the stones where the masks (M, H, W) are zero; ages of the others stay."""
    size, ages = codes.shape[0], codes[..., 1] & 15
    ko = binary_dilation(codes[..., 0] == KO)  # the point and its neighbours
    positions = []
    for mask in masks:
        left = (stones(codes) * (mask > 0)).reshape(-1)
        board = Board(size, [(int(point), int(left[point])) for point in np.flatnonzero(left)])
        position = board.codes(BLACK)
        position[..., 1] |= np.where(mask > 0, ages, 0).astype(np.uint8)
        if (mask[ko] > 0).all():
            position[..., 0] = np.where(codes[..., 0] == KO, KO, position[..., 0])
        positions.append(position)
    return np.stack(positions)


def shown(codes: np.ndarray, marks: Mapping[int, str] = {}) -> np.ndarray:
    """The board as a picture (H, W, 3) in 0..255: the side to move is black, the last move has a ring."""
    last, size = np.flatnonzero((codes[..., 1] & 15) == 1), codes.shape[0]
    colours, ring = stones(codes).reshape(-1).tolist(), int(last[0]) if len(last) else None
    return np.asarray(picture.draw(colours, size, marks, ring, CELL, names=False), np.float32)


def around(codes: np.ndarray, place: tuple[int, ...], count: int) -> np.ndarray:
    """The picture of so many points along each axis around a place, which has a cross; grey beyond the board."""
    size, half = codes.shape[0], count * CELL // 2
    mark = {place[0] * size + place[1]: "+"} if not stones(codes)[place] else {}
    board = np.pad(shown(codes, mark), ((half, half), (half, half), (0, 0)), constant_values=128)
    middle = [half + CELL + CELL * step for step in (size - 1 - place[0], place[1])]
    row, column = (at - half for at in middle)
    return board[row : row + 2 * half, column : column + 2 * half]


def _upright(values: np.ndarray) -> np.ndarray:
    """A map (H, W) of the points as it lies on the picture."""
    spread = np.repeat(np.repeat(values[::-1], CELL, axis=0), CELL, axis=1)
    return np.pad(spread, CELL // 2)


def examples(count: int) -> Examples:
    """Positions of GNU Go's games, which come with the package."""
    from suite.go import data

    return data.load(DataConfig(), "train", None, count)
