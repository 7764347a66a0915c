"""`explain`: attributions of known functions and of the shipped models."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from suite.artefacts import runtime
from suite.digits import canvas as pictures
from suite.interpret import attribution, load, objectives
from tests.interpret.inputs import LECTURE, SENTIMENT, SPEECH, TINY, refused, run, seven, spoken


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def lecture():
    return load.load(LECTURE)


def corner(raw):
    """Probabilities of a made classifier: label 1 is the mean level of the upper right quarter."""
    level = np.asarray(raw, np.float32)[:, :14, 14:].mean(axis=(1, 2, 3)) / 255 * 0.98 + 0.01
    return np.stack([1 - level, level], axis=1)


def test_occlusion_finds_what_alone_matters(lecture):
    bright = np.full((28, 28, 1), 200.0, np.float32)
    bright[[0, -1]] = bright[:, [0, -1]] = 0  # so that what is taken out becomes dark
    found = attribution.occlusion(corner, lecture.canvas, bright, 1)
    assert found.shape == (28, 28) and found[2:12, 16:26].min() > 10 * np.abs(found[18:, :10]).max()
    curve = attribution.deletion(corner, lecture.canvas, bright, 1, found)
    assert curve.area < 0.65 * curve.random_area and curve.probabilities == sorted(curve.probabilities)[::-1]
    against = attribution.deletion(corner, lecture.canvas, bright, 1, -found)
    assert against.area > curve.random_area


def test_integrated_gradients_sum_to_the_change_of_the_margin(lecture, tmp_path):
    raw = lecture.canvas.read(seven(tmp_path))
    found = attribution.integrated_gradients(lecture, raw, 7)
    logits = lecture.activations("logits")(np.stack([raw, np.zeros_like(raw)]))
    margins = objectives.margins(logits, tf.constant([7, 7])).numpy()
    assert found.sum() == pytest.approx(margins[0] - margins[1], rel=0.1)


@pytest.mark.parametrize("artefact", [LECTURE, TINY])
def test_what_explains_a_digit_is_far_from_a_random_order(artefact, tmp_path):
    """On scans of digits that the network reads right."""
    model, read = load.load(artefact), runtime.load(artefact)
    scans = pictures.scans(model.about, 60)
    right = [i for i in range(60) if read.predict_raw(scans.raw[i : i + 1])[0].argmax() == scans.targets[i]][:20]
    areas = []
    for i in right:
        raw, label = np.float32(scans.raw[i]), int(scans.targets[i])
        found = attribution.occlusion(read.predict_raw, model.canvas, raw, label)
        curve = attribution.deletion(read.predict_raw, model.canvas, raw, label, found)
        areas.append((curve.area, curve.random_area))
    area, random_area = np.mean(areas, axis=0)
    assert area < 0.5 * random_area


def test_a_tflite_is_explained_without_tensorflow(tmp_path):
    files = {"7": seven(tmp_path), "yes": spoken(tmp_path), "negative": "A terrible, boring film."}
    code = "import sys; from suite.interpret.explain import explain\n"
    for (label, file), (name, model) in zip(
        files.items(), {"digits": TINY, "speech": SPEECH, "sentiment": SENTIMENT}.items(), strict=True
    ):
        tflite = f"{model}/tflite/{name}_int8.tflite"
        code += f"found = explain({file!r}, model={tflite!r}, output={name + '.png'!r})\n"
        code += f"assert found.label == {label!r} and found.deletion.area < found.deletion.random_area, found\n"
    code += "assert 'tensorflow' not in sys.modules\n"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert all(Image.open(f"{name}.png").size[0] > 500 for name in ("digits", "speech", "sentiment"))


def test_the_words_that_matter_are_named(capsys):
    assert run("explain", "A terrible film about trains", "--model", SENTIMENT, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["words"] == ["A", "terrible", "film", "about", "trains"] and found["label"] == "negative"
    assert np.argmax(found["map"]) == 1
    assert run("explain", "A terrible film about trains", "--model", SENTIMENT, "--label", "positive") == 0
    printed = capsys.readouterr().out
    assert "terrible(-" in printed and "the answer is negative" in printed


def test_occlusion_of_words_is_truer_than_chance(sentiment):
    model, read = load.load(sentiment.run), runtime.load(sentiment.run)
    lines = (sentiment.home / "lines.txt").read_text().splitlines()[:30]
    areas = []
    for line in lines:
        label, _, text = line.partition(" ")
        found = attribution.occlusion(read.predict_raw, model.canvas, text, read.labels.index(label))
        curve = attribution.deletion(read.predict_raw, model.canvas, text, read.labels.index(label), found)
        areas.append((curve.area, curve.random_area))
    area, random_area = np.mean(areas, axis=0)
    assert area < 0.9 * random_area


def test_gradients_need_the_keras_model(tmp_path, capsys):
    picture = seven(tmp_path)
    assert run("explain", picture, "--model", LECTURE, "--method", "gradients", "-o", "g.png") == 0
    assert Path("g.png").exists()
    message = refused(
        capsys, "explain", picture, "--model", f"{LECTURE}/tflite/lecture_int8.tflite", "--method", "gradients"
    )
    assert "no gradients; give" in message


def test_masked_parts_of_a_sound_fall_to_its_quiet_moments(tmp_path):
    model = load.load(SPEECH)
    clip = model.canvas.read(spoken(tmp_path))
    grid = model.canvas.grid(clip)
    masks = np.ones((3, *grid))
    masks[1] = 0
    masks[2, :, :20] = 0  # low bands
    whole, nothing, high = model.canvas.masked(clip, masks)
    np.testing.assert_allclose(whole, clip, atol=1e-4)
    assert np.square(nothing).mean() < 0.01 * np.square(clip).mean()
    spectra = np.abs(np.fft.rfft(np.stack([clip, high]))) ** 2
    assert spectra[1, 100:600].sum() < 0.1 * spectra[0, 100:600].sum()
    assert spectra[1, 4000:].sum() > 0.7 * spectra[0, 4000:].sum()


@pytest.mark.parametrize(
    ("input", "words", "message"),
    [
        ("one.png", ["--model", LECTURE], "one.png: no digit found"),
        ("silence.wav", ["--model", SPEECH], "silence.wav: is silent"),
        ("one.png", ["--model", SPEECH], "one.png: cannot be read as audio"),
        ("  ", ["--model", SENTIMENT], "no word in it"),
        ("Good", ["--model", SENTIMENT, "--label", "great"], "great: no such label.*negative, neutral, positive"),
        ("one.png", ["--model", LECTURE, "-o", "one.png"], "one.png: is one of the files to read"),
    ],
)
def test_what_is_wrong_is_one_line(input, words, message, capsys, tmp_path):
    import re

    import soundfile

    Image.new("L", (1, 1)).save("one.png")
    soundfile.write("silence.wav", np.zeros(16_000), 16_000)
    assert re.search(message, refused(capsys, "explain", input, *words))
    assert not Path("explained.png").exists()


def test_a_window_reaches_every_place():
    for grid, window in [((5,), (3,)), ((49, 40), (7, 5)), ((2, 3), (4, 4))]:
        seen = np.zeros(grid)
        for part in attribution._windows(grid, window):
            seen[part] += 1
        assert seen.min() >= 1


def test_the_answer_is_that_of_the_input_itself(lecture, tmp_path):
    """A mask of ones changes nothing, of either kind of picture."""
    raw = np.random.default_rng(0).uniform(0, 255, (28, 28, 1)).astype(np.float32)
    np.testing.assert_array_equal(lecture.canvas.masked(raw, np.ones((1, 28, 28)))[0], raw)
