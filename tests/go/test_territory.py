"""Dead stones, seki and the score."""

import numpy as np
import pytest

from suite.artefacts import runtime
from suite.go import territory
from suite.go.board import Board
from suite.go.labels import labels
from suite.go.player import Player
from tests.go.games import board_of


@pytest.fixture(scope="module")
def player(go):
    return Player(runtime.load(go.run))


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


def test_the_owner_of_each_point():
    owned = territory.ownership(board_of(LIVE)).reshape(9, 9)
    assert (owned[:, :4] > 0.3).all() and (owned[:, 5:] < -0.3).all()
    np.testing.assert_array_equal(territory.ownership(Board(5), 8, seed=3), territory.ownership(Board(5), 8, seed=3))


def test_dead_stones_and_the_score_by_area(player):
    board = board_of(LIVE)
    statuses = territory.statuses(board, player)
    assert [labels(9)[p] for p in statuses["dead"]] == ["H3", "B4"] and not statuses["seki"]
    # Black has rows of five columns below row 7, and what stands above; white the rest.
    points = 4 + 4 + 5 * 7 - (5 + 5 + 4 * 7)
    assert board.area(statuses["dead"]) == points
    assert (
        territory.result(board, player, 0.5) == f"B+{points - 0.5:g}"
        and territory.result(board, player, 7.5) == f"W+{7.5 - points:g}"
    )
    assert (
        territory.result(board, player, 0.5, handicap=2) == f"B+{points - 2.5:g}"
        and territory.result(board, player, points) == "0"
    )


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


class Passing:
    """A player that always passes, so that the random games have the word."""

    def probabilities(self, board, colour):
        return np.eye(board.passing + 1)[-1]


def test_random_games_leave_a_seki_alone():
    """Whoever plays at C9 or C8 is captured there."""
    assert not territory.statuses(board_of(SEKI), Passing())["dead"]
