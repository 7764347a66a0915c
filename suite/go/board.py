"""A board on which a game is played move by move, in plain Python."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import numpy as np

from suite.go import rules
from suite.go.labels import COLUMNS
from suite.go.rules import BLACK, EDGE, EMPTY, WHITE

SIGNS = ".XO"  # empty, black, white


class Board:
    """The stones, whose stones may not be taken back, and all positions that were.

    Points are numbers from 0, row by row from A1; size² passes.

    Args:
        size: Points along a side.
        setup: (point, colour) of stones that stand there from the start.
    """

    def __init__(self, size: int, setup: Iterable[tuple[int, int]] = ()) -> None:
        self.size, self.passing, self.width = size, size * size, size + 2
        self.setup = tuple(setup)
        self.moves: list[tuple[int, int]] = []  # (point, colour)
        self._points = rules.points(size)
        self._work = rules.work(size)
        self._clear()

    def _clear(self) -> None:
        self.moves, self._ko, self._played = [], 0, [0] * self.width**2
        self._board = rules.empty_board(self.size)
        for point, colour in self.setup:
            self._board[self._points[point]] = colour
        self._seen = {bytes(self._board)}

    @property
    def stones(self) -> list[int]:
        """The colour on each point: 0 empty, 1 black, 2 white."""
        return [self._board[place] for place in self._points]

    @property
    def to_move(self) -> int:
        """The side whose turn it is: white after black's move or handicap stones, otherwise black."""
        if self.moves:
            return 3 - self.moves[-1][1]
        return WHITE if self.setup and all(colour == BLACK for _, colour in self.setup) else BLACK

    def play(self, point: int, colour: int) -> int:
        """Plays a move, and returns the number of captured stones.

        Raises:
            ValueError: The point has a stone, may not be taken back (ko), or the move would be suicide.
        """
        if point == self.passing:
            self._ko = 0
            self.moves.append((point, colour))
            return 0
        place = self._points[point]
        if self._board[place] != EMPTY:
            raise ValueError("there is a stone")
        if self._is_ko(place, colour):
            raise ValueError("ko: it may not be taken back at once")
        ko, captured = rules.play(self._board, self.width, place, colour, self._work)
        if captured < 0:
            raise ValueError("suicide")
        self._ko = ko
        self.moves.append((point, colour))
        self._played[place] = len(self.moves)
        self._seen.add(bytes(self._board))
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
        place = self._points[point]
        if self._board[place] != EMPTY or self._is_ko(place, colour):
            return False
        after = self._board.copy()
        _, captured = rules.play(after, self.width, place, colour, self._work)
        return captured >= 0 and bytes(after) not in self._seen

    def _is_ko(self, place: int, colour: int) -> bool:
        """Whether a side may not take back there what the other side has just taken."""
        return self._ko > 0 and place == self._ko and self.moves[-1][1] != colour

    def codes(self, colour: int) -> np.ndarray:
        """The codes of the position for a side, uint8 (N, N, 3), see `suite.go.rules`."""
        rows = [[0, 0, 0] for _ in self._points]
        ko = self._ko if self._is_ko(self._ko, colour) else 0
        turn = len(self.moves) + 1
        rules.encode(self._board, self.width, self._points, colour, ko, self._played, turn, self._work, rows)
        return np.array(rows, np.uint8).reshape(self.size, self.size, 3)

    def is_own_eye(self, point: int, colour: int) -> bool:
        """Whether a point is a real eye of a side: its neighbours are that side's, and enough of the diagonals."""
        return _is_eye(self._board, self.width, self._points[point], colour)

    def ownership(self, playouts: int = 64, seed: int = 0) -> np.ndarray:
        """Whose each point is at the end, float (N²,): 1 black's, -1 white's; the mean over random games to the end."""
        total, chance = np.zeros(self.passing), random.Random(seed)
        for number in range(playouts):
            board = self._board.copy()
            self._play_out(board, BLACK if number % 2 else WHITE, chance)
            total += [{BLACK: 1, WHITE: -1}.get(owner, 0) for owner in self._owners(board)]
        return total / max(playouts, 1)

    def _play_out(self, board: list[int], colour: int, chance: random.Random) -> None:
        """Random moves that fill no own eye, until neither side has one; changes the board."""
        empty = [place for place in self._points if board[place] == EMPTY]
        passes, ko, left = 0, 0, 3 * self.passing
        while passes < 2 and left:
            left -= 1
            start, played = len(empty), False
            while start:
                choice = chance.randrange(start)
                start -= 1
                place = empty[choice]
                empty[choice], empty[start] = empty[start], place
                if place == ko or _is_eye(board, self.width, place, colour):
                    continue
                ko_next, captured = rules.play(board, self.width, place, colour, self._work)
                if captured < 0:
                    continue
                ko, played = ko_next, True
                empty.pop(start)
                if captured:
                    empty = [place for place in self._points if board[place] == EMPTY]
                break
            if not played:
                ko = 0
            passes, colour = (0 if played else passes + 1), 3 - colour

    def _owners(self, board: list[int]) -> Iterator[int]:
        """The side that each point counts for: its stone's, or the only side that the empty area touches."""
        known: dict[int, int] = {}
        for point in self._points:
            if board[point] != EMPTY:
                known[point] = board[point]
            elif point not in known:
                area, borders, stack = {point}, set(), [point]
                while stack:
                    place = stack.pop()
                    for near in (place - self.width, place - 1, place + 1, place + self.width):
                        if board[near] == EMPTY and near not in area:
                            area.add(near)
                            stack.append(near)
                        elif board[near] in (BLACK, WHITE):
                            borders.add(board[near])
                known |= dict.fromkeys(area, borders.pop() if len(borders) == 1 else EMPTY)
        return (known[point] for point in self._points)

    def dead_stones(self, ownership: np.ndarray) -> list[int]:
        """The points whose stones belong, by their ownership, to the other side; whole groups."""
        dead, work = [], self._work
        place_of = {place: point for point, place in enumerate(self._points)}
        seen: set[int] = set()
        for place in self._points:
            if self._board[place] == EMPTY or place in seen:
                continue
            count, _ = rules.find_group(self._board, self.width, place, len(self._board), work)
            group = work.members[:count]
            seen |= set(group)
            sign = 1 if self._board[place] == BLACK else -1
            if sign * np.mean([ownership[place_of[member]] for member in group]) < 0:
                dead += [place_of[member] for member in group]
        return sorted(dead)

    def area(self, dead: Iterable[int] = ()) -> int:
        """Black's points less white's by area, without komi: stones and the empty areas that they surround."""
        board = self._board.copy()
        for point in dead:
            board[self._points[point]] = EMPTY
        owners = list(self._owners(board))
        return owners.count(BLACK) - owners.count(WHITE)

    def text(self, marks: dict[int, str] = {}) -> str:  # noqa: B006 - never changed
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


def _is_eye(board: list[int], width: int, place: int, colour: int) -> bool:
    for near in (place - width, place - 1, place + 1, place + width):
        if board[near] != colour and board[near] != EDGE:
            return False
    diagonals = [board[place + step] for step in (-width - 1, 1 - width, width - 1, width + 1)]
    return diagonals.count(3 - colour) < (1 if EDGE in diagonals else 2)
