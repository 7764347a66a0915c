"""`filters`, `neurons` and `outputs` from the command line."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.interpret.inputs import LECTURE, ROOT, SENTIMENT, SPEECH, TINY, refused, run


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def figures(file):
    return json.loads(Path(file).read_text())


def test_no_filter_of_the_lecture_s_network_is_dead(capsys):
    assert run("filters", LECTURE, "--layer", "all", "--units", "all", "-o", "f.png") == 0
    found = figures("f.json")
    assert [unit["unit"] for unit in found] == [f"b1_conv:{n}" for n in range(25)] + [f"b2_conv:{n}" for n in range(50)]
    assert all(unit["activation"] > 1 and unit["activation"] > unit["start"] for unit in found)
    assert all(len(unit["natural"]) == 3 and unit["natural"] == sorted(unit["natural"])[::-1] for unit in found)
    made, natural = (np.array([unit[name] for unit in found]) for name in ("activation", "start"))
    assert np.median(made / np.maximum(natural, 1)) > 1.5
    assert Image.open("f.png").size[0] > 500
    assert "75 units, 0 dead" in capsys.readouterr().out


def test_outputs_fool_the_network_without_a_prior_and_convince_another_one_with_it():
    assert run("outputs", LECTURE, "--prior", "none", "--judge", TINY, "--each", 2, "-o", "none.png") == 0
    assert run("outputs", LECTURE, "--judge", TINY, "--each", 2, "-o", "natural.png") == 0
    fooling, natural = figures("none.json"), figures("natural.json")
    assert all(unit["confidence"] >= 0.99 for unit in fooling)
    right = [np.mean([unit["judge"] == unit["unit"] for unit in found]) for found in (fooling, natural)]
    assert right[0] < 0.7 and right[1] >= 0.95


def test_the_priors_weigh_as_much_as_the_network_is_sure(monkeypatch):
    """A network of twice the margin gets twice the prior: less ink."""
    from suite.interpret import units

    inks = []
    for factor in (1, 3):
        monkeypatch.setattr(units, "margin", lambda model, natural, factor=factor: factor * 5.0)
        assert run("outputs", LECTURE, "--units", "3", "--prior", "l1", "--steps", 60, "-o", f"{factor}.png") == 0
        inks.append(np.asarray(Image.open(f"{factor}.png").convert("L"), np.float32)[20:100, 8:88].mean())
    assert inks[1] < 0.8 * inks[0]


def test_neurons_are_those_before_the_logits(capsys):
    assert run("neurons", LECTURE, "--units", "0-2,7", "--prior", "natural", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [unit["unit"] for unit in found] == ["dense1:0", "dense1:1", "dense1:2", "dense1:7"]
    assert found == figures("neurons.json")


def test_one_unit_by_its_address_and_real_inputs_of_one_s_own(digits, tmp_path, capsys):
    scans = tmp_path / "scans"
    for label in "01":
        (scans / label).mkdir(parents=True)
        for n in range(3):
            picture = Image.new("L", (60, 60), 255)
            pen = ImageDraw.Draw(picture)
            pen.ellipse([15 + n, 10, 42, 50], outline=0, width=5) if label == "0" else pen.line(
                [30 + n, 8, 30, 52], fill=0, width=5
            )
            picture.save(scans / label / f"{n}.png")
    assert run("filters", digits.run, "--layer", "b2_conv:3", "--exemplars", scans, "--json") == 0
    (unit,) = json.loads(capsys.readouterr().out)
    assert unit["unit"] == "b2_conv:3" and len(unit["natural"]) == 3


def test_words_become_sounds(capsys):
    import soundfile

    assert run("outputs", SPEECH, "--units", "no", "--prior", "none", "-o", "words.png") == 0
    (unit,) = figures("words.json")
    sound, rate = soundfile.read(unit["file"])
    assert unit["confidence"] > 0.9 and rate == 16_000 and len(sound) == 16_000 and np.abs(sound).max() > 0.001
    assert "no" in capsys.readouterr().out


def test_the_best_n_gram_is_exact(sentiment):
    from suite.interpret import load, sentences

    model = load.load(sentiment.run)
    (layer,) = {layer.name for layer in model.network.layers if layer.name == "b1_conv"}
    (unit,) = sentences.units(model, "filters", {layer: [4]}, None, None)
    vocabulary, response = model.about.settings["vocabulary"], model.activations(layer)
    assert len(unit.text.split()) == 3 and set(unit.text.split()) <= set(vocabulary[2:])
    own = response(model.encode([unit.text]))[0, 1, 4]  # the middle of its three words
    assert float(own) == pytest.approx(unit.activation, rel=1e-4)
    rng = np.random.default_rng(0)
    others = [" ".join(rng.choice(vocabulary[2:], 3)) for _ in range(500)]
    assert float(np.max(response(model.encode(others))[:, 1, 4])) < float(own)


def test_a_network_with_scopes_is_read_too(sentiment, tmp_path, capsys):
    """Its filters read words, and beside them words within scopes; words are exchanged as in any other."""
    import suite
    from suite.interpret import load, sentences

    lines = str(sentiment.home / "lines.txt")
    trained = suite.train(
        "sentiment", data={"path": lines}, model={"scopes": 2}, training={"epochs": 4}, run=tmp_path / "run"
    )
    model = load.load(trained)
    (unit,) = sentences.units(model, "filters", {"b1_conv": [4]}, None, None)
    scopes, kernel = model.model.get_layer("scopes"), np.asarray(model.network.get_layer("b1_conv").kernel)
    ids = model.encode([unit.text])[0, :3]
    vectors = np.asarray(model.model.get_layer("embedding").embeddings)[ids][:, : scopes.dimensions]
    bias = float(model.network.get_layer("b1_conv").bias[4])
    own = float((vectors * kernel[:, : scopes.dimensions, 4]).sum()) + bias
    assert own == pytest.approx(unit.activation, rel=1e-3)
    capsys.readouterr()
    assert run("filters", trained, "--units", "0-3", "--exemplars", lines, "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["natural_texts"]
    assert run("change", "It's a dull film, dull indeed.", "--model", trained, "--to", "good", "--json") == 0
    assert json.loads(capsys.readouterr().out)["to"][1] > 0.5


def test_sentences_have_natural_n_grams_and_words_that_add(sentiment, capsys):
    from suite.interpret import load

    lines = str(sentiment.home / "lines.txt")
    assert run("filters", sentiment.run, "--units", "0-3", "--exemplars", lines, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    text = (sentiment.home / "lines.txt").read_text().replace(",", "").replace(".", "")
    assert all(gram in text for unit in found for gram in unit["natural_texts"]) and found[0]["natural_texts"]
    assert all(unit["activation"] >= unit["natural"][0] for unit in found)
    assert run("outputs", sentiment.run, "--judge", SENTIMENT) == 2  # good and bad are none of its labels
    assert run("outputs", sentiment.run, "--units", "bad", "--json") == 0
    (bad,) = json.loads(capsys.readouterr().out)
    assert {"awful", "dull", "terrible", "poor"} & set(bad["text"].split()) and bad["confidence"] > 0.7
    assert load.load(sentiment.run).about.labels == ("bad", "good")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["filters", LECTURE, "--layer", "b9_conv"], "no layer b9_conv.*b1_conv, b2_conv"),
        (["filters", LECTURE, "--layer", "b1_conv:25"], "no unit 25.*0-24"),
        (["filters", LECTURE, "--units", "b2_conv:-1"], "no unit -1.*0-49"),
        (["filters", LECTURE, "--units", "5-3"], "no unit 5-3"),
        (["neurons", TINY], "no dense layer"),
        (["outputs", LECTURE, "--units", "ten"], "no unit ten; it has 0, 1"),
        (["outputs", LECTURE, "--judge", SPEECH], "is of the task speech, not digits"),
        (["outputs", LECTURE, "--canvas", "vocoder"], "canvas: vocoder.*pixels, fourier"),
        (["outputs", LECTURE, "--each", "0"], "each: 0"),
        (["outputs", LECTURE, "-o", "x.jpg"], "x.jpg: is to be a picture; name a file that ends in .png$"),
        (["outputs", LECTURE, "-o", f"{LECTURE}/labels.txt/x.png"], "x.png: cannot be written there"),
        (["outputs", LECTURE, "--exemplars", "nowhere"], "nowhere: no such file or folder"),
        (["filters", f"{LECTURE}/tflite/lecture_int8.tflite"], "no gradients; give .*saved_models/lecture/1"),
        (["filters", ROOT / "style" / "2"], "painter cannot be interpreted"),
        (["filters", "nowhere"], "nowhere: no such file or folder"),
    ],
)
def test_what_is_wrong_is_one_line(words, message, capsys, tmp_path):
    import re

    assert re.search(message, refused(capsys, *words))
    assert not list(tmp_path.iterdir())


def test_a_judge_of_the_same_network_is_warned_of(capsys):
    assert run("outputs", LECTURE, "--units", "3", "--prior", "l1", "--judge", LECTURE) == 0
    assert "has the same network" in capsys.readouterr().err


def test_an_interrupted_search_leaves_nothing(monkeypatch, tmp_path):
    from suite.interpret import optimisation

    steps = optimisation._Search.evaluate

    def stop(self, values):
        if self.steps == 3:
            raise KeyboardInterrupt
        return steps(self, values)

    monkeypatch.setattr(optimisation._Search, "evaluate", stop)
    assert run("outputs", LECTURE, "-o", "x.png") == 130
    assert not list(tmp_path.iterdir())


def test_nothing_of_somebody_else_s_is_overwritten(capsys, tmp_path):
    (tmp_path / "metrics.json").write_text("{}")
    assert "metrics.json: is there already" in refused(capsys, "outputs", LECTURE, "-o", "metrics.png")
    assert (tmp_path / "metrics.json").read_text() == "{}"
    for _ in range(2):  # its own earlier files are
        assert run("outputs", LECTURE, "--units", "3", "--prior", "none", "--steps", 2, "-o", "x.png") == 0


def test_outputs_of_a_label_stand_beside_inputs_of_that_label(capsys):
    assert run("outputs", SPEECH, "--units", "_unknown_,no", "--prior", "none", "--steps", 2, "--json") == 0
    unknown, no = json.loads(capsys.readouterr().out)
    assert unknown["natural"] == [] and len(no["natural"]) == 3


def test_options_of_sounds_are_refused_for_sentences(capsys):
    assert "for pictures and sounds" in refused(capsys, "outputs", SENTIMENT, "--steps", "3")


def test_the_whole_program_knows_the_commands(capsys):
    from suite.__main__ import main

    main(["interpret", "outputs", LECTURE, "--units", "3", "--prior", "none", "--steps", "2"])
    assert "the sheet: outputs.png" in capsys.readouterr().out


def test_a_label_of_any_letters_names_a_file(tmp_path):
    """A label comes from a model's file: it must not lead out of the folder."""
    from suite.interpret import load
    from suite.interpret.units import UnitOptions, _Search

    model = load.load(SPEECH)
    about = replace(model.about, labels=("../up", "no", *model.about.labels[2:]))
    search = _Search(replace(model, about=about), "outputs", UnitOptions(), None, None, tmp_path / "x.png")
    (name,) = search._files("logits", np.int32([0]), np.zeros((1, 16_000), np.float32))
    assert (tmp_path / name).is_file() and name == "x____up.wav"
