"""Games against another program through the Go Text Protocol, and the win rate."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from suite import problems
from suite.console.progress import progress
from suite.errors import InputError
from suite.files import write
from suite.go import sgf, territory
from suite.go.board import Board
from suite.go.config import SIZE
from suite.go.gtp import KOMI
from suite.go.labels import NAMES, labels, point
from suite.go.player import Player
from suite.go.rules import BLACK, WHITE

DRAWN = 20  # first moves of a game that are drawn at random, by their probabilities, so that the games differ
MOST_MOVES = 600
_SIGNS = {BLACK: "B", WHITE: "W"}


@dataclass(frozen=True)
class MatchReport(problems.Report):
    """The result of a match.

    Args:
        artefact: The model.
        opponent: The other program's name, version and command.
        games: Number of games.
        wins: Number of games that the model won.
        win_rate: Their share.
        interval: Its 95 % confidence interval (Wilson 1927).
        played_out: Number of games that ended by two passes, scored by the opponent where it can.
        same_score: In how many of these both programs' scores name the same winner.
        results: The result of each game, such as B+3.5, with the model's colour.
    """

    artefact: str
    opponent: str
    games: int
    wins: int
    win_rate: float
    interval: tuple[float, float]
    played_out: int
    same_score: int
    results: list[str]

    def table(self) -> str:
        low, high = self.interval
        return (
            f"{self.artefact} won {self.wins} of {self.games} games against {self.opponent}: "
            f"{self.win_rate:.1%}, 95 % interval {low:.1%} to {high:.1%}\n"
            f"{self.played_out} games ended by two passes; in {self.same_score} of them both programs' scores name the "
            "same winner"
        )

    def plot(self, path: Path) -> None:
        from suite.console import plots

        plots.bars({"games": {"won": self.wins, "lost": self.games - self.wins}}, self.opponent, path)


class Program:
    """Another program that speaks the Go Text Protocol.

    Args:
        command: Its command line.

    Raises:
        InputError: It cannot be started.
    """

    def __init__(self, command: str) -> None:
        self.command = command
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise InputError(f"{command}: not a command line: {error}") from None
        if not words or not (program := shutil.which(words[0]) or shutil.which(words[0], path="/usr/games")):
            raise InputError(f"{command}: no such program; install it (Debian: apt install gnugo)")
        self._process = subprocess.Popen(
            [program, *words[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError, InputError):
            self.ask("quit")
        self._process.kill()
        self._process.wait()

    def ask(self, command: str) -> str:
        """The answer to a command.

        Raises:
            InputError: The program refuses it, or has ended.
        """
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(f"{command}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise InputError(f"{self.command}: ended; it must speak the Go Text Protocol") from None
        lines: list[str] = []
        for line in self._process.stdout:
            if line.strip():
                lines.append(line.rstrip("\n"))
                if lines[0][:1] not in "=?":
                    break
            elif lines:
                break
        answer = "\n".join(lines)
        if not answer.startswith("="):
            raise InputError(f"{self.command}: {command}: {answer or 'no answer; it must speak the Go Text Protocol'}")
        return answer[1:].strip()


def match(player: Player, opponent: str, games: int, level: int, seed: int = 0, folder: str = "") -> MatchReport:
    """Plays games on 19x19 with area scoring and a komi of 7.5, with black and white in turn.

    Args:
        player: The player.
        opponent: gnugo, or the command line of another program that speaks the Go Text Protocol.
        games: Number of games.
        level: GNU Go's level.
        seed: Seed of the openings.
        folder: Folder to write the games into, as SGF; "" for none.

    Raises:
        InputError: The opponent cannot be started or does not answer, or there is no game to play.
    """
    if games < 1:
        raise InputError(f"games: {games}: expected a whole number from 1")
    shown, name = progress("playing games"), opponent
    results: list[tuple[str, str, int]] = []  # result, own score or "", own colour
    for number in range(games):
        own = BLACK if number % 2 == 0 else WHITE
        command = opponent
        if opponent == "gnugo":
            command = f"gnugo --mode gtp --chinese-rules --level {level} --seed {seed + number + 1}"
        with Program(command) as program:
            name = f"{program.ask('name')} {program.ask('version')}"
            board, result, own_result = _game(player, program, own, np.random.default_rng([seed, number]))
        results.append((result, own_result, own))
        if folder:
            players = ("suite.go", name) if own == BLACK else (name, "suite.go")
            game = sgf.from_board(board, players, KOMI, result)
            write(Path(folder) / f"{number + 1:03}.sgf", sgf.as_sgf([game]))
        shown(number + 1, games, f": {result} as {NAMES[own]}, {sum(map(_is_won, results))} won")
    return _report(str(player.model.path), f"{name}, level {level}" if opponent == "gnugo" else name, results)


def _is_won(result: tuple[str, str, int]) -> bool:
    return result[0][:1] == ("B" if result[2] == BLACK else "W")


def _report(artefact: str, opponent: str, results: Sequence[tuple[str, str, int]]) -> MatchReport:
    from scipy.stats import binomtest

    wins, games = sum(map(_is_won, results)), len(results)
    interval = binomtest(wins, games).proportion_ci(method="wilson")
    scored = [(result, own_result) for result, own_result, _ in results if own_result]
    return MatchReport(
        artefact,
        opponent,
        games,
        wins,
        wins / games,
        (float(interval.low), float(interval.high)),
        played_out=len(scored),
        same_score=sum(result[:1] == own_result[:1] for result, own_result in scored),
        results=[f"{result} as {NAMES[own]}" for result, _, own in results],
    )


def _game(player: Player, program: Program, own: int, chance: np.random.Generator) -> tuple[Board, str, str]:
    """The final board, the result, and after two passes the own score, otherwise "".

    A move that is not allowed, by either program's rules, loses the game, and so does a program that ends.
    """
    board, names, other = Board(SIZE), labels(SIZE), 3 - own
    for command in (f"boardsize {SIZE}", "clear_board", f"komi {KOMI}"):
        program.ask(command)
    while not board.is_over and len(board.moves) < MOST_MOVES:
        colour = board.to_move
        if colour == own:
            move = player.choose(board, colour, chance if len(board.moves) < DRAWN else None)
            try:
                program.ask(f"play {NAMES[colour]} {names[move]}")
            except InputError:
                return board, f"{_SIGNS[other]}+Forfeit", ""
            board.play(move, colour)
            continue
        try:
            answer = program.ask(f"genmove {NAMES[colour]}")
            if answer.lower() == "resign":
                return board, f"{_SIGNS[own]}+Resign", ""
            board.play(point(answer, SIZE), colour)
        except (InputError, ValueError):
            return board, f"{_SIGNS[own]}+Forfeit", ""
    own_result = territory.result(board, Player(player.model), KOMI)
    try:
        return board, program.ask("final_score"), own_result if board.is_over else ""
    except InputError:
        return board, own_result, ""
