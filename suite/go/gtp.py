"""`gtp`: a network as an engine for Sabaki, GoGui, KGS and other programs that speak the Go Text Protocol.

Protocol: Farnebäck 2002, "Specification of the Go Text Protocol, version 2, draft 2"; for analysis, Leela Zero's
`lz-analyze` and KataGo's `kata-analyze`, which Sabaki reads.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable
from typing import IO

import numpy as np

from suite.errors import InputError
from suite.go import sgf, territory
from suite.go.board import Board, replayed
from suite.go.config import SIZE
from suite.go.labels import labels, point
from suite.go.player import Player
from suite.go.rules import BLACK, WHITE

KOMI = 7.5
HURRY = 2.0  # seconds left, below which one symmetry is enough
_COLOURS = {"b": BLACK, "black": BLACK, "w": WHITE, "white": WHITE}


def gtp(*, model: str | None = None, symmetries: int = 1, seed: int | None = None) -> None:
    """Plays Go by the Go Text Protocol, on standard input and output.

    Args:
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/go.
        symmetries: Number of symmetries of the board, 1 to 8, whose outputs are averaged: stronger, and slower.
        seed: Draws moves at random by their probabilities, with this seed; by default always the most probable one.
    """
    from suite.artefacts import published, runtime
    from suite.console import log

    if seed is not None and seed < 0:
        raise InputError(f"seed: {seed}: expected a whole number from 0")
    log.only_warnings()  # standard output is the protocol's
    player = Player(runtime.load(model or published.newest("go"), task="go"), symmetries)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # other letters are no reason to end
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    serve(Engine(player, seed), sys.stdin, sys.stdout)


class Refused(Exception):
    """A command that cannot be carried out, with the protocol's message."""


class Engine:
    """A game and a player, commanded by words of the protocol.

    Args:
        player: Chooses the moves.
        seed: Of the drawn moves; None for always the most probable one.
    """

    def __init__(self, player: Player, seed: int | None = None) -> None:
        self.player, self.board, self.komi, self.handicap = player, Board(SIZE), KOMI, 0
        self._sole = Player(player.model)  # with one symmetry
        self.chance = None if seed is None else np.random.default_rng(seed)
        self.seconds_left = {BLACK: float("inf"), WHITE: float("inf")}
        self.commands: dict[str, Callable[[list[str]], str]] = {
            name.removeprefix("_do_").replace("__", "-"): getattr(self, name)
            for name in dir(self)
            if name.startswith("_do_")
        }

    def run(self, name: str, words: list[str]) -> str:
        """The answer to a command.

        Raises:
            Refused: There is no such command, or it cannot be carried out.
        """
        if name not in self.commands:
            raise Refused("unknown command")
        try:
            return self.commands[name](words)
        except (IndexError, ValueError) as error:
            raise Refused("syntax error" if isinstance(error, IndexError) else str(error)) from None

    def _do_protocol_version(self, words: list[str]) -> str:
        return "2"

    def _do_name(self, words: list[str]) -> str:
        return "suite.go"

    def _do_version(self, words: list[str]) -> str:
        from suite import __version__

        return __version__

    def _do_known_command(self, words: list[str]) -> str:
        return str(words[0] in self.commands).lower()

    def _do_list_commands(self, words: list[str]) -> str:
        return "\n".join(sorted(self.commands))

    def _do_quit(self, words: list[str]) -> str:
        return ""

    def _do_boardsize(self, words: list[str]) -> str:
        if not re.fullmatch(r"[0-9]{1,3}", words[0]) or not self.player.plays(int(words[0])):
            raise Refused("unacceptable size")
        self.board, self.handicap = Board(int(words[0])), 0
        return ""

    def _do_clear_board(self, words: list[str]) -> str:
        self.board, self.handicap = Board(self.board.size), 0
        return ""

    def _do_komi(self, words: list[str]) -> str:
        self.komi = _number(words[0])
        return ""

    def _do_fixed_handicap(self, words: list[str]) -> str:
        return self._handicap(handicap_points(self.board.size, _whole(words[0])))

    def _do_place_free_handicap(self, words: list[str]) -> str:
        """At most the fixed ones: the protocol allows fewer than are asked for."""
        count = _whole(words[0])
        if count < 2:
            raise Refused("invalid number of stones")
        most = 9 if self.board.size % 2 and self.board.size > 7 else 4
        return self._handicap(handicap_points(self.board.size, min(count, most)))

    def _do_set_free_handicap(self, words: list[str]) -> str:
        points = [point(word, self.board.size) for word in words]
        if len(points) < 2 or len(set(points)) < len(points) or self.board.passing in points:
            raise Refused("bad vertex list")
        self._handicap(points)
        return ""

    def _handicap(self, points: list[int]) -> str:
        if self.board.moves or self.board.setup:
            raise Refused("board not empty")
        self.board, self.handicap = Board(self.board.size, [(p, BLACK) for p in points]), len(points)
        return " ".join(labels(self.board.size)[p] for p in points)

    def _do_play(self, words: list[str]) -> str:
        colour, place = _colour(words[0]), point(words[1], self.board.size)
        try:
            self.board.play(place, colour)
        except ValueError as error:
            raise Refused(f"illegal move: {error}") from None
        return ""

    def _do_genmove(self, words: list[str]) -> str:
        colour = _colour(words[0])
        place = self._player(colour).choose(self.board, colour, self.chance)
        self.board.play(place, colour)
        return labels(self.board.size)[place]

    def _do_reg_genmove(self, words: list[str]) -> str:
        colour = _colour(words[0])
        return labels(self.board.size)[self._player(colour).choose(self.board, colour, self.chance)]

    def _player(self, colour: int) -> Player:
        """The player, or with little time left one that is content with one symmetry."""
        return self._sole if self.seconds_left[colour] < HURRY else self.player

    def _do_undo(self, words: list[str]) -> str:
        if not self.board.moves:
            raise Refused("cannot undo")
        self.board.undo()
        return ""

    def _do_loadsgf(self, words: list[str]) -> str:
        numbered = len(words) > 1 and words[-1].isdecimal()  # a file's name may have spaces
        until = max(0, int(words[-1]) - 1) if numbered else 0
        try:
            game = sgf.read(" ".join(words[:-1] if numbered else words) or words[0])
        except InputError as error:
            raise Refused(f"cannot load file: {error}") from None
        if not self.player.plays(game.size):
            raise Refused("unacceptable size")
        try:
            board = replayed(game, until if numbered else len(game.moves))
        except InputError as error:
            raise Refused(f"cannot load file: {error}") from None
        self.board, self.komi, self.handicap = board, game.komi, 0  # as GNU Go, without points for its handicap
        return ""

    def _do_showboard(self, words: list[str]) -> str:
        return f"\n{self.board.text()}"

    def _do_final_score(self, words: list[str]) -> str:
        return territory.result(self.board, self._sole, self.komi, self.handicap)

    def _do_final_status_list(self, words: list[str]) -> str:
        statuses = territory.statuses(self.board, self._sole)
        if words[0] not in statuses:
            raise Refused("invalid status")
        return "\n".join(labels(self.board.size)[place] for place in statuses[words[0]])

    def _do_time_settings(self, words: list[str]) -> str:
        main, byo_yomi, stones = _number(words[0]), _number(words[1]), _number(words[2])
        unlimited = byo_yomi > 0 and not stones  # as the protocol says
        self.seconds_left = dict.fromkeys((BLACK, WHITE), float("inf") if unlimited else main + byo_yomi)
        return ""

    def _do_time_left(self, words: list[str]) -> str:
        colour, seconds, stones = _colour(words[0]), _number(words[1]), _number(words[2])
        self.seconds_left[colour] = seconds / max(stones, 1)
        return ""

    def _do_kgs__time_settings(self, words: list[str]) -> str:
        if words[0] == "none":
            self.seconds_left = dict.fromkeys((BLACK, WHITE), float("inf"))
            return ""
        return self._do_time_settings([*words[1:3], *(["0"] if words[0] == "absolute" else []), "1"])

    def _do_kgs__genmove_cleanup(self, words: list[str]) -> str:
        """A move that removes the other's dead stones from the board; a pass if there are none left."""
        colour = _colour(words[0])
        stones, board = self.board.stones, self.board
        dead = {place for place in territory.statuses(board, self._sole)["dead"] if stones[place] != colour}
        shares = self._player(colour).probabilities(board, colour)
        near = [
            p for p in np.argsort(-shares[:-1]) if dead & set(board.neighbours(int(p))) and board.allows(int(p), colour)
        ]
        place = int(near[0]) if near else board.passing
        board.play(place, colour)
        return labels(board.size)[place]

    def _do_lz__analyze(self, words: list[str]) -> str:
        """The most probable moves, as Sabaki shows them; without a win rate, which the network does not know."""
        given = [_COLOURS[word.lower()] for word in words if word.lower() in _COLOURS]
        colour = given[0] if given else self.board.to_move
        shares = self.player.probabilities(self.board, colour)
        names = labels(self.board.size)
        return " ".join(
            f"info move {names[p]} visits {max(1, round(1000 * shares[p]))} winrate 5000 "
            f"prior {round(10_000 * shares[p])} order {rank} pv {names[p]}"
            for rank, p in enumerate(np.argsort(-shares)[:10])
            if shares[p] > 0
        )

    def _do_kata__analyze(self, words: list[str]) -> str:
        return re.sub(r"(winrate|prior) (\d+)", lambda m: f"{m[1]} {int(m[2]) / 10_000:g}", self._do_lz__analyze(words))

    def _do_analyze(self, words: list[str]) -> str:
        return self._do_lz__analyze(words)


ANALYSES = ("lz-analyze", "kata-analyze", "analyze")


def serve(engine: Engine, lines: Iterable[str], out: IO[str]) -> None:
    """Answers commands until `quit` or the end of the lines."""
    unfinished = False  # an analysis ends with the next line
    for line in lines:
        if unfinished:
            print(file=out, flush=True)
            unfinished = False
        text = re.sub(r"[^\t\n -\x7e\x80-\U0010ffff]", "", line.partition("#")[0]).split()
        if not text:
            continue
        number = text.pop(0) if text[0].isdecimal() else ""
        name, *words = text or [""]
        try:
            answer = engine.run(name, words)
        except Refused as error:
            print(f"?{number} {error}\n", file=out, flush=True)
            continue
        unfinished = name in ANALYSES
        print(f"={number}\n{answer}" if unfinished else f"={number} {answer}\n", file=out, flush=True)
        if name == "quit":
            return


def handicap_points(size: int, count: int) -> list[int]:
    """The protocol's points of a fixed handicap.

    Raises:
        ValueError: There are no such handicaps on a board of this size.
    """
    if size < 7 or not 2 <= count <= (9 if size % 2 and size > 7 else 4):
        raise ValueError("invalid number of stones")
    edge = 2 if size < 13 else 3
    low, middle, high = edge, size // 2, size - 1 - edge
    corners = [(low, low), (high, high), (high, low), (low, high)]  # (row, column)
    sides = [(middle, low), (middle, high), (low, middle), (high, middle)]
    chosen = [*corners[: min(count, 4)], *(sides[:2] if count >= 6 else []), *(sides[2:] if count >= 8 else [])]
    if count in (5, 7, 9):
        chosen.append((middle, middle))
    return [row * size + column for row, column in chosen]


def _colour(word: str) -> int:
    if word.lower() not in _COLOURS:
        raise ValueError("invalid color or coordinate")
    return _COLOURS[word.lower()]


def _whole(word: str) -> int:
    if not word.isdecimal():
        raise ValueError(f"{word}: not a whole number")
    return int(word)


def _number(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        raise ValueError(f"{word}: not a number") from None
    if not np.isfinite(value):
        raise ValueError(f"{word}: not a finite number")
    return value
