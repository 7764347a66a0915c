"""The rules of Go, and the features of a position that a network reads.

A board of N x N points is a flat sequence of (N + 2)² values with a margin: a point in row r and column c, both from 0
at A1, lies at (r + 1)(N + 2) + c + 1, see `points`. The functions use integers, loops and indexing alone, so that Numba
compiles them as they are where whole archives are replayed (`suite.go.positions`), while `gtp` and `predict` run them
without it.

The features are those of Clark and Storkey 2015 ("Training Deep Convolutional Neural Networks to Play Go"), Maddison et
al. 2014 ("Move Evaluation in Go Using Deep Convolutional Neural Networks") and AlphaGo (Silver et al. 2016, extended
data table 2) that need no search: stones, liberties, captures, liberties after the move, self-atari, the age of the
last moves, ko. A point has three bytes, its codes, which the model's first layer expands to planes (`suite.go.planes`):

    0  0 empty, 1..8 own stone by liberties, 9..16 other's stone by liberties, 17 ko, 18 suicide
    1  16 x stones captured by a move here (0..8), plus the age of the stone or of the last move here (0 none, 1..8)
    2  16 x liberties of the stone after a move here (0..8), plus stones put in atari by it themselves (0..8)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

EMPTY, BLACK, WHITE, EDGE = 0, 1, 2, 3
KO, SUICIDE = 17, 18  # codes of points where a move is not allowed
MOST = 8  # liberties, stones and moves are counted up to this


class Work(NamedTuple):
    """Scratch memory of the functions, each a sequence of (N + 2)² integers, with `stamp` of one.

    Arrays of int64 for Numba, lists for Python.
    """

    mark: Any  # the stamp of the search that last came by a point
    stamp: Any
    stack: Any
    members: Any  # the points of the group that was found last
    liberties: Any  # of the group of each stone
    group: Any  # number of the group of each stone
    size: Any  # number of stones by number of the group


def work(size: int) -> Work:
    """Scratch memory for a board of this size, as lists."""
    return Work(*([0] * (1 if name == "stamp" else (size + 2) ** 2) for name in Work._fields))


def points(size: int) -> list[int]:
    """Places of the points of a board, row by row from A1."""
    return [(row + 1) * (size + 2) + column + 1 for row in range(size) for column in range(size)]


def empty_board(size: int) -> list[int]:
    """A board without stones."""
    board = [EDGE] * (size + 2) ** 2
    for point in points(size):
        board[point] = EMPTY
    return board


def find_group(board: Any, width: int, point: int, enough: int, work: Work) -> tuple[int, int]:
    """The stones connected to a stone, into work.members.

    Args:
        board: The board.
        width: N + 2.
        point: A stone's place.
        enough: Number of liberties at which the search ends, with some of the stones.
        work: Scratch memory.

    Returns:
        Number of stones, and of their liberties.
    """
    mark, stack, members = work.mark, work.stack, work.members
    work.stamp[0] += 1
    stamp, colour = work.stamp[0], board[point]
    count, liberties, top = 0, 0, 1
    stack[0] = point
    mark[point] = stamp
    while top > 0:
        top -= 1
        place = stack[top]
        members[count] = place
        count += 1
        for step in (-width, -1, 1, width):
            near = place + step
            if mark[near] == stamp:
                continue
            if board[near] == EMPTY:
                mark[near] = stamp
                liberties += 1
                if liberties == enough:
                    return count, liberties
            elif board[near] == colour:
                mark[near] = stamp
                stack[top] = near
                top += 1
    return count, liberties


def play(board: Any, width: int, point: int, colour: int, work: Work) -> tuple[int, int]:
    """Puts a stone on an empty point and removes what it captures.

    Returns:
        The point that the other side may not take back at once (0 for none), and the number of captured stones; -1 for
        a suicide, after which the board is as before.
    """
    board[point] = colour
    captured, last = 0, 0
    for step in (-width, -1, 1, width):
        near = point + step
        if board[near] == 3 - colour:
            count, liberties = find_group(board, width, near, 1, work)
            if liberties == 0:
                for i in range(count):
                    board[work.members[i]] = EMPTY
                captured += count
                last = near
    count, liberties = find_group(board, width, point, 2 if captured == 1 else 1, work)
    if liberties == 0:
        board[point] = EMPTY
        return 0, -1
    if captured == 1 and count == 1 and liberties == 1:
        return last, captured
    return 0, captured


def find_groups(board: Any, width: int, points: Any, work: Work) -> None:
    """The liberties and the number of each stone's group, into work.liberties, work.group and work.size."""
    groups = 0
    for point in points:
        work.liberties[point] = 0
    for point in points:
        if board[point] != EMPTY and work.liberties[point] == 0:
            count, liberties = find_group(board, width, point, len(board), work)
            for i in range(count):
                work.liberties[work.members[i]] = liberties
                work.group[work.members[i]] = groups
            work.size[groups] = count
            groups += 1


def all_have_liberties(board: Any, points: Any, work: Work) -> bool:
    """Whether every stone has a liberty, as the rules have it; after `find_groups`."""
    for point in points:  # noqa: SIM110 - Numba compiles no all()
        if board[point] != EMPTY and work.liberties[point] == 0:
            return False
    return True


def captured_by(board: Any, width: int, point: int, colour: int, work: Work) -> int:
    """Number of stones that a move on an empty point captures; after `find_groups`."""
    captured, first, second, third = 0, -1, -1, -1
    for step in (-width, -1, 1, width):
        near = point + step
        if board[near] == 3 - colour and work.liberties[near] == 1:
            group = work.group[near]
            if group != first and group != second and group != third:
                captured += work.size[group]
                first, second, third = group, first, second
    return captured


def after_move(board: Any, width: int, point: int, colour: int, work: Work) -> tuple[int, int]:
    """Stones and liberties of the group that a move on an empty point makes; after `find_groups`."""
    mark, stack = work.mark, work.stack
    work.stamp[0] += 1
    stamp = work.stamp[0]
    mark[point] = stamp
    stack[0] = point
    # The groups that it captures, at most four, become liberties.
    taken = (-1, -1, -1, -1)
    for step in (-width, -1, 1, width):
        near = point + step
        if board[near] == 3 - colour and work.liberties[near] == 1:
            taken = (work.group[near], taken[0], taken[1], taken[2])
    count, liberties, top = 0, 0, 1
    while top > 0:
        top -= 1
        place = stack[top]
        count += 1
        for step in (-width, -1, 1, width):
            near = place + step
            if mark[near] == stamp:
                continue
            if board[near] == EMPTY:
                mark[near] = stamp
                liberties += 1
            elif board[near] == colour:
                mark[near] = stamp
                stack[top] = near
                top += 1
            elif board[near] == 3 - colour and work.liberties[near] == 1:
                group = work.group[near]
                if group == taken[0] or group == taken[1] or group == taken[2] or group == taken[3]:
                    mark[near] = stamp
                    liberties += 1
    return count, liberties


def encode(
    board: Any, width: int, points: Any, colour: int, ko: int, played: Any, turn: int, work: Work, codes: Any
) -> None:
    """The codes of a position for the side to move.

    Args:
        board: The board.
        width: N + 2.
        points: The places of its points, row by row.
        colour: The side to move.
        ko: The point that it may not take back; 0 for none.
        played: The turn, from 1, of the last move on each place; 0 for none.
        turn: The turn of the move that is to be found.
        work: Scratch memory.
        codes: Written: N² rows of three codes.
    """
    find_groups(board, width, points, work)
    for i in range(len(points)):
        point = points[i]
        age = turn - played[point]
        if played[point] == 0 or age > MOST:
            age = 0
        stone = board[point]
        row = codes[i]
        if stone != EMPTY:
            row[0] = min(work.liberties[point], MOST) + (0 if stone == colour else MOST)
            row[1] = age
            row[2] = 0
        else:
            captured = captured_by(board, width, point, colour, work)
            count, liberties = after_move(board, width, point, colour, work)
            row[0] = KO if point == ko else (SUICIDE if liberties == 0 else EMPTY)
            row[1] = 16 * min(captured, MOST) + age
            row[2] = 16 * min(liberties, MOST) + (min(count, MOST) if liberties == 1 else 0)


def replay(board: Any, width: int, points: Any, moves: Any, colours: Any, work: Work, codes: Any, played: Any) -> int:
    """The codes of the position before each move of a game.

    Args:
        board: The board with the setup stones; changed.
        width: N + 2.
        points: The places of its points.
        moves: T moves, each the number of a point, or the number of points for a pass.
        colours: Their colours.
        work: Scratch memory.
        codes: Written: (T, N², 3).
        played: (N + 2)² zeros; changed.

    Returns:
        Number of the first move that is not allowed, from 0, which is 0 too if a setup stone has no liberty; T if all
        moves are.
    """
    ko = 0
    for turn in range(len(moves)):
        if turn > 0 and colours[turn] == colours[turn - 1]:
            ko = 0  # it holds for the other side alone
        encode(board, width, points, colours[turn], ko, played, turn + 1, work, codes[turn])
        if turn == 0 and not all_have_liberties(board, points, work):
            return 0
        taken, ko = ko, 0
        if moves[turn] == len(points):
            continue
        point = points[moves[turn]]
        if board[point] != EMPTY or point == taken:
            return turn
        ko, captured = play(board, width, point, colours[turn], work)
        if captured < 0:
            return turn
        played[point] = turn + 1
    return len(moves)


FUNCTIONS: Sequence[Any] = (
    find_group,
    play,
    find_groups,
    all_have_liberties,
    captured_by,
    after_move,
    encode,
)  # that `replay` calls
