"""Shorter word vectors, after training."""

import numpy as np
import pytest

from suite.artefacts import runtime
from suite.sentiment import narrow
from suite.sentiment.config import Config, DataConfig, ModelConfig
from suite.sentiment.model import untrained
from tests import tools

WORDS = ["<PAD>", "<UNKNOWN>", *"abcdefghijklmnopqrst"]


def classifier(scopes, dimensions, weights=None):
    """A small classifier of these words with random weights, or the given ones."""
    config = Config(data=DataConfig(), model=ModelConfig(variant="small", dimensions=12, scopes=scopes))
    about = tools.about("sentiment", ["bad", "good"], vocabulary=WORDS, dimensions=dimensions + 2 * scopes)
    model, rng = untrained(config, about), np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape) if weights is None else weights[weight.path])
    return model


def weights_of(model):
    return {weight.path: weight.numpy() for weight in model.weights}


@pytest.mark.parametrize("scopes", [0, 2])
def test_vectors_that_span_fewer_dimensions_lose_nothing(scopes):
    """Words of twelve numbers in a space of five: five numbers give the same answers."""
    rng, model = np.random.default_rng(1), classifier(scopes, 12)
    weights = weights_of(model)
    weights["embedding/embeddings"][:, :12] = rng.normal(size=(22, 5)) @ rng.normal(size=(5, 12))
    shorter, kept = narrow.narrowed(weights, scopes, 5)
    ids = rng.integers(0, 22, (8, 9))
    assert kept == pytest.approx(1, abs=1e-4)
    before, after = classifier(scopes, 12, weights)(ids), classifier(scopes, 5, shorter)(ids)
    np.testing.assert_allclose(after, before, rtol=1e-2, atol=1e-2)


def test_what_the_readers_read_most_of_is_kept():
    """The least possible error of what the convolutions read, by Eckart and Young, and no longer vectors for int8."""
    weights = weights_of(classifier(0, 12))
    weights["b1_conv/kernel"][:, :4] *= 3  # which reads four of the numbers most
    shorter, kept = narrow.narrowed(weights, 0, 5)
    readers = [path for path in weights if path.endswith("_conv/kernel")]

    def read(w):
        return np.concatenate(
            [np.einsum("vd,kdf->vkf", w["embedding/embeddings"], w[path]) for path in readers], axis=1
        )

    before, after = (read(w).reshape(22, -1) / (np.arange(22)[:, None] + 50) ** 0.25 for w in (weights, shorter))
    singular = np.linalg.svd(before, compute_uv=False)
    assert kept == pytest.approx((singular[:5] ** 2).sum() / (singular**2).sum(), rel=1e-4) and kept < 0.95
    assert np.square(after - before).sum() == pytest.approx((singular[5:] ** 2).sum(), rel=1e-3)
    lengths = [np.linalg.norm(w["embedding/embeddings"], axis=1) for w in (weights, shorter)]
    assert (lengths[1] <= lengths[0] * 1.0001).all()


def test_a_narrower_run_is_a_run(sentiment, tmp_path, capsys):
    run, target = str(sentiment.run), str(tmp_path / "narrow")
    before = runtime.load(run).about.settings
    assert tools.run("sentiment", "narrow", run, "--dimensions", "3", "--output", target) == 0
    assert "\nbefore: " in capsys.readouterr().out
    after = runtime.load(target).about.settings
    assert after["dimensions"] < before["dimensions"] and after["macs"] < before["macs"]
    gone = before["dimensions"] - after["dimensions"]
    network = 12 * 48 * gone  # filters of 3, 4 and 5 words
    assert before["parameters"] - after["parameters"] == gone * len(before["vocabulary"]) + network
    assert "narrowed from" in (tmp_path / "narrow" / "config.yaml").read_text()
    assert [entry.name for entry in tmp_path.iterdir()] == ["narrow"]
    assert tools.run("sentiment", "eval", target) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--dimensions", "0"), "expected 1 to"),
        (("--dimensions", "5000"), "expected 1 to"),
        (("--dimensions", "3", "--data.path", "nowhere.txt"), "nowhere.txt: not found"),
        (("--dimensions", "3", "--output", "."), "exists already; remove it, or name another by --output"),
    ],
)
def test_what_cannot_be_narrowed(sentiment, tmp_path, capsys, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    output = () if "--output" in words else ("--output", "new")
    assert tools.run("sentiment", "narrow", str(sentiment.run), *words, *output) == 2
    assert message in capsys.readouterr().err and not [*tmp_path.iterdir()]


def test_an_unfinished_run_is_not_narrowed(sentiment, tmp_path, capsys):
    (tmp_path / "config.yaml").write_text((sentiment.run / "config.yaml").read_text())
    assert tools.run("sentiment", "narrow", str(tmp_path), "--dimensions", "3") == 2
    assert "is not finished; resume it" in capsys.readouterr().err
