"""Shorter word vectors, after training."""

import numpy as np
import pytest

from suite.artefacts import runtime
from suite.sentiment import narrow
from suite.sentiment.config import Config, DataConfig, ModelConfig
from suite.sentiment.model import untrained
from tests import tools


def weights_of(model):
    return {weight.path: weight.numpy() for weight in model.weights}


@pytest.mark.parametrize("scopes", [0, 2])
def test_vectors_that_span_fewer_dimensions_lose_nothing(scopes):
    """Words of twelve numbers in a plane of five: five numbers give the same answers."""
    config = Config(data=DataConfig(), model=ModelConfig(variant="small", dimensions=12, scopes=scopes))
    words = ["<PAD>", "<UNKNOWN>", *"abcdefghijklmnopqrst"]
    about = tools.about("sentiment", ["bad", "good"], vocabulary=words, dimensions=12 + 2 * scopes)
    model, rng = untrained(config, about), np.random.default_rng(0)
    known = {path: rng.normal(size=value.shape).astype(np.float32) for path, value in weights_of(model).items()}
    known["embedding/embeddings"][:, :12] = rng.normal(size=(22, 5)) @ rng.normal(size=(5, 12))
    for weight in model.weights:
        weight.assign(known[weight.path])
    shorter, kept = narrow.narrowed(known, scopes, 5)
    about.settings["dimensions"] = 5 + 2 * scopes
    smaller = untrained(config, about)
    for weight in smaller.weights:
        weight.assign(shorter[weight.path])
    ids = rng.integers(0, 22, (8, 9))
    assert kept == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(smaller(ids), model(ids), rtol=1e-2, atol=1e-2)
    assert narrow.narrowed(known, scopes, 3)[1] < 0.99


def test_a_narrower_run_is_a_run(sentiment, tmp_path, capsys):
    run, target = str(sentiment.run), str(tmp_path / "narrow")
    before = runtime.load(run)
    assert tools.run("sentiment", "narrow", run, "--dimensions", "3", "--output", target) == 0
    assert "before, by the same report" in capsys.readouterr().out
    after = runtime.load(target)
    assert after.about.settings["dimensions"] < before.about.settings["dimensions"]
    assert after.about.settings["parameters"] < before.about.settings["parameters"]
    assert tools.run("sentiment", "eval", target) == 0
    for dimensions in ("0", "5000"):
        assert tools.run("sentiment", "narrow", run, "--dimensions", dimensions, "--output", target) == 2
    assert "expected 1 to" in capsys.readouterr().err
