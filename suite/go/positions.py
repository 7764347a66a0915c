"""All positions of a source of games, decoded once into the cache and mapped from there.

A position takes 3 bytes a point, see `suite.go.rules`: 1.1 kB, and a year of a server's games some gigabytes. They are
mapped, not read: a training's memory holds only what it uses.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np

from suite.console.log import LOG
from suite.console.progress import progress
from suite.data import cache
from suite.errors import InputError
from suite.files import digest
from suite.go import rules, sgf
from suite.go.config import SIZE, DataConfig

GNUGO = Path(__file__).with_name("gnugo.zip")  # made by scripts/gnugo_games.py
PROGRAMS = Path(__file__).with_name("programs.txt")
MOST_BROKEN = 0.1  # share of the games that may be broken
POINTS = SIZE * SIZE
PASS = POINTS  # a move's number
_FORMAT = 2  # changes with what the cache holds


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
    name = f"go_{digest(key)[:16]}"
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
    games, account = read_games(path, config)
    starts, moves, illegal = [0], [np.zeros(0, np.int16)], []
    report, longest = progress("replaying games"), max((len(game.moves) for game in games), default=0)
    replayed, codes = _replayer(), np.empty((longest, POINTS, 3), np.uint8)

    def codes_of_games() -> Iterator[np.ndarray]:
        for number, game in enumerate(games, start=1):
            done = replayed(game, codes)
            if done < len(game.moves):
                illegal.append(f"{game.name}, move {done + 1}")
            else:
                moves.append(np.array(game.moves, np.int16))
                starts.append(starts[-1] + done)
                yield codes[:done]
            report(number, len(games))

    cache.save_rows(folder / "codes.npy", codes_of_games(), codes.shape[1:], np.uint8)
    account += _named(illegal, "with a move or a setup that is not allowed")
    if len(starts) < 4:
        raise InputError(f"{path}: {len(starts) - 1} games can be used, too few to train and test on; give more games")
    np.save(folder / "moves.npy", np.concatenate(moves))
    np.save(folder / "starts.npy", np.array(starts))
    np.save(folder / "account.npy", np.array(account, dtype=str))


def _replayer() -> Callable[[sgf.Game, np.ndarray], int]:
    """A function that writes the codes of a game's positions, and returns the number of moves that are allowed."""
    replay, points = compiled(), np.array(rules.points(SIZE))
    work = rules.Work(*(np.array(part) for part in rules.work(SIZE)))

    def replayed(game: sgf.Game, codes: np.ndarray) -> int:
        board = np.array(rules.empty_board(SIZE))
        for point, colour in game.setup:
            board[points[point]] = colour
        moves, colours = np.array(game.moves), np.array(game.colours)
        return int(replay(board, SIZE + 2, points, moves, colours, work, codes, np.zeros_like(board)))

    return replayed


def compiled() -> Any:
    """`rules.replay`, compiled by Numba: some 60,000 positions a second on one core."""
    import numba
    from numba.extending import register_jitable

    LOG.info("compiling the rules of Go (some seconds)")
    for function in rules.FUNCTIONS:
        register_jitable(function)
    return numba.njit(rules.replay)


def read_games(path: Path, config: DataConfig) -> tuple[list[sgf.Game], list[str]]:
    """The games that are used, by date, and lines on those that are not.

    Raises:
        InputError: The path is missing, or more than a tenth of the games are broken.
    """
    games: list[sgf.Game] = []
    broken: list[str] = []
    left_out: dict[str, list[str]] = {}
    seen: set[Any] = set()
    lines = PROGRAMS.read_text().splitlines() if config.players == "people" else []
    programs = [line for line in lines if not line.startswith("#")]
    found, report = sgf.files(path), progress("reading games")
    for number, (name, content) in enumerate(sgf.contents(path), start=1):
        for game in _parsed(content, name):
            if isinstance(game, InputError):
                broken.append(str(game))
            elif reason := _reason(game, config, programs, seen):
                left_out.setdefault(reason, []).append(game.name)
            else:
                games.append(game)
        report(number, len(found))
    account = _named(broken, "broken")
    for reason, names in sorted(left_out.items()):
        account += _named(names, reason)
    account += _named([game.name for game in games if game.variations], "with variations", "used the main line of")
    account += _named([game.name for game in games if not game.date], "without a date", "put before the others:")
    total = len(games) + len(broken) + sum(map(len, left_out.values()))
    if len(broken) > MOST_BROKEN * total:
        raise InputError(f"{path}: {len(broken)} of {total} games cannot be used: {broken[0]}")
    return sorted(games, key=lambda game: (game.date, game.name)), account


def _parsed(content: bytes | InputError, name: str) -> Sequence[sgf.Game | InputError]:
    if isinstance(content, InputError):
        return [content]
    try:
        return sgf.parse(content, name)
    except InputError as error:
        return [error]


def _reason(game: sgf.Game, config: DataConfig, programs: Sequence[str], seen: set[Any]) -> str:
    """Why a game is left out, or ""."""
    if game.size != SIZE:
        return "of another size than 19x19"
    if game.late_setup:
        return "with stones set up after a move"
    if len(game.moves) < config.min_moves:
        return f"of fewer than {config.min_moves} moves"
    if any(fnmatch(player.lower(), program) for player in game.players for program in programs):
        return "in which a program plays"
    content = (game.setup, game.moves)
    if content in seen:
        return "that are there twice"
    seen.add(content)
    return ""


def _named(names: Sequence[str], what: str, done: str = "left out") -> list[str]:
    """A line on some games, with the first names; none if there are none."""
    if not names:
        return []
    return [f"{done} {len(names)}, {what}: {'; '.join(names[:3])}{'; ...' if len(names) > 3 else ''}"]
