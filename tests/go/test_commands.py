"""The commands of the Go player, as a person uses them."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import suite
from suite.artefacts import runtime
from suite.blocks import ConvBlock, Head
from suite.go import data, model, symmetries
from suite.go.config import Config, DataConfig, ModelConfig
from suite.go.examples import random_game
from suite.go.player import Player, averaged
from suite.go.report import report
from suite.task import Examples
from tests import tools
from tests.go import games


def run(*words: object) -> int:
    return tools.run("go", *map(str, words))


@pytest.fixture
def game(tmp_path):
    return games.write(tmp_path / "game.sgf", games.game(random_game(60, 5)))


def test_training_learned_more_than_chance(go):
    metrics = json.loads((go.run / "metrics.json").read_text())
    assert metrics["cross_entropy"] < np.log(362) and set(metrics["by_phase"]) == {"moves 1-20", "moves 21-60"}


def test_every_file_agrees_with_the_keras_model(go):
    report = json.loads((go.version / "report.json").read_text())
    assert [file["file"] for file in report["files"]][1:] == [
        f"tflite/go_{mode}.tflite" for mode in ("float32", "float16", "dynamic", "int8")
    ]
    assert report["files"][1]["agreement"]["test"] == 1.0 and report["report"]["accuracy"] >= 0
    labels = (go.version / "labels.txt").read_text().split()
    assert len(labels) == 362 and labels[0] == "A1" and labels[-2:] == ["T19", "pass"]
    assert runtime.load(go.tflite).labels == tuple(labels)


def test_predict_shows_the_board_and_writes_a_picture(go, game, tmp_path, capsys):
    picture = tmp_path / "board.png"
    assert run("predict", game, "--move", 58, "-o", picture, "--model", go.tflite) == 0
    told = capsys.readouterr().out
    assert "move 58" in told and random_game(57, 5).text().splitlines()[3].count("X") == told.splitlines()[4].count("X")
    assert "1: " in told and "5: " in told and "played: " in told and Image.open(picture).width > 300


def test_predict_as_json_without_tensorflow(go, game):
    code = "import sys; from suite.go.predict import predict; "
    code += "predict([sys.argv[1]], model=sys.argv[2], json=True); "
    code += "assert not {'tensorflow', 'numba', 'PIL'} & set(sys.modules)"
    result = subprocess.run([sys.executable, "-c", code, game, go.tflite], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    (content,) = json.loads(result.stdout)
    assert content["move"] == 61 and content["colour"] == "black" and len(content["moves"]) == 5


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("no game", (), "not an SGF file"),
        ("(;SZ[19])", (), "has no moves"),
        ("(;SZ[9];B[aa])", (), "a board of 9x9"),
        ("(;SZ[19];B[aa];W[bb];B[aa])", (), "move 3, A19, is not allowed: the point is occupied"),
        ("(;SZ[19];B[aa])", ("--move", "9"), "has 1 moves"),
    ],
)
def test_games_that_cannot_be_used_are_one_line(go, tmp_path, capsys, text, words, told):
    (tmp_path / "bad.sgf").write_text(text)
    assert run("predict", tmp_path / "bad.sgf", "--model", go.tflite, *words) == 2
    error = capsys.readouterr().err
    assert told in error and "bad.sgf" in error and error.count("\n") == 1


def test_a_move_before_the_illegal_one_can_be_looked_at(go, tmp_path):
    (tmp_path / "bad.sgf").write_text("(;SZ[19];B[aa];W[bb];B[aa])")
    assert run("predict", tmp_path / "bad.sgf", "--model", go.tflite, "--move", 3) == 0


def test_eval_with_baselines_and_a_report(go, tmp_path, capsys):
    words = ("--data.path", go.home / "games", "--baseline", "--report", tmp_path / "r.json")
    assert run("eval", go.version, *words) == 0
    told = capsys.readouterr().out
    assert "most frequent move" in told and "nearest pattern" in told
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["n"] == 60 and report["accuracy"] <= report["top5"] and (tmp_path / "r.png").exists()


def test_the_report_is_what_the_outputs_say(go):
    examples = data.load(DataConfig(path=str(go.home / "games")), "test")
    scored = suite.evaluate(go.run, data={"path": str(go.home / "games")})
    shares = runtime.load(go.run).predict_raw(examples.raw)
    order = np.argsort(-shares, axis=1, kind="stable")[:, :5]
    assert scored.accuracy == pytest.approx(np.mean(order[:, 0] == examples.targets))
    assert scored.top5 == pytest.approx(np.mean((order == examples.targets[:, None]).any(axis=1)))
    cost = -np.log(shares[np.arange(len(shares)), examples.targets])
    assert scored.cross_entropy == pytest.approx(cost.mean(), rel=1e-4)
    assert sum(row["n"] for row in scored.by_phase.values()) == scored.n == 60


def test_outputs_averaged_over_the_symmetries_turn_with_the_board(go):
    loaded, board = runtime.load(go.run), random_game(50, 9)
    codes = board.codes(board.to_move)[None]
    for order in symmetries.permutations(19)[[1, 6]]:
        turned = averaged(loaded, codes.reshape(1, 361, 3)[:, order].reshape(codes.shape), 8)[0]
        np.testing.assert_allclose(turned[:-1], averaged(loaded, codes, 8)[0, order], atol=1e-5)
    assert averaged(loaded, codes, 8).sum() == pytest.approx(1, abs=1e-3)


def test_eval_with_eight_symmetries(go, capsys):
    assert run("eval", go.run, "--symmetries", 8, "--data.path", go.home / "games") == 0
    assert "on test split" in capsys.readouterr().out


def test_no_probability_is_on_a_move_that_is_not_allowed(go):
    board = random_game(200, 11)
    shares = Player(runtime.load(go.tflite)).probabilities(board, board.to_move)
    allowed = [board.allows(p, board.to_move) for p in range(361)]
    assert shares.sum() == pytest.approx(1) and not shares[:-1][~np.array(allowed)].any()


def test_a_match_through_the_protocol(go, tmp_path, capsys):
    other = f"{sys.executable} -m suite.go gtp --model {go.tflite}"
    words = ("--opponent", other, "--games", 2, "--sgf", tmp_path / "games", "--report", tmp_path / "r.json")
    assert run("eval", go.tflite, *words) == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["games"] == report["played_out"] == report["same_score"] == 2 and len(report["results"]) == 2
    assert report["interval"][0] <= report["win_rate"] <= report["interval"][1]
    assert len(list((tmp_path / "games").glob("*.sgf"))) == 2 and "won" in capsys.readouterr().out


@pytest.mark.parametrize("other", ["no-such-program", "''", "true", "cat", "foo 'bar"])
def test_an_opponent_that_does_not_play_is_one_line(go, capsys, other):
    assert run("eval", go.tflite, "--opponent", other) == 2
    assert capsys.readouterr().err.count("\n") == 1


PROGRAM = """
import sys
for line in sys.stdin:
    name = line.split()[0]
    if name == "{refused}":
        print("? no\\n", flush=True)
    elif name == "{ended}":
        break
    else:
        print("=", {{"genmove": "{move}", "name": "Test", "version": "1"}}.get(name, ""), "\\n", flush=True)
"""


@pytest.mark.parametrize(
    ("answers", "result", "won"),
    [
        ({"move": "resign"}, "Resign", 2),
        ({"move": "A1"}, "Forfeit", 2),  # twice the same
        ({"move": "nonsense"}, "Forfeit", 2),
        ({"move": "D4", "ended": "genmove"}, "Forfeit", 2),
        ({"move": "D4", "refused": "play"}, "Forfeit", 0),
    ],
)
def test_an_opponent_that_breaks_the_rules_loses_and_the_match_goes_on(go, tmp_path, answers, result, won):
    (tmp_path / "program.py").write_text(PROGRAM.format(**{"refused": "", "ended": "", **answers}))
    words = ("--games", 2, "--report", tmp_path / "r.json", "--sgf", tmp_path / "games")
    assert run("eval", go.tflite, "--opponent", f"{sys.executable} {tmp_path / 'program.py'}", *words) == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["wins"] == won and all(result in line for line in report["results"])


@pytest.mark.parametrize(
    "words",
    [
        ("--games", 3),
        ("--symmetries", 9),
        ("--opponent", "gnugo", "--baseline"),
        ("--opponent", "gnugo", "--data.split", "test"),
    ],
)
def test_options_that_would_be_ignored_are_refused(go, capsys, words):
    assert run("eval", go.run, *words) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_engines_with_bad_options_do_not_start(go, capsys):
    assert run("gtp", "--model", go.tflite, "--seed", -1) == 2
    assert run("gtp", "--model", go.tflite, "--symmetries", 9) == 2
    assert run("play", "--model", go.tflite, "--size", 9) == 2
    assert capsys.readouterr().err.count("\n") == 3


def test_equal_probabilities_are_no_hits():
    examples = Examples(np.zeros((4, 19, 19, 3)), np.array([0, 3, 7, 361]), data.LABELS, "made", ("a",) * 4)
    result = report(examples, np.full((4, 362), 1 / 362), "constant")
    assert result.accuracy == 0.25 and result.top5 == 0.5


@pytest.mark.parametrize("blocks", [(ConvBlock(4, pooling="max"),), (ConvBlock(4, kernel=5, padding="valid"),)])
def test_blocks_that_change_the_boards_size_are_refused(blocks):
    with pytest.raises(suite.errors.InputError, match="keep the board's size"):
        model.build(Config(model=ModelConfig(blocks=blocks)), None)
    with pytest.raises(suite.errors.InputError, match="points"):
        model.build(Config(model=ModelConfig(head=Head("flatten"))), None)


def test_play_against_a_person(go, tmp_path, capsys, monkeypatch):
    words = iter(["D4\n", "D4\n", "what\n", "score\n", "undo\n", "pass\n", "quit\n"])
    monkeypatch.setattr("sys.stdin.readline", lambda: next(words, ""))
    assert run("play", "--model", go.tflite, "-o", tmp_path / "game.sgf") == 0
    told = capsys.readouterr().out
    assert "illegal move: the point is occupied" in told and "white: " in told
    assert (tmp_path / "game.sgf").read_text().startswith("(;")


def test_describe_and_bench(go, capsys):
    assert run("describe", "--model.variant", "small") == 0
    assert "b1_conv" in capsys.readouterr().out
    assert run("bench", go.version, "--json") == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["cold_predict_seconds"] > 0 and "go_int8.tflite" in measured["latency_ms"]
