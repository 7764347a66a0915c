"""All positions of a source of games, decoded once into the cache and mapped from there.

A position takes 3 bytes a point, see `suite.go.rules`: 1.1 kB, and a year of a server's games some gigabytes. They are
mapped, not read: a training's memory holds only what it uses.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np

from suite.console.log import LOG
from suite.console.progress import progress
from suite.data import cache
from suite.errors import InputError
from suite.go import rules, sgf
from suite.go.config import SIZE, DataConfig

GNUGO = Path(__file__).with_name("gnugo.zip")  # made by scripts/gnugo_games.py
PROGRAMS = Path(__file__).with_name("programs.txt")
MOST_BROKEN = 0.1  # share of the games that may be broken
POINTS = SIZE * SIZE
PASS = POINTS  # a move's number
_FORMAT = 1  # changes with what the cache holds


@dataclass(frozen=True)
class Positions:
    """The positions of G games in the order of their dates, P in all.

    Args:
        codes: uint8 (P, N², 3), the codes of each position for the side to move.
        moves: int16 (P,), the move that was played: a point, or N² for a pass.
        starts: int64 (G + 1,), the first position of each game, and P.
    """

    codes: np.ndarray
    moves: np.ndarray
    starts: np.ndarray

    def rows(self, split: str) -> slice:
        """The positions of a split: of the last 5 % of the games test, of the 5 % before them validation."""
        games = len(self.starts) - 1
        held_out = max(1, games // 20)
        first, last = {
            "train": (0, games - 2 * held_out),
            "validation": (games - 2 * held_out, games - held_out),
            "test": (games - held_out, games),
        }[split]
        return slice(int(self.starts[first]), int(self.starts[last]))

    def numbers(self, rows: slice) -> np.ndarray:
        """Number of the move within its game, from 0, of each of the rows."""
        positions = np.arange(rows.start, rows.stop)
        return positions - self.starts[np.searchsorted(self.starts, positions, side="right") - 1]


def read(config: DataConfig) -> Positions:
    """The positions of a source, from the cache if they are there.

    Raises:
        InputError: The source is missing, or too little of it can be used.
    """
    path = GNUGO if config.kind == "gnugo" else Path(str(config.path))
    return _read(path, config, tuple((name, *_stamp(file)) for name, file in sgf.files(path)))


@functools.lru_cache(maxsize=2)  # the splits are read one after the other
def _read(path: Path, config: DataConfig, listed: tuple[Any, ...]) -> Positions:
    key = repr((_FORMAT, str(path.resolve()), listed, config.players, config.min_moves, PROGRAMS.read_text()))
    name = f"go_{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    stored = cache.mapped(name, lambda folder: _write(folder, path, config))
    for line in stored["account"]:
        LOG.warning("%s", line)
    return Positions(stored["codes"], stored["moves"], np.asarray(stored["starts"]))


def _stamp(file: Any) -> tuple[Any, ...]:
    """What changes with a file's content: size and time of a file, size and checksum of a zip's member."""
    if isinstance(file, Path):
        return file.stat().st_size, file.stat().st_mtime_ns
    return file.file_size, file.CRC


def _write(folder: Path, path: Path, config: DataConfig) -> None:
    """Decodes all games into arrays in a folder."""
    games, account = _games(path, config)
    length = sum(len(game.moves) for game in games)
    codes = np.lib.format.open_memmap(folder / "codes.npy", mode="w+", dtype=np.uint8, shape=(length, POINTS, 3))
    moves, starts, illegal = np.zeros(length, np.int16), [0], []
    replay, report = compiled(), progress("replaying games")
    points = np.array(rules.points(SIZE))
    work = rules.Work(*(np.array(part) for part in rules.work(SIZE)))
    for number, game in enumerate(games, start=1):
        board = np.array(rules.empty_board(SIZE))
        for point, colour in game.setup:
            board[points[point]] = colour
        first, count = starts[-1], len(game.moves)
        played, colours = np.array(game.moves), np.array(game.colours)
        done = replay(
            board, SIZE + 2, points, played, colours, work, codes[first : first + count], np.zeros_like(board)
        )
        if done < count:
            illegal.append(f"{game.name}, move {done + 1}")
        else:
            moves[first : first + count] = played
            starts.append(first + count)
        report(number, len(games))
    account += _named(illegal, "with a move that is not allowed")
    if len(starts) < 4:
        raise InputError(f"{path}: {len(starts) - 1} games can be used, too few to train and test on; give more games")
    codes.flush()
    np.save(folder / "moves.npy", moves[: starts[-1]])
    np.save(folder / "starts.npy", np.array(starts))
    np.save(folder / "account.npy", np.array(account, dtype=str))


def compiled() -> Any:
    """`rules.replay`, compiled by Numba: 150,000 positions a second."""
    import numba
    from numba.extending import register_jitable

    LOG.info("compiling the rules of Go (some seconds)")
    for function in rules.FUNCTIONS:
        register_jitable(function)
    return numba.njit(rules.replay)


def _games(path: Path, config: DataConfig) -> tuple[list[sgf.Game], list[str]]:
    """The games that are used, by date, and lines on those that are not."""
    games: list[sgf.Game] = []
    broken: list[str] = []
    left_out: dict[str, list[str]] = {"of another size than 19x19": [], f"of fewer than {config.min_moves} moves": []}
    left_out |= {"in which a program plays": [], "in another file too": []}
    seen: set[Any] = set()
    lines = PROGRAMS.read_text().splitlines() if config.players == "people" else []
    programs = [line for line in lines if not line.startswith("#")]
    found, report = sgf.files(path), progress("reading games")
    for number, (name, content) in enumerate(sgf.contents(path), start=1):
        try:
            if isinstance(content, InputError):
                raise content
            for game in sgf.parse(content, name):
                reason = _reason(game, config, programs, seen)
                if reason:
                    left_out[reason].append(game.name)
                else:
                    games.append(game)
        except InputError as error:
            broken.append(str(error))
        report(number, len(found))
    account = _named(broken, "broken")
    for reason, those in left_out.items():
        account += _named(those, reason)
    variations = [game.name for game in games if game.variations]
    if variations:
        names = ", ".join(variations[:3]) + (", ..." if len(variations) > 3 else "")
        account.append(f"used the main line of {len(variations)} with variations: {names}")
    if len(broken) > MOST_BROKEN * len(found):
        raise InputError(f"{len(broken)} of {len(found)} files cannot be used: {broken[0]}")
    return sorted(games, key=lambda game: (game.date, game.name)), account


def _reason(game: sgf.Game, config: DataConfig, programs: Sequence[str], seen: set[Any]) -> str:
    """Why a game is left out, or ""."""
    if game.size != SIZE:
        return "of another size than 19x19"
    if len(game.moves) < config.min_moves:
        return f"of fewer than {config.min_moves} moves"
    if any(fnmatch(player.lower(), program) for player in game.players for program in programs):
        return "in which a program plays"
    content = (game.setup, game.moves)
    if content in seen:
        return "in another file too"
    seen.add(content)
    return ""


def _named(names: Sequence[str], what: str) -> list[str]:
    """A line on what was left out, with the first names; none if nothing was."""
    if not names:
        return []
    return [f"left out {len(names)}, {what}: {'; '.join(names[:3])}{'; ...' if len(names) > 3 else ''}"]
