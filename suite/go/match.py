"""Games against another program through the Go Text Protocol, and the win rate."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from suite import problems
from suite.console.progress import progress
from suite.errors import InputError
from suite.go import sgf
from suite.go.board import Board
from suite.go.config import SIZE
from suite.go.gtp import KOMI
from suite.go.labels import labels, point
from suite.go.player import Player
from suite.go.rules import BLACK, WHITE

DRAWN = 20  # first moves of a game that are drawn at random, by their probabilities, so that the games differ
MOST_MOVES = 600
NAMES = {BLACK: "black", WHITE: "white"}


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
        same_score: Number of the games played to the end in which the own final score names the winner that the
            opponent's does.
        played_out: Number of games that ended by two passes.
        results: The result of each game, such as B+3.5, with the model's colour.
    """

    artefact: str
    opponent: str
    games: int
    wins: int
    win_rate: float
    interval: tuple[float, float]
    same_score: int
    played_out: int
    results: list[str]

    def table(self) -> str:
        low, high = self.interval
        return (
            f"{self.artefact} won {self.wins} of {self.games} games against {self.opponent}: "
            f"{self.win_rate:.1%}, 95 % interval {low:.1%} to {high:.1%}\n"
            f"{self.played_out} games ended by two passes; in {self.same_score} of them the own final score names "
            "the same winner as the opponent's"
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
        self.command, words = command, shlex.split(command)
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
    report, results, wins, same, played_out = progress("playing games"), [], 0, 0, 0
    name = opponent
    for number in range(games):
        own = BLACK if number % 2 == 0 else WHITE
        command = opponent
        if opponent == "gnugo":
            command = f"gnugo --mode gtp --chinese-rules --level {level} --seed {seed + number + 1}"
        with Program(command) as program:
            name = f"{program.ask('name')} {program.ask('version')} ({opponent}, level {level})"
            board, result, own_result = _game(player, program, own, np.random.default_rng([seed, number]))
        won = result[:1] == ("B" if own == BLACK else "W")
        wins += won
        if own_result:
            played_out += 1
            same += result[:1] == own_result[:1]
        results.append(f"{result} as {NAMES[own]}")
        if folder:
            _write(board, Path(folder) / f"{number + 1:03}.sgf", own, result)
        report(number + 1, games, f": {result} as {NAMES[own]}, {wins} won")
    from scipy.stats import binomtest

    interval = binomtest(wins, games).proportion_ci(method="wilson")
    bounds = (float(interval.low), float(interval.high))
    return MatchReport(str(player.model.path), name, games, wins, wins / games, bounds, same, played_out, results)


def _game(player: Player, program: Program, own: int, chance: np.random.Generator) -> tuple[Board, str, str]:
    """The final board, the result by the program, and the own one; "" if the game was not played to two passes."""
    board, names = Board(SIZE), labels(SIZE)
    for command in (f"boardsize {SIZE}", "clear_board", f"komi {KOMI}"):
        program.ask(command)
    for number in range(MOST_MOVES):
        colour = BLACK if number % 2 == 0 else WHITE
        if colour == own:
            move = player.choose(board, colour, chance if number < DRAWN else None)
            program.ask(f"play {NAMES[colour]} {names[move]}")
        else:
            answer = program.ask(f"genmove {NAMES[colour]}")
            if answer.lower() == "resign":
                return board, f"{'B' if own == BLACK else 'W'}+Resign", ""
            move = point(answer, SIZE)
        board.play(move, colour)
        if [place for place, _ in board.moves[-2:]] == [board.passing] * 2:
            points = board.area(board.dead_stones(board.ownership())) - KOMI
            return board, program.ask("final_score"), f"{'B' if points > 0 else 'W'}+{abs(points):g}"
    return board, program.ask("final_score"), ""


def _write(board: Board, path: Path, own: int, result: str) -> None:
    from suite.files import write

    players = ("suite.go", "opponent") if own == BLACK else ("opponent", "suite.go")
    moves, colours = zip(*board.moves, strict=True)
    write(path, sgf.as_sgf([sgf.Game("", SIZE, (), moves, colours, players, "", KOMI, result, False)]))
