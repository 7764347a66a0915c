"""Which stones are dead and whose each point is, at the end of a game.

The network plays the position on, and random games play the rest to the very end, where the owner of each point is
plain. Random games alone take many living groups for dead. Their rules are those of the first Monte Carlo programs
(Gelly et al. 2006, "Modification of UCT with Patterns in Monte-Carlo Go", section 3.2, without its patterns): capture
or save what the last move put in atari, otherwise a random move; none fills an own eye or puts its own group in atari.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from suite.go import rules
from suite.go.board import Board, is_eye, owners
from suite.go.rules import BLACK, EMPTY, WHITE

if TYPE_CHECKING:
    from suite.go.player import Player

UNSETTLED = 0.3  # mean ownership of a group up to which it is neither alive nor dead
PLAYED_ON = 100  # moves by the network
SACRIFICE = 4  # stones that it may put in atari itself


def result(board: Board, player: Player, komi: float, handicap: int = 0) -> str:
    """The score by area without dead stones, such as B+3.5; 0 if it is even.

    Args:
        board: The position at the end.
        player: Plays it on.
        komi: Points that white gets.
        handicap: Number of handicap stones, for each of which white gets a point, as under Chinese rules.
    """
    points = board.area(statuses(board, player)["dead"]) - komi - handicap
    return f"{'B' if points > 0 else 'W'}+{abs(points):g}" if points else "0"


def statuses(board: Board, player: Player) -> dict[str, list[int]]:
    """The points of the stones that are alive, dead, or neither (seki)."""
    found: dict[str, list[int]] = {"alive": [], "seki": [], "dead": []}
    owned, stones = ownership(_played_on(board, player)), board.stones
    for group in board.groups():
        kept = float(np.mean(owned[group])) * (1 if stones[group[0]] == BLACK else -1)
        found["dead" if kept < -UNSETTLED else "seki" if kept < UNSETTLED else "alive"] += group
    return {status: sorted(points) for status, points in found.items()}


def _played_on(board: Board, player: Player) -> Board:
    """The board after moves of the network for both sides, as in the random games no own eyes and no self-atari."""
    after = board.copy()
    for _ in range(PLAYED_ON):
        colour = after.to_move
        shares, codes = player.probabilities(after, colour)[:-1], after.codes(colour).reshape(-1, 3)
        shares = shares * ((codes[:, 2] % 16 <= SACRIFICE) | (codes[:, 1] // 16 > 0))
        order = (int(point) for point in np.argsort(-shares) if shares[point] > 0)
        after.play(next((point for point in order if not after.is_own_eye(point, colour)), after.passing), colour)
        if after.is_over:
            break
    return after


def ownership(board: Board, games: int = 48, seed: int = 0) -> np.ndarray:
    """Expected owner of each point, float (N²,): 1 black, -1 white; the mean over random games to the end."""
    total, chance = np.zeros(board.passing), random.Random(seed)
    sign = np.zeros(3)
    sign[BLACK], sign[WHITE] = 1, -1
    for number in range(games):
        game = _RandomGame(board, BLACK if number % 2 else WHITE, chance)
        game.play()
        total += sign[owners(game.flat, board.points, board.width)]
    return total / games


class _RandomGame:
    """A game of random moves from a position to the end."""

    def __init__(self, board: Board, colour: int, chance: random.Random) -> None:
        self.flat, self.points, self.width, self.work = board.flat.copy(), board.points, board.width, board.work
        self.colour, self.chance, self.ko, self.last = colour, chance, 0, 0
        self.empty = [place for place in self.points if self.flat[place] == EMPTY]

    def play(self) -> None:
        passes = 0
        for _ in range(3 * len(self.points)):
            played = self._urgent() or self._random()
            passes, self.last = (0, played) if played else (passes + 1, 0)
            if passes == 2:
                return
            if not played:
                self.ko = 0
            self.colour = 3 - self.colour

    def _urgent(self) -> int:
        """A move that captures the last stone's group, or saves a group beside it from atari; 0 for none."""
        if not self.last or self.flat[self.last] != 3 - self.colour:
            return 0
        beside = [self.last + step for step in (-self.width, -1, 1, self.width)]
        for place in (self.last, *(place for place in beside if self.flat[place] == self.colour)):
            liberty = self._only_liberty(place)
            if liberty and self._try(liberty):
                return liberty
        return 0

    def _random(self) -> int:
        """A random move that fills no own eye; 0 for none."""
        left = len(self.empty)
        while left:
            choice = self.chance.randrange(left)
            left -= 1
            place = self.empty[choice]
            self.empty[choice], self.empty[left] = self.empty[left], place
            if not is_eye(self.flat, self.width, place, self.colour) and self._try(place):
                return place
        return 0

    def _try(self, place: int) -> bool:
        """Plays a move, unless it is not allowed or puts its own group in atari without capturing."""
        if place == self.ko:
            return False
        ko, captured = rules.play(self.flat, self.width, place, self.colour, self.work)
        if captured == 0 and rules.find_group(self.flat, self.width, place, 2, self.work)[1] < 2:
            self.flat[place] = EMPTY
            return False
        if captured < 0:
            return False
        self.ko = ko
        if captured:
            self.empty = [place for place in self.points if self.flat[place] == EMPTY]
        else:
            self.empty.remove(place)
        return True

    def _only_liberty(self, place: int) -> int:
        """The liberty of a group in atari; 0 for another group."""
        count, liberties = rules.find_group(self.flat, self.width, place, 2, self.work)
        if liberties != 1:
            return 0
        around = (self.work.members[i] + step for i in range(count) for step in (-self.width, -1, 1, self.width))
        return next(near for near in around if self.flat[near] == EMPTY)
