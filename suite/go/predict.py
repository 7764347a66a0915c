"""`predict`: a game in, the most probable next moves out; with a .tflite TensorFlow is not imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite.errors import InputError

if TYPE_CHECKING:
    from suite.go.board import Board
    from suite.go.player import Player


@dataclass(frozen=True)
class Prediction:
    """The answer for one position.

    Args:
        file: The game.
        move: Number of the move that is to be found, from 1.
        colour: black or white, whose move it is.
        moves: The most probable moves and their probabilities, the most probable first.
        played: The move that was played; "" at the end of the game.
        board: The position.
    """

    file: str
    move: int
    colour: str
    moves: dict[str, float]
    played: str
    board: Board


def predict(
    inputs: list[str],
    *,
    move: int = 0,
    model: str | None = None,
    symmetries: int = 1,
    top: int = 5,
    output: str | None = None,
    json: bool = False,
) -> list[Prediction]:
    """Shows the board before a move of each game, and the most probable moves there.

    Args:
        inputs: Games: .sgf files, or folders of them; of a file with variations the main line.
        move: Number of the move that is to be found, from 1; by default the one after the last.
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/go.
        symmetries: Number of symmetries of the board, 1 to 8, whose outputs are averaged.
        top: Number of moves to show.
        output: File for a picture of the board with the moves; for one game.
        json: Print JSON.

    Raises:
        InputError: A game could not be read; the others were answered.
    """
    from suite.artefacts import published, runtime
    from suite.console.answers import answer_each
    from suite.data import folders
    from suite.go.player import Player

    inputs = folders.expanded(inputs, [".sgf"], "games")
    if top < 1 or move < 0:
        raise InputError("top, move: expected whole numbers from 1")
    if output and len(inputs) > 1:
        raise InputError(f"{output}: is a picture of one board; give one game")
    picture_file = _picture_file(output, inputs) if output else None
    player = Player(runtime.load(model or published.newest("go"), task="go"), symmetries)
    answers = answer_each(
        inputs, lambda file: predict_file(player, file, move, top), _text, _as_json if json else None, "games"
    )
    if picture_file and answers:
        _draw(answers[0], picture_file)
        if not json:
            print(f"\nthe board: {output}")
    return answers


def predict_file(player: Player, file: str, move: int = 0, top: int = 5) -> Prediction:
    """The most probable moves of a player in a game.

    Args:
        player: The player.
        file: An SGF file.
        move: Number of the move that is to be found, from 1; 0 for the one after the last.
        top: Number of moves.

    Raises:
        InputError: The game cannot be used, or has fewer moves.
    """
    import numpy as np

    from suite.go import sgf
    from suite.go.board import replayed
    from suite.go.labels import labels
    from suite.go.rules import BLACK

    game = sgf.read(file)
    if not game.moves and not game.setup:
        raise InputError(f"{file}: has no moves; give a game")
    if not player.plays(game.size):
        raise InputError(
            f"{file}: a board of {game.size}x{game.size}, which {player.model.path} does not take; "
            "a SavedModel or a run takes 5x5 to 19x19"
        )
    number = move or len(game.moves) + 1
    if number > len(game.moves) + 1:
        raise InputError(f"{file}: has {len(game.moves)} moves; give --move 1 to {len(game.moves) + 1}")
    board, names = replayed(game, number - 1), labels(game.size)
    colour = game.colours[number - 1] if number <= len(game.moves) else board.to_move
    shares = player.probabilities(board, colour)
    best = [int(point) for point in np.argsort(-shares)[:top] if shares[point] > 0]
    return Prediction(
        file,
        number,
        "black" if colour == BLACK else "white",
        {names[point]: round(float(shares[point]), 4) for point in best},
        names[game.moves[number - 1]] if number <= len(game.moves) else "",
        board,
    )


def _picture_file(output: str, inputs: list[str]) -> Path:
    from suite.data import pictures  # and with it Pillow

    return pictures.output_file(output, inputs)


def _text(prediction: Prediction) -> str:
    moves = ", ".join(f"{rank}: {name} {share:.0%}" for rank, (name, share) in enumerate(prediction.moves.items(), 1))
    played = f"; played: {prediction.played}" if prediction.played else ""
    head = f"{prediction.file}: move {prediction.move}, {prediction.colour} (X black, O white)"
    return f"{head}\n{prediction.board.text(_marks(prediction))}\n{moves}{played}"


def _marks(prediction: Prediction) -> dict[int, str]:
    from suite.go.labels import point

    places = [point(name, prediction.board.size) for name in prediction.moves]
    ranks = {place: str(rank) for rank, place in enumerate(places, 1) if rank < 10}
    return {place: text for place, text in ranks.items() if place != prediction.board.passing}


def _as_json(prediction: Prediction) -> dict[str, Any]:
    return {name: value for name, value in vars(prediction).items() if name != "board"}


def _draw(prediction: Prediction, path: Path) -> None:
    from suite.data import pictures
    from suite.go import picture

    board = prediction.board
    last = board.moves[-1][0] if board.moves else None
    pictures.write(picture.draw(board.stones, board.size, _marks(prediction), last), path)
