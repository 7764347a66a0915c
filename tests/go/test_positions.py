"""Folders and zips of games become positions: by date, each counted or named."""

import zipfile

import numpy as np
import pytest

from suite.data import cache
from suite.errors import InputError
from suite.go import data, positions, sgf
from suite.go.board import Board
from suite.go.config import DataConfig
from suite.go.examples import random_game
from tests.go import games


def test_a_position_is_the_board_before_the_move_that_is_its_target(tmp_path):
    folder = games.folder(tmp_path / "games", count=4)
    found = positions.read(DataConfig(path=str(folder)))
    game = sgf.read(str(folder / "002.sgf"))
    board, first = Board(19), int(found.starts[2])
    assert found.starts[3] - first == len(game.moves)
    for number, (point, colour) in enumerate(zip(game.moves, game.colours, strict=True)):
        np.testing.assert_array_equal(found.codes[first + number].reshape(19, 19, 3), board.codes(colour))
        assert found.moves[first + number] == point
        board.play(point, colour)


def test_splits_are_by_date_and_share_no_game(tmp_path):
    for number in range(40):  # names in another order than the dates
        board = random_game(30, number)
        games.write(tmp_path / "games" / f"{99 - number}.sgf", games.game(board, date=f"2020-02-{number % 28 + 1:02}"))
    found = positions.read(DataConfig(path=str(tmp_path / "games")))
    rows = [found.rows(split) for split in ("train", "validation", "test")]
    assert [row.stop - row.start for row in rows] == [36 * 30, 2 * 30, 2 * 30]
    assert rows[0].stop == rows[1].start and rows[1].stop == rows[2].start and rows[2].stop == len(found.moves)
    last = random_game(30, 27).moves  # of the 28th of February
    assert found.moves[rows[2]][-30:].tolist() == [point for point, _ in last]
    numbers = found.numbers(rows[2])
    assert numbers.tolist() == [*range(30), *range(30)]


def test_a_zip_is_read_like_its_folder(tmp_path):
    folder = games.folder(tmp_path / "games", count=4)
    with zipfile.ZipFile(tmp_path / "games.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"year/{path.name}")
        archive.writestr("__MACOSX/year/._000.sgf", b"resource fork")
    one, other = (positions.read(DataConfig(path=str(tmp_path / name))) for name in ("games", "games.zip"))
    np.testing.assert_array_equal(one.codes, other.codes)


def test_what_is_left_out_is_counted_and_named(tmp_path, capsys):
    folder = games.folder(tmp_path / "games", count=20)
    (folder / "broken.sgf").write_text("no game")
    games.write(folder / "small.sgf", games.game(random_game(30, 50, size=9)))
    games.write(folder / "short.sgf", games.game(random_game(5, 51)))
    games.write(folder / "twice.sgf", games.game(random_game(40, 3)))
    (folder / "illegal.sgf").write_text("(;SZ[19]" + "".join(f";B[{c}a];W[{c}b]" for c in "abcdefghijkl") + ";B[aa])")
    (folder / "lines.sgf").write_bytes((folder / "000.sgf").read_bytes().strip()[:-1] + b"(;B[])(;B[];W[]))")
    (folder / "late.sgf").write_text("(;SZ[19];B[aa];AB[cc])")
    found = positions.read(DataConfig(path=str(folder)))
    told = capsys.readouterr().err
    assert len(found.starts) - 1 == 21
    for line in (
        "left out 1, broken: broken.sgf: not an SGF file",
        "left out 1, of another size than 19x19: small.sgf",
        "left out 1, of fewer than 20 moves: short.sgf",
        "left out 1, that are there twice: twice.sgf",
        "left out 1, with a move or a setup that is not allowed: illegal.sgf, move 25",
        "used the main line of 1, with variations: lines.sgf",
        "left out 1, with stones set up after a move: late.sgf",
        "put before the others: 1, without a date: illegal.sgf",
    ):
        assert line in told, told
    positions._read.cache_clear()
    positions.read(DataConfig(path=str(folder)))
    assert "broken.sgf" in capsys.readouterr().err  # from the cache too


def test_too_many_broken_files_stop_the_run(tmp_path):
    folder = games.folder(tmp_path / "games", count=5)
    (folder / "broken.sgf").write_text("(;SZ[19];B[zz])")
    with pytest.raises(InputError, match="1 of 6 games cannot be used: broken.sgf: move 1 is not on the board"):
        positions.read(DataConfig(path=str(folder)))


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("no zip")])
def test_no_games_are_one_line(tmp_path, make):
    make(tmp_path / "games")
    with pytest.raises(InputError, match=r"games: .*give a folder or a zip of .sgf files"):
        positions.read(DataConfig(path=str(tmp_path / "games")))


def test_programs_are_left_out_by_name(tmp_path):
    folder = games.folder(tmp_path / "games", count=6)
    games.write(folder / "x.sgf", games.game(random_game(40, 60), players=("Zen19BS", "Ben")))
    counts = [len(positions.read(DataConfig(path=str(folder), players=who)).starts) - 1 for who in ("all", "people")]
    assert counts == [7, 6]


def test_handicap_stones_stand_before_the_first_move(tmp_path):
    folder = games.folder(tmp_path / "games", count=4)
    (folder / "000.sgf").write_text(
        "(;SZ[19]HA[2]AB[dd][pp]" + "".join(f";W[{c}a];B[{c}c]" for c in "abcdefghijk") + ")"
    )
    codes = positions.read(DataConfig(path=str(folder))).codes[0].reshape(19, 19, 3)
    assert codes[15, 3, 0] == codes[3, 15, 0] == 8 + 4 and (codes[..., 0] > 0).sum() == 2


def test_a_damaged_cache_is_made_again(tmp_path):
    config = DataConfig(path=str(games.folder(tmp_path / "games", count=4)))
    before = np.array(positions.read(config).moves)
    (file,) = [f for f in cache.folder().glob("go_*/moves.npy") if len(np.load(f)) == len(before)][-1:]
    file.write_bytes(file.read_bytes()[:200])
    positions._read.cache_clear()
    np.testing.assert_array_equal(positions.read(config).moves, before)


def test_the_codes_are_mapped_and_slices_are_views(tmp_path):
    config = DataConfig(path=str(games.folder(tmp_path / "games", count=20)))
    assert isinstance(positions.read(config).codes, np.memmap)
    examples = data.load(config, "train")
    assert isinstance(examples.raw, np.memmap) and examples.raw.shape == (18 * 40, 19, 19, 3)
    drawn = data.load(config, "train", limit=50)
    assert len(drawn) == 50 and "50 positions drawn" in drawn.description
    assert len(data.load(DataConfig(path=config.path, positions=100), "train")) == 100
