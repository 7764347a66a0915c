"""SGF files as people and servers write them."""

import zipfile

import pytest

from suite.errors import InputError
from suite.go import sgf
from suite.go.board import replayed
from suite.go.examples import random_game
from tests.go import games


def test_a_game_is_written_and_read_again(tmp_path):
    board = random_game(80, 1)
    board.play(board.passing, board.to_move)
    path = games.write(tmp_path / "a.sgf", games.game(board, date="2021-03-04", players=("A]nn\\", "Ben")))
    game = sgf.read(str(path))
    assert list(zip(game.moves, game.colours, strict=True)) == board.moves
    assert game.players == ("A]nn\\", "Ben") and game.date == "2021-03-04" and game.komi == 6.5
    assert game.result == "B+2.5" and not game.variations


def test_points_count_from_a1(tmp_path):
    (tmp_path / "a.sgf").write_text("(;SZ[19];B[as];W[sa];B[tt];W[])")
    assert sgf.read(str(tmp_path / "a.sgf")).moves == (0, 360, 361, 361)


def test_the_main_line_of_a_thousand_variations(tmp_path):
    deep = "".join(f"(;B[{c}{d}])" for c in "abcdefghijklmnopqrs" for d in "abcdefghijklmnopqrs" for _ in range(3))
    (tmp_path / "a.sgf").write_text(f"(;SZ[19];B[pd]{'(;W[dd];B[dp])'}{deep})")
    game = sgf.read(str(tmp_path / "a.sgf"))
    assert len(game.moves) == 3 and game.variations
    (tmp_path / "b.sgf").write_text("(;SZ[19]" + "(;B[aa]" * 5000 + ")" * 5001)
    assert len(sgf.read(str(tmp_path / "b.sgf")).moves) == 5000


def test_a_collection_has_several_games():
    content = sgf.as_sgf([games.game(random_game(30, seed)) for seed in (1, 2)])
    assert [game.name for game in sgf.parse(content, "two.sgf")] == ["two.sgf#0001", "two.sgf#0002"]
    one, other = sgf.parse(b"(;SZ[19];B[zz])(;SZ[19];B[aa])", "two.sgf")
    assert isinstance(one, InputError) and "#0001: move 1 is not on the board" in str(one) and other.moves == (342,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no game",
        "(;GM[1]SZ[19];B[zz])",
        "(;SZ[99];B[aa])",
        "(;GM[2]SZ[8];B[aa])",
        "(;SZ[19];B[aa];W[ab];AB[cc])",
        "(;SZ[19:13];B[aa])",
        "(;",
    ],
)
def test_what_is_no_game_is_refused_by_name(tmp_path, text):
    (tmp_path / "x.sgf").write_text(text)
    with pytest.raises(InputError, match="x.sgf: "):
        sgf.read(str(tmp_path / "x.sgf"))


def test_what_cannot_be_read_is_an_error_and_the_rest_comes(tmp_path):
    games.folder(tmp_path / "games", count=2)
    (tmp_path / "games" / "huge.sgf").write_bytes(b"(" * (sgf.LARGEST + 1))
    found = dict(sgf.contents(tmp_path / "games"))
    assert isinstance(found["huge.sgf"], InputError) and isinstance(found["000.sgf"], bytes)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_member_of_a_zip_is_an_error(tmp_path, method):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.sgf", sgf.as_sgf([games.game(random_game(200, 1))]))
    content = bytearray(path.read_bytes())
    for place in range(60, 90):
        content[place] ^= 0x55
    path.write_bytes(content)
    assert isinstance(dict(sgf.contents(path))["a.sgf"], InputError)


def test_the_first_to_move_is_read(tmp_path):
    (tmp_path / "a.sgf").write_text("(;SZ[19]AB[dd][pp]AW[dp]PL[W])")
    game = sgf.read(str(tmp_path / "a.sgf"))
    assert game.to_move == 2 and replayed(game, 0).to_move == 2
    (tmp_path / "b.sgf").write_text("(;SZ[19]HA[2]AB[dd][pp];W[dp])")
    game = sgf.read(str(tmp_path / "b.sgf"))
    assert replayed(game, 0).to_move == 2


def test_a_letter_that_the_encoding_does_not_have_costs_no_game(tmp_path):
    (tmp_path / "a.sgf").write_bytes(b"(;SZ[19]CA[UTF-8]PB[\xff\xfe]DT[5/1/2015];B[aa])")
    game = sgf.read(str(tmp_path / "a.sgf"))
    assert game.moves == (342,) and game.date == ""
