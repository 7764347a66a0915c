"""Games that the tests make themselves: random ones, and SGF files of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from suite.go import sgf
from suite.go.board import Board
from suite.go.examples import random_game


def game(board: Board, name: str = "", date: str = "", players: tuple[str, str] = ("Ann", "Ben")) -> sgf.Game:
    """The moves on a board as a game."""
    return replace(sgf.from_board(board, players, 6.5, "B+2.5", date), name=name)


def write(path: Path, *games: sgf.Game) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sgf.as_sgf(games))
    return path


def folder(path: Path, count: int = 20, moves: int = 40) -> Path:
    """A folder of random games, one a day from 2020-01-01."""
    for number in range(count):
        date = f"2020-01-{number + 1:02}"
        write(path / f"{number:03}.sgf", game(random_game(moves, number), date=date))
    return path


def board_of(text: str) -> Board:
    """A board from rows, the top one first; X is black, O white."""
    rows = [row.split() for row in text.strip().splitlines()][::-1]
    size = len(rows)
    stones = [
        (r * size + c, " XO".index(sign)) for r, row in enumerate(rows) for c, sign in enumerate(row) if sign != "."
    ]
    return Board(size, stones)
