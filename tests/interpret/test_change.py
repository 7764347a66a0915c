"""`change`: an input becomes another label."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from suite.artefacts import runtime
from suite.digits import canvas as pictures
from suite.interpret import load
from suite.interpret.change import smallest
from tests.interpret.inputs import LECTURE, SENTIMENT, SPEECH, TINY, refused, run, seven, spoken


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_digits_reach_other_labels_by_small_changes():
    model, read = load.load(LECTURE), runtime.load(LECTURE)
    scans = pictures.scans(model.about, 40)
    answers = read.predict_raw(scans.raw).argmax(axis=1)
    for i in range(6):
        original, target = np.float32(scans.raw[i : i + 1]), int(answers[i] + 1 + i) % 10
        if target == answers[i]:
            continue
        changed = smallest(model, original, target, natural=False, seed=1)
        assert read.predict_raw(changed)[0].argmax() == target
        size = np.linalg.norm(changed - original) / np.linalg.norm(original)
        assert size < 0.5 and changed.min() >= 0 and changed.max() <= 255
        nearer = original + 0.9 * (changed - original)  # it is not larger than it must be
        assert read.predict_raw(nearer)[0].argmax() != target


def test_a_natural_change_is_larger_and_surer(tmp_path, capsys):
    words = ["change", seven(tmp_path), "--model", LECTURE, "--to", "1", "--judge", TINY, "--json"]
    found = {}
    for prior in ("none", "natural"):
        assert run(*words, "--prior", prior, "-o", f"{prior}.png") == 0
        found[prior] = json.loads(capsys.readouterr().out)
        assert Path(f"{prior}.png").exists()
    assert found["none"]["before"][0] == "7" and found["none"]["to"][0] == "1"
    assert found["natural"]["to"][1] > 0.9 > found["none"]["to"][1] > 0.2
    assert found["natural"]["size"] > found["none"]["size"] and found["none"]["judge"][0] in "0123456789"


def test_a_sound_is_changed_and_written(tmp_path, capsys):
    import soundfile

    assert run("change", spoken(tmp_path), "--model", SPEECH, "--to", "no", "-o", "no.png") == 0
    sound, _ = soundfile.read("no.wav", dtype="float32")
    read = runtime.load(f"{SPEECH}/tflite/speech_float32.tflite")
    shares = dict(zip(read.labels, read.predict_raw(sound[None])[0], strict=True))
    assert shares["no"] > 0.3  # 16 bits are rounded
    assert "dB below" in capsys.readouterr().out


def test_a_recording_is_not_overwritten_by_the_changed_one(tmp_path, capsys):
    file = spoken(tmp_path)
    kept = Path(file).read_bytes()
    assert "yes.wav: is there already" in refused(
        capsys, "change", file, "--model", SPEECH, "--to", "no", "-o", "yes.png"
    )
    assert Path(file).read_bytes() == kept


def test_a_black_picture_can_be_changed():
    model, read = load.load(LECTURE), runtime.load(LECTURE)
    black = np.zeros((1, 28, 28, 1), np.float32)
    target = (int(read.predict_raw(black)[0].argmax()) + 3) % 10
    assert read.predict_raw(smallest(model, black, target, natural=False, seed=1))[0].argmax() == target


def test_a_natural_change_holds_under_transforms(tmp_path):
    import tensorflow as tf

    model = load.load(LECTURE)
    raw = model.canvas.read(seven(tmp_path))[None]
    changed = smallest(model, raw, 1, natural=True, seed=1)
    surface = model.canvas.surfaces["pixels"]()
    views = surface.transform(tf.repeat(changed, 100, 0), tf.constant([7, 7]))
    answers = np.asarray(model.activations("logits")(views)).argmax(axis=1)
    assert np.mean(answers == 1) >= 0.85


def test_words_are_exchanged_until_the_label_is_another(capsys):
    assert run("change", "A $ terrible $x^$ film", "--model", SENTIMENT, "--to", "positive") == 0  # no formula
    capsys.readouterr()
    assert run("change", "It is a terrible film", "--model", SENTIMENT, "--to", "positive", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["to"][1] > 0.5 and found["text"] != "It is a terrible film" and "of 5 words" in found["detail"]
    assert len(found["text"].split()) == 5 and 0 < found["size"] <= 0.6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", LECTURE, "--to", "7"], "is read as 7 already"),
        (["--model", LECTURE, "--to", "ten"], "ten: no such label"),
        (["--model", LECTURE, "--to", "1", "--judge", SPEECH], "of the task speech"),
        (["--model", LECTURE], "--to: is needed"),
        (["--to", "1"], "--model: is needed"),
        (["--model", f"{LECTURE}/tflite/lecture_int8.tflite", "--to", "1"], "no gradients; give"),
        (["--model", LECTURE, "--to", "1", "-o", "seven.png"], "is one of the files to read"),
    ],
)
def test_what_is_wrong_is_one_line(words, message, tmp_path, capsys):
    assert re.search(message, refused(capsys, "change", seven(tmp_path), *words))
