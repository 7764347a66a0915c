"""Makes suite/go/gnugo.zip: games that GNU Go plays against itself from varied openings.

    python scripts/gnugo_games.py --games 320 --level 1 --processes 2

Each game begins with a few moves on the third to fifth lines, drawn at random with the game's seed, corners first, as
GNU Go alone plays few openings. GNU Go 3.8 is free software (GPL 3); its games are not covered by the licence.
"""

from __future__ import annotations

import argparse
import random
import zipfile
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
    return sgf.from_board(board, (f"GNU Go 3.8 level {level}",) * 2, KOMI, result)


def written(seed: int, level: int, folder: Path) -> Path:
    """The file of a game, which is played unless it is there."""
    path = folder / f"level{level}_{seed:04}.sgf"
    if not path.exists():
        write(path, sgf.as_sgf([play(seed, level)]))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--games", type=int, default=320)
    parser.add_argument("--level", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("build/gnugo"), help="for single games, to go on from")
    parser.add_argument("--output", type=Path, default=PLACE)
    given = parser.parse_args()
    with Pool(given.processes) as pool:
        games = pool.imap(partial(written, level=given.level, folder=given.folder), range(given.games))
        contents = []
        for path in games:
            contents.append(path.read_bytes())
            print(f"{path}: {len(contents)} of {given.games}", flush=True)
    with zipfile.ZipFile(given.output, "w") as archive:
        entry = zipfile.ZipInfo("gnugo.sgf", (2026, 1, 1, 0, 0, 0))  # the same games give the same bytes
        archive.writestr(entry, b"".join(contents), zipfile.ZIP_LZMA)
    print(f"{given.output}: {given.output.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
