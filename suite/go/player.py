"""A network as a player: the probabilities of the moves on a board, and the move that it chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from suite.errors import InputError
from suite.go import symmetries
from suite.go.board import Board
from suite.go.rules import EMPTY
from suite.go.territory import ownership

if TYPE_CHECKING:
    from suite.artefacts.runtime import Artefact

SETTLED = 0.9  # share of random games in which a point has one owner, from which on it is not worth a move
_PASSING = 0.02  # probability of passing from which on it is checked whether a move gains anything


@dataclass(frozen=True)
class Player:
    """A network that plays.

    Args:
        model: A Go player's run, SavedModel or .tflite.
        symmetries: Number of symmetries of the board, 1 to 8, whose outputs are averaged.

    Raises:
        InputError: There is no such number of symmetries.
    """

    model: Artefact
    symmetries: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.symmetries <= symmetries.COUNT:
            raise InputError(f"symmetries: {self.symmetries}: expected a whole number from 1 to {symmetries.COUNT}")

    def plays(self, size: int) -> bool:
        """Whether the model takes boards of this size; a .tflite takes its own alone."""
        height = next(iter(self.model.inputs.values()))[0]
        return 5 <= size <= 19 if height is None else size == height

    def probabilities(self, board: Board, colour: int) -> np.ndarray:
        """Probability of each point, and last of passing, to be the next move: float (N² + 1,); 0 if not allowed."""
        outputs = averaged(self.model, board.codes(colour)[None], self.symmetries)[0]
        stones = board.stones
        for point in np.flatnonzero(outputs[:-1]):
            if stones[point] != EMPTY or not board.allows(int(point), colour):
                outputs[point] = 0
        total = outputs.sum()
        return outputs / total if total else np.eye(len(outputs))[-1]

    def choose(self, board: Board, colour: int, chance: np.random.Generator | None = None) -> int:
        """The move that is played: the most probable one that fills no own eye, or a pass if none gains anything.

        Args:
            board: The position.
            colour: The side to move.
            chance: Draws one of the moves by their probabilities, sharpened, in place of the first.
        """
        shares = self.probabilities(board, colour)
        moves = shares[:-1] * [not board.is_own_eye(point, colour) for point in range(board.passing)]
        if not moves.any():
            return board.passing
        other_passed = bool(board.moves) and board.moves[-1] == (board.passing, 3 - colour)
        if other_passed or shares[-1] > _PASSING:
            codes = board.codes(colour).reshape(-1, 3)
            in_atari = (codes[:, 2] % 16 > 0) & (codes[:, 1] // 16 == 0)  # as a move in a seki would be
            moves *= (np.abs(ownership(board)) < SETTLED) & ~in_atari
            if not moves.any():
                return board.passing
        if chance is not None:
            weights = moves**3
            return int(chance.choice(len(moves), p=weights / weights.sum()))
        return int(moves.argmax())


def averaged(model: Artefact, codes: np.ndarray, count: int) -> np.ndarray:
    """Outputs of positions, averaged over the first symmetries of the board.

    Args:
        model: The network.
        codes: uint8 (B, N, N, 3).
        count: Number of symmetries, 1 to 8.

    Returns:
        float32 (B, N² + 1).
    """
    size = codes.shape[1]
    flat, total = codes.reshape(len(codes), -1, 3), np.zeros((len(codes), size * size + 1), np.float32)
    for order in symmetries.permutations(size)[:count]:
        outputs = model.predict(flat[:, order].reshape(codes.shape))
        total[:, order] += outputs[:, :-1]
        total[:, -1] += outputs[:, -1]
    return total / count
