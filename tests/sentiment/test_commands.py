"""The commands of the text classifier, as a person uses them."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tests import tools


def run(*words: str) -> int:
    return tools.run("sentiment", *words)


@pytest.fixture
def home(sentiment):
    return sentiment.home


@pytest.fixture
def version(sentiment):
    return sentiment.version


def test_eval_beside_the_baseline(home, version, capsys):
    file = version / "tflite" / "sentiment_int8.tflite"
    command = ("eval", str(file), "--data.path", str(home / "lines.txt"), "--baseline")
    assert run(*command, "--report", str(home / "report.json")) == 0
    assert "TF-IDF" in capsys.readouterr().out
    report = json.loads((home / "report.json").read_text())
    assert report["n"] == 40 and report["accuracy"] > 0.95


def test_predict_from_everywhere_without_tensorflow(home, version):
    (home / "texts.txt").write_text("A lovely song.\n\nWhat a dull book!\n")
    file = str(version / "tflite" / "sentiment_float32.tflite")
    code = "import sys; from suite.sentiment.predict import predict; "
    code += "predict(['Great!', '-'], file=sys.argv[1], model=sys.argv[2], json=True); "
    code += "assert 'tensorflow' not in sys.modules"
    command = [sys.executable, "-c", code, str(home / "texts.txt"), file]
    result = subprocess.run(command, input="Terrible.\n", capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert [row["label"] for row in json.loads(result.stdout)] == ["good", "bad", "good", "bad"]


@pytest.mark.parametrize("words", [("",), ("  !?",), ()])
def test_no_word_is_one_line(version, capsys, words):
    assert run("predict", *words, "--model", str(version)) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_words_share_the_answer(home, version, capsys):
    for artefact in (version, version / "tflite" / "sentiment_int8.tflite", next((home / "runs/sentiment").iterdir())):
        assert run("predict", "It's a terrible train", "--model", str(artefact), "--explain", "--json") == 0
        added = dict(json.loads(capsys.readouterr().out)[0]["added"])
        assert max(added, key=added.get) == "terrible" and set(added) == {"It's", "a", "terrible", "train"}


def test_the_saved_model_takes_texts(version):
    loaded = tf.saved_model.load(str(version))
    with np.load(version / "golden.npz") as golden:
        given = loaded.signatures["serving_default"](text=tf.constant([str(text) for text in golden["text"]]))
        np.testing.assert_allclose(given["probabilities"], golden["probabilities"], atol=1e-5)
    assert "('text',)" in (version / "README.md").read_text()


def test_a_hub_module_gives_the_vectors(home, tmp_path, monkeypatch, capsys):
    class Lengths(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
        def __call__(self, texts):
            length = tf.cast(tf.strings.length(texts), tf.float32)[:, None]
            return tf.concat([length, -length, length / 2], axis=1)

    tf.saved_model.save(Lengths(), str(tmp_path / "module"))
    monkeypatch.chdir(home)
    words = ("train", "--data.path", "lines.txt", "--training.epochs", "1", "--run", str(tmp_path / "run"))
    module = ("--model.embeddings", "hub", "--model.handle", str(tmp_path / "module"), "--model.trainable", "false")
    assert run(*words, *module) == 0
    assert "word vectors of 3 dimensions" in capsys.readouterr().out
    assert run("describe", str(tmp_path / "run")) == 0
    assert "256x3" in capsys.readouterr().out
    assert run(*words[:-1], str(tmp_path / "other"), *module[:3], str(tmp_path), *module[4:]) == 2
    assert "cannot be loaded" in capsys.readouterr().err


def test_glove_s_vectors_and_a_further_source(home, tmp_path, monkeypatch, capsys):
    words = ["it's", "a", "number", "indeed", "wonderful", "awful", "poor", "fine"]
    (tmp_path / "glove.txt").write_text("".join(f"{word} 0.1 0.2 -0.{i}\n" for i, word in enumerate(words)))
    (tmp_path / "more.csv").write_text("text,label\n" + "".join(f"so {w} {i},good\n" for i, w in enumerate("abcdef")))
    monkeypatch.chdir(tmp_path)
    options = ("--data.path", str(home / "lines.txt"), "--data.also", "more.csv", "--model.embeddings", "glove")
    options += ("--model.path", "glove.txt", "--model.dimensions", "3", "--training.epochs", "1", "--run", "run")
    assert run("train", *options, "--export", "--max-drop", "0.5") == 2  # of export alone
    assert run("train", *options) == 0
    told = capsys.readouterr().out
    assert "word vectors of 3 dimensions" in told and "training on 365 examples, validating on 40" in told
    assert run("export", "run", "--modes", "float32", "--credit", "Sentences made here, CC0.") == 0
    version = tmp_path / "saved_models" / "sentiment" / "1"
    card = (version / "README.md").read_text()
    assert "CC0" in card and "GloVe" in card and "Public Domain" in card
    assert str(tmp_path) not in (version / "config.yaml").read_text()


def test_no_figure_of_the_treebank_for_what_learned_from_it(home, tmp_path, capsys):
    (tmp_path / "trees").mkdir()
    (tmp_path / "trees" / "test.txt").write_text("(3 (2 It) (3 works))\n")
    (tmp_path / "config.yaml").write_text("data: {source: vader}\n")
    (tmp_path / "model.keras").write_bytes(
        next((home / "runs/sentiment").iterdir()).joinpath("model.keras").read_bytes()
    )
    assert run("eval", str(tmp_path), "--data.path", str(tmp_path / "trees"), "--data.split", "test") == 2
    assert "was trained on vader's films" in capsys.readouterr().err
    (tmp_path / "config.yaml").write_text("data: {source: sst}\n")
    assert run("eval", str(tmp_path), "--data.source", "vader") == 2
    assert "was trained on sst; data.domains: films" in capsys.readouterr().err


def test_bench(version, monkeypatch, tmp_path):
    from suite.commands import bench

    monkeypatch.setattr(bench, "EXAMPLES", 256)
    assert run("bench", str(version), "--report", str(tmp_path / "bench.json")) == 0
    measured = json.loads((tmp_path / "bench.json").read_text())
    assert measured["training_steps_a_second"] > 0 and len(measured["latency_ms"]) == 4


def test_made_sentences_are_scored_by_kind_beside_the_baselines(tmp_path, monkeypatch, capsys):
    """The baselines learn from what the model learned from, not from made sentences."""
    monkeypatch.chdir(tmp_path)
    words = {"negative": "awful", "neutral": "wooden", "positive": "great"}
    rows = [f"a {word} thing {i},{label}" for i in range(20) for label, word in words.items()]
    (tmp_path / "table.csv").write_text("\n".join(["text,label", *rows]))
    made = ("--data.behaviour", "300", "--model.scopes", "2", "--training.epochs", "1")
    assert run("train", "--data.path", "table.csv", *made, "--run", "run") == 0
    capsys.readouterr()
    assert run("eval", "run", "--data.source", "behaviour", "--baseline", "--report", "report.json") == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[2:] == ["the", "model", "TF-IDF", "NB-SVM", "SVM", "VADER"]
    assert [line for line in lines if line.startswith("negated negative ")]
    report = json.loads((tmp_path / "report.json").read_text())
    assert set(report["failures"]["simple negation"]) == {"the model", "TF-IDF", "NB-SVM", "SVM", "VADER"}
    assert report["n"] == 2400 and (tmp_path / "report.png").exists()
