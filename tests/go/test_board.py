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
    statuses = board.statuses()
    assert [labels(9)[p] for p in statuses["dead"]] == ["H3", "B4"] and not statuses["seki"]
    # Black has rows of five columns below row 7, and what stands above; white the rest.
    points = 4 + 4 + 5 * 7 - (5 + 5 + 4 * 7)
    assert board.area(statuses["dead"]) == points
    assert board.result(0.5) == f"B+{points - 0.5:g}" and board.result(7.5) == f"W+{7.5 - points:g}"
    assert board.result(0.5, handicap=2) == f"B+{points - 2.5:g}" and board.result(points) == "0"


SEKI = """
X X . O X . . . .
X X . O X . . . .
X X X O X . . . .
O O O X X . . . .
. . O X . . . . .
. . O X . . . . .
. . O X . . . . .
. . O X . . . . .
. . O X . . . . .
"""


def test_neither_side_of_a_seki_is_dead():
    """Whoever plays at C9 or C8 is captured there."""
    statuses = board_of(SEKI).statuses()
    assert not statuses["dead"] and {labels(9)[p] for p in statuses["seki"]} >= {"D9", "D8", "D7"}


def test_no_position_comes_twice():
    chance = np.random.default_rng(1)
    for _ in range(50):  # on 3x3 points positions come again soon, and not by ko alone
        board, seen = Board(3), set()
        for _ in range(60):
            moves = [p for p in range(9) if board.allows(p, board.to_move)]
            point = int(chance.choice(moves)) if moves else 9
            board.play(point, board.to_move)
            if point != 9:
                assert bytes(board.stones) not in seen
                seen.add(bytes(board.stones))


def test_a_stone_without_a_liberty_is_no_setup():
    with pytest.raises(ValueError, match="no liberty"):
        Board(9, [(0, 1), (1, 2), (9, 2)])


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
