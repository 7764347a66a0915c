"""Superko, eyes, territory and dead stones."""

import numpy as np
import pytest

from suite.go.board import Board
from suite.go.examples import random_game
from suite.go.labels import labels, point
from tests.go.games import board_of
from tests.go.test_territory import LIVE


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
