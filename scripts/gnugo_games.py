"""Makes suite/go/gnugo.zip: games that GNU Go plays against itself from varied openings.

    python scripts/gnugo_games.py --games 320 --level 1 --processes 2

Each game begins with a few moves on the third to fifth lines, drawn at random with the game's seed, corners first, as
GNU Go alone plays few openings. GNU Go 3.8 is free software (GPL 3); its games are not covered by the licence.
"""

from __future__ import annotations

import argparse
import io
import random
import zipfile
from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path

from suite.files import write
from suite.go import sgf
from suite.go.board import Board
from suite.go.config import SIZE
from suite.go.gtp import KOMI
from suite.go.labels import NAMES, labels, point
from suite.go.match import Program

PLACE = Path(__file__).parent.parent / "suite" / "go" / "gnugo.zip"
DATE = "2026-11-27"  # of all games: the order of their numbers splits them
OPENING = 8  # random moves at most, of which the first four are in the four corners
MOST_MOVES = 500


def opening(chance: random.Random) -> list[int]:
    """Random moves: one in each corner, then some at the sides."""
    near, far = (2, 3, 3, 4), (14, 15, 15, 16)
    quarters = [(rows, columns) for rows in (near, far) for columns in (near, far)]
    chance.shuffle(quarters)
    corners = [SIZE * chance.choice(rows) + chance.choice(columns) for rows, columns in quarters]
    sides = [chance.choice((2, 3, 15, 16)) for _ in range(OPENING - 4)]
    others = [chance.randrange(6, 13) for _ in sides]
    pairs = [(a, b) if chance.random() < 0.5 else (b, a) for a, b in zip(sides, others, strict=True)]
    points = [*corners, *(SIZE * row + column for row, column in pairs)]
    return list(dict.fromkeys(points))[: chance.randrange(2, OPENING + 1)]


def play(seed: int, level: int) -> sgf.Game:
    """One game."""
    names, board, first = labels(SIZE), Board(SIZE), opening(random.Random(seed))
    command = f"gnugo --mode gtp --chinese-rules --level {level} --seed {seed + 1} --never-resign"
    with Program(command) as program:
        for line in (f"boardsize {SIZE}", "clear_board", f"komi {KOMI}"):
            program.ask(line)
        while not board.is_over and len(board.moves) < MOST_MOVES:
            colour, number = board.to_move, len(board.moves)
            if number < len(first):
                move = first[number]
                program.ask(f"play {NAMES[colour]} {names[move]}")
            else:
                move = point(program.ask(f"genmove {NAMES[colour]}"), SIZE)
            board.play(move, colour)
        result = program.ask("final_score")
    return sgf.from_board(board, (f"GNU Go 3.8 level {level}",) * 2, KOMI, result, DATE)


def stored(path: Path) -> list[sgf.Game]:
    """The games that are there already."""
    if not path.exists():
        return []
    ((name, content),) = sgf.contents(path)
    assert isinstance(content, bytes)
    return [game for game in sgf.parse(content, name) if isinstance(game, sgf.Game)]


def store(games: Sequence[sgf.Game], path: Path) -> None:
    """Writes the games; the same games give the same bytes."""
    content, entry = io.BytesIO(), zipfile.ZipInfo("gnugo.sgf", (2026, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(entry, sgf.as_sgf(games), zipfile.ZIP_LZMA)
    write(path, content.getvalue())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--games", type=int, default=320)
    parser.add_argument("--level", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--output", type=Path, default=PLACE, help="goes on from the games that are there")
    given = parser.parse_args()
    games = stored(given.output)
    with Pool(given.processes) as pool:
        for game in pool.imap(partial(play, level=given.level), range(len(games), given.games)):
            games.append(game)
            print(f"{len(games)} of {given.games}: {len(game.moves)} moves, {game.result}", flush=True)
            if len(games) % 10 == 0 or len(games) == given.games:
                store(games, given.output)
    print(f"{given.output}: {given.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
