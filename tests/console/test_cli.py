"""The command line: exactly the forms that people type, and one line for what is wrong."""

import os
import re
import shlex
import subprocess
import sys
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest

from suite.config import PATH
from suite.console import cli
from suite.console.arguments import FIELDS
from suite.data import cache
from suite.errors import InputError

ROOT = Path(__file__).parents[2]
seen = {}


@dataclass(frozen=True)
class Data:
    """The training data.

    Args:
        path: A folder.
        words: The words.
        per_word: Clips a word.
    """

    path: str | None = field(default=None, metadata=PATH)
    words: tuple[str, ...] = ()
    per_word: int = 5


@dataclass(frozen=True)
class Training:
    """How.

    Args:
        epochs: Passes.
    """

    epochs: int = 3


def train(*, data: Data = Data(), training: Training = Training(), max_drop: float = 0.1, export: bool = False):
    """Trains.

    Args:
        max_drop: How much.
        export: Export too.
    """
    seen.update(data=data, training=training, max_drop=max_drop, export=export)


def predict(inputs: list[str], *, model: str | None = None, json: bool = False):
    """Predicts.

    Args:
        inputs: Files.
        model: A model.
        json: As JSON.
    """
    seen.update(inputs=inputs, model=model, json=json)


def evaluate(artefact: str, *, report: str | None = None):
    """Scores.

    Args:
        artefact: A model.
        report: A file.
    """
    if artefact == "full":
        raise OSError(28, "No space left on device", "report.json")
    if artefact == "fault":
        raise KeyError("a mistake of ours")
    if artefact == "memory":
        raise MemoryError
    if artefact == "endless":
        raise InputError("a value: " + "x" * 10**6 + ": expected another")
    if artefact == "print":
        print("\N{SNOWMAN} caf\udce9")
        raise InputError("\N{SNOWMAN} caf\udce9: give another")
    if artefact == "wrong":
        raise InputError("wrong: not a model;\n give another")
    seen.update(artefact=artefact, report=report)


def draw(artefact: str, *, options: Annotated[Training, FIELDS] = Training(epochs=9)):
    """Draws.

    Args:
        artefact: A model.
        options: How.
    """
    seen.update(artefact=artefact, options=options)


def name_one(artefact: str, *, label: str):
    """Names.

    Args:
        artefact: A model.
        label: Its label.
    """


COMMANDS = {
    name: f"{__name__}:{function.__name__}"
    for name, function in dict(train=train, predict=predict, eval=evaluate, draw=draw, name=name_one).items()
}


def run(*argv):
    seen.clear()
    cli.main("suite.speech", COMMANDS, argv)
    return dict(seen)


def command(*argv, closed="", **environment):
    """A process of its own."""
    code = f"from tests.console import test_cli as t; t.cli.main('suite.speech', t.COMMANDS, {[*argv]})"
    line = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(code)} {closed}"
    return subprocess.run(["sh", "-c", line], capture_output=True, env={**os.environ, **environment}, cwd=ROOT)


def refused(capsys, *argv):
    with pytest.raises(SystemExit) as stop:
        cli.main("suite.speech", COMMANDS, argv)
    error = capsys.readouterr().err
    assert stop.value.code == 2
    assert error.startswith("error: ") and error.count("\n") == 1, error
    return error


@pytest.mark.parametrize("words", [("--data.words", "yes,no"), ("--data.words", "[yes, no]"), ("--data.words=yes,no",)])
def test_lists_of_words_are_words(words):
    assert run("train", *words)["data"].words == ("yes", "no")


def test_the_options_of_a_dataclass_can_stand_without_its_name(capsys):
    assert run("draw", "m")["options"] == Training(epochs=9)
    assert run("draw", "m", "--epochs", "4")["options"] == Training(epochs=4)
    assert "epochs: many: expected a whole number" in refused(capsys, "draw", "m", "--epochs", "many")
    with pytest.raises(SystemExit):
        run("draw", "--help")
    assert "Passes. (default: 9)" in capsys.readouterr().out


def test_an_option_without_a_default_is_needed(capsys):
    assert "--label: is needed" in refused(capsys, "name", "m")


def test_flags_are_bare_and_hyphens_are_underscores():
    options = run("train", "--export", "--max-drop", "0.003", "--data.per-word=7", "--training.epochs", "2")
    assert options["export"] is True and options["max_drop"] == 0.003
    assert options["data"].per_word == 7 and options["training"].epochs == 2
    assert run("train")["export"] is False


def test_inputs_come_before_or_after_the_options():
    assert run("predict", "a.wav", "b.wav", "--model", "m", "--json") == {
        "inputs": ["a.wav", "b.wav"],
        "model": "m",
        "json": True,
    }
    assert run("predict", "--json", "a.wav")["inputs"] == ["a.wav"]
    assert run("predict", "--", "-- a so-so film")["inputs"] == ["-- a so-so film"]


def test_o_is_where_something_is_written():
    assert run("eval", "run", "-o", "x.json") == {"artefact": "run", "report": "x.json"}


def test_a_config_gives_way_to_the_command_line(tmp_path):
    file = tmp_path / "recipe.yaml"
    file.write_text("data: {words: [yes, no, on], per_word: 9}\ntraining: {epochs: 8}\n")
    options = run("train", "--config", str(file), "--training.epochs", "2")
    assert options["data"] == Data(words=("yes", "no", "on"), per_word=9)
    assert options["training"].epochs == 2


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("trian",), "train, predict, eval"),
        (("train", "--data.pth", "x"), "did you mean data.path?"),
        (("train", "--trainig.epochs", "3"), "did you mean training.epochs?"),
        (("train", "--training.epochs", "many"), "training.epochs: many: expected a whole number"),
        (("train", "--config", "nowhere.yaml"), "nowhere.yaml"),
        (("predict",), "INPUT"),
        (("eval", "wrong"), "wrong: not a model; give another"),
        (("eval", "full"), "report.json: No space left on device: free some space"),
    ],
)
def test_one_line_says_what_is_wrong(capsys, argv, told):
    assert told in refused(capsys, *argv)


def test_what_nobody_foresaw_is_one_line_and_a_file(capsys):
    told = refused(capsys, "eval", "fault")
    file = Path(re.search(r"KeyError: 'a mistake of ours'; .* please report it with (.*)", told)[1])
    assert "in evaluate" in file.read_text()
    file.unlink()
    assert "not enough memory" in refused(capsys, "eval", "memory")


def test_a_long_value_does_not_make_a_long_line(capsys):
    told = refused(capsys, "eval", "endless")
    assert len(told) < 700 and told.rstrip().endswith("expected another")


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", b"? caf?"), ("utf-8", "\N{SNOWMAN} caf?".encode())])
def test_characters_that_cannot_be_shown_are_replaced(encoding, shown):
    done = command("eval", "print", PYTHONIOENCODING=f"{encoding}:strict")
    assert done.returncode == 2 and done.stdout.strip() == shown
    assert done.stderr.count(b"\n") == 1 and b"caf\\udce9: give another" in done.stderr


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "1>&- 2>&-", "1>/dev/full"])
def test_closed_streams_and_full_disks(closed):
    done = command("eval", "print", closed=closed)
    assert done.returncode == 2 and b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr


def test_no_home_directory(monkeypatch):
    monkeypatch.delenv("SUITE_CACHE")
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("Could not determine home")))
    with pytest.raises(InputError, match="no home directory; set SUITE_CACHE"):
        cache.folder()


def test_a_cache_that_may_not_be_written_names_its_setting():
    error = PermissionError(13, "Permission denied", str(cache.folder() / "x.npz"))
    assert cli._one_line(error).endswith("set SUITE_CACHE to another folder, which you may write and which has space")


@pytest.mark.parametrize(
    "content",
    [
        "[" * 10**5,
        "data: {path: 2024-13-45}",
        "data: {path: !!python/object/apply:os.system [ls]}",
        "data: {[a]: 1}",
        "data: {path: !!binary x}",
        "data: {? {a: 1} : 2}",
        "\x01",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "x" * 2_000_000,
        "data: {words: &w [a], path: *w}",
    ],
)
def test_a_yaml_file_of_any_content_is_one_line(capsys, tmp_path, content):
    (tmp_path / "recipe.yaml").write_text(content)
    assert "recipe.yaml" in refused(capsys, "train", "--config", str(tmp_path / "recipe.yaml"))


def test_texts_are_in_form_nfc_and_paths_are_not():
    decomposed = unicodedata.normalize("NFD", "ü")
    given = run("train", f"--data.words={decomposed},🙂", f"--data.path={decomposed}")["data"]
    assert given.words == ("ü", "🙂") and given.path == decomposed


def test_the_home_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/home/her")
    assert run("predict", "x", "--model=~/m.tflite")["model"] == "/home/her/m.tflite"
    (tmp_path / "recipe.yaml").write_text("data: {path: ~/clips}")
    assert run("train", "--config", str(tmp_path / "recipe.yaml"))["data"].path == "/home/her/clips"


@pytest.mark.parametrize(
    "content", ["data: [", "data: {pth: 1}", "dta: {path: x}", "just text", "training: {epochs: many}"]
)
def test_a_wrong_config_is_one_line(capsys, tmp_path, content):
    file = tmp_path / "recipe.yaml"
    file.write_text(content)
    refused(capsys, "train", "--config", str(file))


def test_help_explains_every_option(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main("suite.speech", COMMANDS, ["train", "--help"])
    text = capsys.readouterr().out
    assert stop.value.code == 0
    for explained in ("Trains.", "The words.", "Clips a word.", "Passes.", "How much.", "Export too."):
        assert explained in text
