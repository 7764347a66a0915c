"""A Go player under `suite.interpret`: natural patterns, and what a move rests on."""

import json

import numpy as np
import pytest
from PIL import Image

from suite.go import canvas
from suite.go.board import Board
from suite.go.examples import random_game
from tests.go import games
from tests.interpret.inputs import refused, run


def test_filters_have_natural_patterns_of_their_field_of_view(go, tmp_path):
    words = ("--exemplars", go.home / "games", "--output", tmp_path / "f.png")
    assert run("filters", go.run, "--layer", "all", "--units", "all", *words) == 0
    units = json.loads((tmp_path / "f.json").read_text())
    assert [unit["unit"] for unit in units] == [f"b{block}_conv:{number}" for block in (1, 2) for number in range(4)]
    assert all(unit["natural"] == sorted(unit["natural"], reverse=True) and len(unit["natural"]) == 5 for unit in units)
    assert Image.open(tmp_path / "f.png").width > 300


def test_outputs_have_positions_of_their_move(go, tmp_path):
    words = ("--exemplars", go.home / "games", "--output", tmp_path / "o.png", "--units", "D4,K10")
    assert run("outputs", go.run, *words) == 0
    assert [unit["unit"] for unit in json.loads((tmp_path / "o.json").read_text())] == ["D4", "K10"]


def test_a_move_is_explained(go, tmp_path):
    game = games.write(tmp_path / "game.sgf", games.game(random_game(30, 4)))
    for method, model in (("occlusion", go.tflite), ("gradients", go.run)):
        words = ("--model", model, "--method", method, "--output", tmp_path / f"{method}.png", "--label", "D4")
        assert run("explain", game, *words) == 0
        assert Image.open(tmp_path / f"{method}.png").width > 600


def test_what_makes_no_sense_of_boards_is_refused(go, tmp_path, capsys):
    assert "canvas, steps, each" in refused(capsys, "filters", go.run, "--steps", 5, "--exemplars", go.home / "games")
    game = games.write(tmp_path / "game.sgf", games.game(random_game(30, 4)))
    assert "does not change" in refused(capsys, "change", game, "--model", go.run, "--to", "D4")
    assert "cannot be exaggerated" in refused(capsys, "dream", game, "--net", go.run)
    assert "no dense layer" in refused(capsys, "neurons", go.run)


@pytest.mark.parametrize("text", ["no game", "(;SZ[9];B[aa])", "(;SZ[19];B[aa];W[aa])"])
def test_games_that_cannot_be_explained_are_named(go, tmp_path, capsys, text):
    (tmp_path / "bad.sgf").write_text(text)
    assert "bad.sgf: " in refused(capsys, "explain", tmp_path / "bad.sgf", "--model", go.tflite)


def test_a_stone_that_is_taken_out_gives_liberties_back():
    board = Board(19, [(40, 1), (41, 2), (100, 2)])
    codes, masks = board.codes(1), np.ones((2, 19, 19))
    masks[1, 41 // 19, 41 % 19] = 0
    whole, without = canvas.masked(codes, masks)
    np.testing.assert_array_equal(whole, codes)
    assert without.reshape(-1, 3)[41, 0] == 0 and without.reshape(-1, 3)[40, 0] == codes.reshape(-1, 3)[40, 0] + 1
    assert without.reshape(-1, 3)[100, 0] == codes.reshape(-1, 3)[100, 0]


def test_a_pattern_at_the_edge_is_grey_beyond_the_board():
    codes = Board(19, [(0, 1)]).codes(1)
    corner = canvas.around(codes, (0, 0), 5)
    assert corner.shape == (5 * canvas.CELL, 5 * canvas.CELL, 3)
    assert (corner[-1] == 128).all() and (corner[:, 0] == 128).all() and not (corner[0] == 128).all()
    middle = corner[corner.shape[0] // 2, corner.shape[1] // 2]
    assert middle.max() < 60  # the black stone
