"""`play`: a game against a network in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

from suite.errors import InputError
from suite.go.gtp import Engine, Refused
from suite.go.labels import NAMES

HELP = "a point such as D4, pass, undo, score, or quit"


def play(
    *,
    model: str | None = None,
    colour: str = "black",
    size: int = 19,
    handicap: int = 0,
    symmetries: int = 1,
    output: str | None = None,
) -> None:
    """Plays against a person in the terminal, to two passes.

    Args:
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/go.
        colour: The person's, black or white.
        size: Points along a side; a .tflite takes 19 alone.
        handicap: Number of handicap stones, 2 to 9, for black.
        symmetries: Number of symmetries of the board, 1 to 8, whose outputs are averaged.
        output: SGF file to write the game to.
    """
    from suite.artefacts import published, runtime
    from suite.go.player import Player

    if colour not in ("black", "white"):
        raise InputError(f"colour: {colour}: expected black or white")
    if output and not output.lower().endswith(".sgf"):
        raise InputError(f"{output}: is written as SGF; name a .sgf file")
    player = Player(runtime.load(model or published.newest("go"), task="go"), symmetries)
    engine, other = Engine(player), "white" if colour == "black" else "black"
    try:
        engine.run("boardsize", [str(size)])
        if handicap:
            engine.run("fixed_handicap", [str(handicap)])
            engine.run("komi", ["0.5"])
    except Refused as error:
        raise InputError(
            f"size {size}, handicap {handicap}: {error}; a .tflite takes 19x19, a SavedModel or a run 5x5 too"
        ) from None
    print(f"you play {colour} ({'X' if colour == 'black' else 'O'}); type {HELP}")
    try:
        while not engine.board.is_over:
            print(engine.run("showboard", []))
            if NAMES[engine.board.to_move] == other:
                print(f"{other}: {engine.run('genmove', [other])}")
            elif not _turn(engine, colour):
                return
        print(f"{engine.run('showboard', [])}\n\nthe end by two passes: {engine.run('final_score', [])}")
    finally:
        if output and engine.board.moves:
            _write(engine, output, colour)


def _turn(engine: Engine, colour: str) -> bool:
    """Reads and carries out the person's words until the move is made; False at the end of the game."""
    while True:
        print(f"{colour}: ", end="", flush=True)
        word = sys.stdin.readline()
        if not word or word.strip().lower() in ("quit", "q", "exit"):
            return False
        try:
            if word.strip().lower() == "score":
                print(engine.run("final_score", []))
            elif word.strip().lower() == "undo":
                engine.run("undo", [])
                if engine.board.moves:  # the network's answer too
                    engine.run("undo", [])
                return True
            else:
                engine.run("play", [colour, word.strip()])
                return True
        except Refused as error:
            print(f"{error}: type {HELP}")


def _write(engine: Engine, path: str, colour: str) -> None:
    from suite.files import write
    from suite.go import sgf

    board, names = engine.board, ("person", "suite.go")
    players = names if colour == "black" else (names[1], names[0])
    result = engine.run("final_score", []) if board.is_over else ""
    write(Path(path), sgf.as_sgf([sgf.from_board(board, players, engine.komi, result)]))
    print(f"the game: {path}")
