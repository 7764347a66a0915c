"""Weights of another model: those of the same label, style or word, wherever they stand."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from suite.artefacts import rebuild
from suite.errors import InputError
from suite.training.start import begin_with
from tests.tools import about


def model(words, labels, width=4):
    """An embedding and a dense layer, all of whose weights differ."""
    keras.utils.set_random_seed(words)
    ids = keras.Input((3,))
    vectors = keras.layers.Embedding(words, width, name="embedding")(ids)
    means = keras.layers.GlobalAveragePooling1D()(vectors)
    return keras.Model(ids, keras.layers.Dense(labels, name="logits")(means))


@pytest.fixture
def start(monkeypatch):
    def give(other, theirs):
        monkeypatch.setattr(rebuild, "keras_model", lambda path: (other, theirs))

    return give


def test_weights_are_found_by_their_names(start):
    theirs = replace(about("sentiment", ("bad", "good")), settings={"vocabulary": ["a", "b", "c"]})
    mine = replace(about("sentiment", ("good", "so", "bad")), settings={"vocabulary": ["c", "x", "a", "b"]})
    other, own = model(3, 2), model(4, 3)
    embedding, kernel, bias = (weight.copy() for weight in own.get_weights())
    start(other, theirs)
    begin_with(own, mine, "run")
    given, (old_embedding, old_kernel, old_bias) = own.get_weights(), other.get_weights()
    np.testing.assert_array_equal(given[0], [old_embedding[2], embedding[1], old_embedding[0], old_embedding[1]])
    np.testing.assert_array_equal(given[1], np.stack([old_kernel[:, 1], kernel[:, 1], old_kernel[:, 0]], axis=1))
    np.testing.assert_array_equal(given[2], [old_bias[1], bias[1], old_bias[0]])


def test_another_network_or_task_is_refused_and_nothing_is_changed(start):
    metadata = replace(about("sentiment", ("bad", "good")), settings={"vocabulary": ["a", "b", "c"]})
    own = model(3, 2)
    before = own.get_weights()
    start(model(3, 2, width=5), metadata)
    with pytest.raises(InputError, match="training.start: run: is another network"):
        begin_with(own, metadata, "run")
    start(own, replace(metadata, task="digits"))
    with pytest.raises(InputError, match="is a model of the task digits, not sentiment"):
        begin_with(own, metadata, "run")
    assert all(np.array_equal(a, b) for a, b in zip(before, own.get_weights(), strict=True))
