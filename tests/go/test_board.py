"""Superko, eyes, territory and dead stones."""

import numpy as np
import pytest

from suite.go.board import Board
from suite.go.examples import random_game
from suite.go.labels import labels, point


def board_of(text: str) -> Board:
    """A board from rows, the top one first; X is black, O white."""
    rows = [row.split() for row in text.strip().splitlines()][::-1]
    size = len(rows)
    stones = [
        (r * size + c, " XO".index(sign)) for r, row in enumerate(rows) for c, sign in enumerate(row) if sign != "."
    ]
    return Board(size, stones)


LIVE = """
. X . X O . O . .
X X X X O O O O O
. . . . X O . . .
X X X X X O . O .
. . . . X O . . .
. O . . X O . . .
. . . . X O . X .
. . . . X O . . .
. . . . X O . . .
"""


def test_names_of_points():
    names = labels(19)
    assert (names[0], names[7], names[8], names[-2], names[-1]) == ("A1", "H1", "J1", "T19", "pass")
    assert [point(name, 19) for name in names] == list(range(362))
    for wrong in ("I5", "A0", "A20", "", "5", "AA1", "D²"):
        with pytest.raises(ValueError, match="no point"):
            point(wrong, 19)


def test_own_eyes():
    board = board_of(LIVE)
    assert board.is_own_eye(point("A9", 9), 1) and board.is_own_eye(point("C9", 9), 1)
    assert not board.is_own_eye(point("A9", 9), 2) and not board.is_own_eye(point("A7", 9), 1)
    false = board_of(". X O . .\nX O . . .\n. . . . .\n. . . . .\n. . . . .")
    assert not false.is_own_eye(point("A5", 5), 1)


def test_dead_stones_and_the_score_by_area():
    board = board_of(LIVE)
    dead = board.dead_stones(board.ownership(100))
    assert [labels(9)[p] for p in dead] == ["H3", "B4"]
    # Black has rows of five columns below row 7, and what stands above; white the rest.
    assert board.area(dead) == 4 + 4 + 5 * 7 - (5 + 5 + 4 * 7)


def test_no_position_comes_twice():
    # Sending two, returning one: the position before comes again, which simple ko does not forbid.
    board = board_of(". X O . .\nX X O . .\nO O O . .\n. . . . .\n. . . . .")
    board.play(board.passing, 1)
    board.play(point("A5", 5), 2) if board.allows(point("A5", 5), 2) else None
    seen = {bytes(board.stones)}
    chance = np.random.default_rng(0)
    for _ in range(300):
        moves = [p for p in range(25) if board.allows(p, board.to_move)]
        if not moves:
            board.play(board.passing, board.to_move)
            continue
        board.play(int(chance.choice(moves)), board.to_move)
        now = bytes(board.stones)
        assert now not in seen
        seen.add(now)


def test_undo_gives_the_position_before():
    board, before = random_game(60, 3), random_game(59, 3)
    board.undo()
    np.testing.assert_array_equal(board.codes(2), before.codes(2))
    assert board.moves == before.moves


def test_the_text_marks_the_last_move():
    board = Board(9)
    board.play(point("C3", 9), 1)
    text = board.text({point("D4", 9): "1"})
    assert "(X)" in text and "1" in text.splitlines()[-5] and text.splitlines()[1].startswith("  9")
