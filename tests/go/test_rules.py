"""The rules and features are those of sgfmill's boards, and of a second count from the definitions."""

import numpy as np
import pytest
from sgfmill import boards

from suite.go import rules
from suite.go.board import Board
from suite.go.examples import random_game

SIZES = [(19, 300, 1), (9, 120, 2), (13, 200, 3), (5, 60, 4)]


def liberties(board: boards.Board, row: int, column: int) -> int:
    """By sgfmill's groups: the empty neighbours of a stone's group."""
    colour, seen, free, stack = board.get(row, column), set(), set(), [(row, column)]
    while stack:
        place = stack.pop()
        if place in seen:
            continue
        seen.add(place)
        for r, c in (
            (place[0] - 1, place[1]),
            (place[0] + 1, place[1]),
            (place[0], place[1] - 1),
            (place[0], place[1] + 1),
        ):
            if 0 <= r < board.side and 0 <= c < board.side:
                if board.get(r, c) is None:
                    free.add((r, c))
                elif board.get(r, c) == colour:
                    stack.append((r, c))
    return len(free)


def group(board: boards.Board, row: int, column: int) -> set[tuple[int, int]]:
    """The stones connected to a stone."""
    found, stack = set(), [(row, column)]
    while stack:
        r, c = stack.pop()
        if (r, c) in found or not (0 <= r < board.side and 0 <= c < board.side):
            continue
        if board.get(r, c) == board.get(row, column):
            found.add((r, c))
            stack += [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]
    return found


def check_codes(board: Board, other: boards.Board, ko: tuple[int, int] | None) -> None:
    """Stones, liberties, captures, liberties after a move and ko, each from sgfmill's board alone."""
    colour = board.to_move
    letter, codes = " bw"[colour], board.codes(colour)
    for row in range(board.size):
        for column in range(board.size):
            first, second, third = (int(code) for code in codes[row, column])
            stone = other.get(row, column)
            if stone:
                assert first == min(8, liberties(other, row, column)) + (0 if stone == letter else 8)
                continue
            after = other.copy()
            after.play(row, column, letter)
            if after.get(row, column) is None:  # sgfmill lets a group take its own life
                assert first == rules.SUICIDE
                continue
            assert first == (rules.KO if (row, column) == ko else 0)
            stones = len(other.list_occupied_points()) + 1 - len(after.list_occupied_points())
            assert second >> 4 == min(8, stones)
            assert third >> 4 == min(8, liberties(after, row, column))
            own = group(after, row, column)
            assert third & 15 == (min(8, len(own)) if liberties(after, row, column) == 1 else 0)


@pytest.mark.parametrize(("size", "moves", "seed"), SIZES)
def test_stones_liberties_captures_and_ko_are_those_of_sgfmill(size, moves, seed):
    played, board, other, ko = random_game(moves, seed, size).moves, Board(size), boards.Board(size), None
    for number, (point, colour) in enumerate(played):
        if number % 37 == 0 or number > len(played) - 4 or ko:
            check_codes(board, other, ko)
        captured = board.play(point, colour)
        ko = None
        if point != board.passing:
            before = len(other.list_occupied_points())
            ko = other.play(*divmod(point, size), " bw"[colour])
            assert captured == before + 1 - len(other.list_occupied_points())
        expected = [" bw".index(other.get(*divmod(p, size)) or " ") for p in range(size * size)]
        assert board.stones == expected


def test_ko_is_named_and_refused():
    # X at A2, B1, B3; O at C1, C3, D2; black plays C2, white takes it by B2.
    black, white = [9, 1, 19], [2, 20, 12]
    board = Board(9, [*((p, 1) for p in black), *((p, 2) for p in white)])
    board.play(11, 1)
    assert board.play(10, 2) == 1
    assert board.codes(1)[1, 2, 0] == rules.KO and not board.allows(11, 1)
    with pytest.raises(ValueError, match="ko"):
        board.play(11, 1)
    board.play(70, 1)
    board.play(71, 2)
    assert board.codes(1)[1, 2, 0] == 0 and board.play(11, 1) == 1


def test_the_age_of_the_last_moves():
    board = Board(9)
    for number, point in enumerate([0, 80, 4, 76, 40, 30, 50, 32, 48, 22]):
        board.play(point, 1 + number % 2)
    ages = board.codes(1)[..., 1].reshape(-1) & 15
    assert ages[22] == 1 and ages[48] == 2 and ages[4] == 8 and ages[80] == 0 and ages[0] == 0


def test_compiled_and_plain_rules_agree():
    from suite.go import positions

    board = random_game(250, 7)
    points, count = np.array(rules.points(19)), len(board.moves)
    work = rules.Work(*(np.array(part) for part in rules.work(19)))
    codes, played = np.zeros((count, 361, 3), np.uint8), np.zeros(21 * 21, np.int64)
    moves, colours = (np.array(column) for column in zip(*board.moves, strict=True))
    start = np.array(rules.empty_board(19))
    assert positions.compiled()(start, 21, points, moves, colours, work, codes, played) == count
    again = Board(19)
    for number, (point, colour) in enumerate(board.moves):
        np.testing.assert_array_equal(codes[number].reshape(19, 19, 3), again.codes(colour))
        again.play(point, colour)


def replay_plain(moves, colours, setup=()):
    codes, board = [[[0, 0, 0] for _ in range(81)] for _ in moves], rules.empty_board(9)
    for point, colour in setup:
        board[rules.points(9)[point]] = colour
    done = rules.replay(board, 11, rules.points(9), moves, colours, rules.work(9), codes, [0] * 121)
    return done, codes


def test_replay_keeps_ko_for_the_other_side_alone():
    setup = [*((p, 1) for p in (9, 1, 19)), *((p, 2) for p in (2, 20, 12))]
    assert replay_plain([11, 10, 11], [1, 2, 1], setup)[0] == 2  # taken back at once
    assert replay_plain([11, 10, 70, 71, 11], [1, 2, 1, 2, 1], setup)[0] == 5
    done, codes = replay_plain([11, 10, 70], [1, 2, 2], setup)
    assert done == 3 and codes[2][11][0] != rules.KO
    assert replay_plain([11, 10, 70], [1, 2, 1], setup)[1][2][11][0] == rules.KO


def test_replay_refuses_a_setup_stone_without_liberties():
    assert replay_plain([40], [1], [(0, 1), (1, 2), (9, 2)])[0] == 0


def test_replay_names_the_first_move_that_is_not_allowed():
    moves, colours = [0, 1, 0], [1, 2, 1]
    codes = [[[0, 0, 0] for _ in range(81)] for _ in moves]
    board, work = rules.empty_board(9), rules.work(9)
    assert rules.replay(board, 11, rules.points(9), moves, colours, work, codes, [0] * 121) == 2
