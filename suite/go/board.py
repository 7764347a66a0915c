"""A board on which a game is played move by move, in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from suite.errors import InputError
from suite.go import rules
from suite.go.labels import COLUMNS, labels
from suite.go.rules import BLACK, EDGE, EMPTY, WHITE

if TYPE_CHECKING:
    from suite.go.sgf import Game

SIGNS = ".XO"  # empty, black, white


class Board:
    """A position, with its ko and all positions before it.

    Points are numbers from 0, row by row from A1; size² passes.

    Args:
        size: Points along a side.
        setup: (point, colour) of stones that stand there from the start.
        first: The side that moves first; 0 for white after black's handicap stones, otherwise black.

    Raises:
        ValueError: A setup stone has no liberty.
    """

    def __init__(self, size: int, setup: Iterable[tuple[int, int]] = (), first: int = 0) -> None:
        self.size, self.passing, self.width = size, size * size, size + 2
        self.setup = tuple(setup)
        handicap = bool(self.setup) and all(colour == BLACK for _, colour in self.setup)
        self._first = first or (WHITE if handicap else BLACK)
        self.moves: list[tuple[int, int]] = []  # (point, colour)
        self.points = rules.points(size)
        self.work = rules.work(size)
        self._clear()
        rules.find_groups(self.flat, self.width, self.points, self.work)
        if not rules.all_have_liberties(self.flat, self.points, self.work):
            raise ValueError("a setup stone has no liberty")

    def _clear(self) -> None:
        self.moves, self._ko, self._played = [], 0, [0] * self.width**2
        self.flat = rules.empty_board(self.size)
        for point, colour in self.setup:
            self.flat[self.points[point]] = colour
        self._seen = {bytes(self.flat)}

    @property
    def stones(self) -> list[int]:
        """The colour on each point: 0 empty, 1 black, 2 white."""
        return [self.flat[place] for place in self.points]

    @property
    def to_move(self) -> int:
        """The side whose turn it is."""
        return 3 - self.moves[-1][1] if self.moves else self._first

    @property
    def is_over(self) -> bool:
        """Whether the last two moves were passes."""
        return len(self.moves) > 1 and self.moves[-1][0] == self.moves[-2][0] == self.passing

    def play(self, point: int, colour: int) -> int:
        """Plays a move, and returns the number of captured stones.

        Raises:
            ValueError: The point has a stone, may not be taken back (ko), or the move would be suicide.
        """
        if point == self.passing:
            self._ko = 0
            self.moves.append((point, colour))
            return 0
        place = self.points[point]
        if self.flat[place] != EMPTY:
            raise ValueError("the point is occupied")
        if self._is_ko(place, colour):
            raise ValueError("ko: immediate recapture")
        ko, captured = rules.play(self.flat, self.width, place, colour, self.work)
        if captured < 0:
            raise ValueError("suicide")
        self._ko = ko
        self.moves.append((point, colour))
        self._played[place] = len(self.moves)
        self._seen.add(bytes(self.flat))
        return captured

    def undo(self) -> None:
        """Takes the last move back.

        Raises:
            ValueError: There is none.
        """
        if not self.moves:
            raise ValueError("no move to take back")
        moves = self.moves[:-1]
        self._clear()
        for point, colour in moves:
            self.play(point, colour)

    def allows(self, point: int, colour: int) -> bool:
        """Whether a move is allowed and brings no position that was there before (positional superko)."""
        place = self.points[point]
        if self.flat[place] != EMPTY or self._is_ko(place, colour):
            return False
        after = self.flat.copy()
        _, captured = rules.play(after, self.width, place, colour, self.work)
        return captured >= 0 and bytes(after) not in self._seen

    def _is_ko(self, place: int, colour: int) -> bool:
        """Whether a side may not take back there what the other side has just taken."""
        return self._ko > 0 and place == self._ko and self.moves[-1][1] != colour

    def codes(self, colour: int) -> np.ndarray:
        """The codes of the position for a side, uint8 (N, N, 3), see `suite.go.rules`."""
        rows = [[0, 0, 0] for _ in self.points]
        ko = self._ko if self._is_ko(self._ko, colour) else 0
        turn = len(self.moves) + 1
        rules.encode(self.flat, self.width, self.points, colour, ko, self._played, turn, self.work, rows)
        return np.array(rows, np.uint8).reshape(self.size, self.size, 3)

    def is_own_eye(self, point: int, colour: int) -> bool:
        """Whether a point is a real eye of a side."""
        return is_eye(self.flat, self.width, self.points[point], colour)

    def neighbours(self, point: int) -> list[int]:
        """The points beside a point."""
        row, column = divmod(point, self.size)
        around = ((row - 1, column), (row, column - 1), (row, column + 1), (row + 1, column))
        return [r * self.size + c for r, c in around if 0 <= r < self.size and 0 <= c < self.size]

    def groups(self) -> list[list[int]]:
        """The points of each group of stones."""
        place_of = {place: point for point, place in enumerate(self.points)}
        groups, seen = [], set()
        for place in self.points:
            if self.flat[place] != EMPTY and place not in seen:
                count, _ = rules.find_group(self.flat, self.width, place, len(self.flat), self.work)
                seen |= set(self.work.members[:count])
                groups.append(sorted(place_of[member] for member in self.work.members[:count]))
        return groups

    def copy(self) -> Board:
        """The same position with the same past."""
        other = Board(self.size, self.setup, self._first)
        for point, colour in self.moves:
            other.play(point, colour)
        return other

    def area(self, dead: Iterable[int] = ()) -> int:
        """Black's points less white's by area, without komi: stones and the empty areas that they surround."""
        flat = self.flat.copy()
        for point in dead:
            flat[self.points[point]] = EMPTY
        found = owners(flat, self.points, self.width)
        return found.count(BLACK) - found.count(WHITE)

    def text(self, marks: Mapping[int, str] = {}) -> str:
        """The board as text, the first row on top; X is black, O is white, and marks stand on empty points."""
        head = "    " + " ".join(COLUMNS[: self.size])
        stones, last = self.stones, self.moves[-1][0] if self.moves else -1
        lines = [head]
        for row in reversed(range(self.size)):
            cells = ""
            for point in range(row * self.size, (row + 1) * self.size):
                sign = marks.get(point, SIGNS[stones[point]]) if not stones[point] else SIGNS[stones[point]]
                cells += (")" if point - 1 == last and point % self.size else "(" if point == last else " ") + sign
            end = ")" if last == (row + 1) * self.size - 1 else " "
            lines.append(f"{row + 1:3}{cells}{end}{row + 1}")
        return "\n".join([*lines, head])


def owners(flat: list[int], points: list[int], width: int) -> list[int]:
    """The side that each point counts for: its stone's, or the only side that its empty area touches; 0 for none."""
    known: dict[int, int] = {}
    for point in points:
        if flat[point] != EMPTY:
            known[point] = flat[point]
        elif point not in known:
            area, borders, stack = {point}, set(), [point]
            while stack:
                place = stack.pop()
                for near in (place - width, place - 1, place + 1, place + width):
                    if flat[near] == EMPTY and near not in area:
                        area.add(near)
                        stack.append(near)
                    elif flat[near] in (BLACK, WHITE):
                        borders.add(flat[near])
            known |= dict.fromkeys(area, borders.pop() if len(borders) == 1 else EMPTY)
    return [known[point] for point in points]


def is_eye(board: list[int], width: int, place: int, colour: int) -> bool:
    """Whether a place is a real eye of a side: its neighbours are that side's, and enough of the diagonals."""
    for near in (place - width, place - 1, place + 1, place + width):
        if board[near] != colour and board[near] != EDGE:
            return False
    diagonals = [board[place + step] for step in (-width - 1, 1 - width, width - 1, width + 1)]
    return diagonals.count(3 - colour) < (1 if EDGE in diagonals else 2)


def replayed(game: Game, count: int) -> Board:
    """The board after the first moves of a game.

    Raises:
        InputError: A setup stone has no liberty, or a move is not allowed.
    """
    try:
        board = Board(game.size, game.setup, game.to_move)
    except ValueError as error:
        raise InputError(f"{game.name}: {error}; give another game") from None
    for number, (point, colour) in enumerate(zip(game.moves[:count], game.colours, strict=False), start=1):
        try:
            board.play(point, colour)
        except ValueError as error:
            name = labels(game.size)[point]
            raise InputError(
                f"{game.name}: move {number}, {name}, is not allowed: {error}; use the moves before"
            ) from None
    return board
