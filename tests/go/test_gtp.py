"""The engine, as a program that speaks the protocol sees it."""

import io
import subprocess
import sys

import numpy as np
import pytest

from suite.artefacts import runtime
from suite.go.board import Board
from suite.go.examples import random_game
from suite.go.gtp import Engine, handicap_points, serve
from suite.go.labels import labels
from suite.go.player import Player
from tests.go import games


@pytest.fixture(scope="module")
def player(go):
    return Player(runtime.load(go.tflite))


def answers(player: Player, *lines: str) -> list[str]:
    out = io.StringIO()
    serve(Engine(player), [f"{line}\n" for line in lines], out)
    return out.getvalue().split("\n\n")[:-1]


def test_the_required_commands_are_there(player):
    required = "protocol_version name version known_command list_commands quit boardsize clear_board komi play genmove"
    more = "loadsgf final_score time_settings time_left undo showboard fixed_handicap place_free_handicap reg_genmove"
    listed = answers(player, "list_commands")[0].removeprefix("= ").split()
    assert set(required.split()) | set(more.split()) | {"set_free_handicap", "lz-analyze"} <= set(listed)
    assert answers(player, *(f"known_command {name}" for name in listed)) == ["= true"] * len(listed)
    assert answers(player, "known_command dance") == ["= false"]


def test_answers_carry_the_number_and_comments_are_skipped(player):
    told = answers(player, "# a comment", "", "17 protocol_version # 2", "3 dance")
    assert told == ["=17 2", "?3 unknown command"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("boardsize 13", "? unacceptable size"),  # a .tflite takes one size
        ("boardsize nineteen", "? unacceptable size"),
        ("boardsize", "? syntax error"),
        ("play black", "? syntax error"),
        ("play green D4", "? invalid color or coordinate"),
        ("play black Z9", "? Z9: no point of a 19x19 board"),
        ("genmove", "? syntax error"),
        ("komi many", "? many: not a number"),
        ("fixed_handicap 10", "? invalid number of stones"),
        ("set_free_handicap D4", "? bad vertex list"),
        ("undo", "? cannot undo"),
        ("time_settings 10", "? syntax error"),
        ("fixed_handicap 2.5", "? 2.5: not a whole number"),
        ("final_status_list asleep", "? invalid status"),
        ("loadsgf none.sgf", "? cannot load file: none.sgf: No such file or directory; give an SGF file"),
    ],
)
def test_what_cannot_be_done_is_refused(player, line, told):
    assert answers(player, line) == [told]


def test_a_move_on_a_stone_is_illegal_and_changes_nothing(player):
    told = answers(player, "play b D4", "play w D4", "play w E4", "showboard")
    assert told[1] == "? illegal move: the point is occupied" and told[0] == told[2] == "= "
    assert told[3].count("X") == 1 and told[3].count("O") >= 1


def test_a_game_against_itself_to_the_end(player):
    engine = Engine(player, seed=1)
    for number in range(1200):
        engine.run("genmove", ["b" if number % 2 == 0 else "w"])
        moves = [move for move, _ in engine.board.moves]
        if moves[-2:] == [361, 361]:
            break
    assert moves[-2:] == [361, 361] and len(moves) > 100
    assert engine.run("final_score", [])[:2] in ("B+", "W+")
    again = Board(19)  # no position came twice, and no move was illegal
    seen = {bytes(again.stones)}
    for move, colour in engine.board.moves:
        assert move == 361 or not again.is_own_eye(move, colour)
        again.play(move, colour)
        assert move == 361 or bytes(again.stones) not in seen
        seen.add(bytes(again.stones))


def test_genmove_passes_where_only_own_eyes_are_left(go):
    engine = Engine(Player(runtime.load(go.run)))
    engine.run("boardsize", ["9"])
    white = [p for p in range(81) if p not in (0, 8, 72)]
    engine.board = Board(9, [(p, 2) for p in white])
    assert engine.run("genmove", ["w"]) == "pass"


@pytest.mark.parametrize("passed", [True, False])
def test_no_pass_while_points_are_unsettled(go, monkeypatch, passed):
    """Even where the network would pass: the other has, or thinks that nothing is left."""
    engine = Engine(Player(runtime.load(go.tflite)))
    shares = np.full(362, 0.001)
    shares[-1] = 0.64
    monkeypatch.setattr(Player, "probabilities", lambda player, board, colour: shares.copy())
    engine.run("play", ["b", "D4"])
    if passed:
        engine.run("play", ["w", "pass"])
    assert engine.run("genmove", ["b" if passed else "w"]) != "pass"


def test_a_model_of_any_size_plays_on_smaller_boards(go):
    engine = Engine(Player(runtime.load(go.run)))
    for size in ("9", "13"):
        assert engine.run("boardsize", [size]) == ""
        assert engine.run("genmove", ["b"]) in labels(int(size))
    saved = Engine(Player(runtime.load(go.version)))
    saved.run("boardsize", ["9"])
    assert saved.run("genmove", ["b"]) in labels(9)


def test_loadsgf_sets_the_position_before_a_move(player, tmp_path):
    board = random_game(50, 3)
    path = games.write(tmp_path / "a.sgf", games.game(board))
    told = answers(player, f"loadsgf {path}", "showboard", f"loadsgf {path} 11", "showboard")
    assert told[0] == "= " and board.text() in told[1]
    assert told[2] == "= " and random_game(10, 3).text() in told[3]
    (tmp_path / "bad.sgf").write_text("(;SZ[19];B[aa];W[aa])")
    assert "cannot load file" in answers(player, f"loadsgf {tmp_path / 'bad.sgf'}")[0]


def test_fixed_handicaps_are_those_of_the_protocol():
    names = labels(19)
    assert [names[p] for p in handicap_points(19, 5)] == ["D4", "Q16", "D16", "Q4", "K10"]
    assert {names[p] for p in handicap_points(19, 4)} == {"D4", "Q16", "D16", "Q4"}
    assert {names[p] for p in handicap_points(19, 9)} == {f"{c}{r}" for c in "DKQ" for r in (4, 10, 16)}
    assert len(set(handicap_points(13, 8))) == 8 and len(set(handicap_points(9, 4))) == 4


def test_white_moves_first_after_a_handicap(player):
    told = answers(player, "fixed_handicap 2", "genmove w", "fixed_handicap 2")
    assert told[0] == "= D4 Q16" and told[1].startswith("= ") and told[2] == "? board not empty"
    # An empty board but for nine stones is black's; white gets a point for each of them, as from GNU Go.
    assert answers(player, "komi 0.5", "fixed_handicap 9", "final_score")[2] == "= B+351.5"
    assert len(answers(player, "place_free_handicap 12")[0].split()) == 10


def test_analysis_gives_the_moves_and_ends_with_the_next_line(player):
    out = io.StringIO()
    serve(Engine(player), ["lz-analyze b 50\n", "\n", "name\n"], out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "=" and lines[1].startswith("info move ") and " pv " in lines[1] and lines[2] == ""
    assert lines[3] == "= suite.go"


def test_little_time_left_means_one_symmetry(go):
    model, calls = runtime.load(go.tflite), []
    counted = runtime.Artefact(**(vars(model) | {"run": lambda arrays: calls.append(1) or model.run(arrays)}))
    engine = Engine(Player(counted, symmetries=8))
    engine.run("genmove", ["b"])
    assert len(calls) == 8
    engine.run("time_left", ["w", "1", "0"])
    engine.run("genmove", ["w"])
    assert len(calls) == 9


def test_kgs_settles_disputes_by_playing_on(player):
    engine = Engine(player)
    black = [p for p in range(361) if p // 19 < 10 and p not in (0, 2, 100, 101, 120)]
    engine.board = Board(
        19, [*((p, 1) for p in black), (100, 2), *((p, 2) for p in range(200, 361) if p not in (350, 360))]
    )
    assert engine.run("final_status_list", ["dead"]) == labels(19)[100]
    for _ in range(10):
        if engine.run("kgs-genmove_cleanup", ["b"]) == "pass":
            break
    assert engine.run("final_status_list", ["dead"]) == "" and engine.board.stones[100] != 2
    assert engine.run("kgs-time_settings", ["byoyomi", "0", "1", "5"]) == ""
    assert set(engine.seconds_left.values()) == {1.0}
    engine.run("kgs-time_settings", ["none"])
    assert set(engine.seconds_left.values()) == {float("inf")}


def test_the_command_speaks_on_standard_input_without_tensorflow(go):
    code = "import sys; from suite.go.gtp import gtp; gtp(model=sys.argv[1]); "
    code += "assert not {'tensorflow', 'numba', 'keras'} & set(sys.modules)"
    command = [sys.executable, "-c", code, str(go.tflite)]
    done = subprocess.run(command, input=b"1 name\n\xff\n2 genmove b\n3 quit\n", capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"=1 suite.go\n\n? unknown command\n\n=2 ") and done.stdout.endswith(b"=3 \n\n")
