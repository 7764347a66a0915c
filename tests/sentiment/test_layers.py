"""Scopes that words open and close."""

import keras
import numpy as np
import pytest

from suite.sentiment.layers import FADING, REACH, Scopes

WORDS, HEADS = 24, 3


@pytest.fixture
def scopes():
    layer = Scopes(HEADS, 1)
    layer.build((None, None, 2 + 2 * HEADS))
    layer.kernel.assign([[1.0], [0.0]])  # the only feature is the first number of a vector
    return layer


def strengths(layer, opens=(), closes=()) -> np.ndarray:
    """How far each of a sentence's words is in each scope, (WORDS, HEADS); `opens` and `closes` are (word, head)."""
    words = np.zeros((1, WORDS, 2 + 2 * HEADS), np.float32)
    words[..., 0], words[..., 2:] = 20, -20  # tanh(20) is 1
    for word, head in opens:
        words[0, word, 2 + head] = 20
    for word, head in closes:
        words[0, word, 2 + HEADS + head] = 20
    out = np.asarray(layer(words))
    assert out.shape == (1, WORDS, 2 + HEADS) == layer.compute_output_shape(words.shape)
    np.testing.assert_array_equal(out[..., :2], words[..., :2])
    return out[0, :, 2:]


def test_a_scope_reaches_over_the_next_words_and_fades(scopes):
    found = strengths(scopes, opens=[(3, 0)])
    assert not found[:4].any() and not found[4 + REACH :].any() and not found[:, 1:].any()
    np.testing.assert_allclose(found[4 : 4 + REACH, 0], FADING ** np.arange(REACH), atol=1e-5)


def test_the_last_scope_reaches_over_the_words_before(scopes):
    found = strengths(scopes, opens=[(20, 2)])
    assert not found[20:].any() and not found[:, :2].any()
    np.testing.assert_allclose(found[20 - REACH : 20, 2], FADING ** np.arange(REACH)[::-1], atol=1e-5)


def test_a_closer_ends_the_scope_of_its_own_kind(scopes):
    found = strengths(scopes, opens=[(3, 0), (3, 1)], closes=[(6, 0)])
    assert found[4:7, 0].all() and not found[7:, 0].any() and found[7:12, 1].all()
    again = strengths(scopes, opens=[(3, 0), (8, 0)], closes=[(6, 0)])
    assert not again[7:9, 0].any() and again[9:12, 0].all()


def test_it_is_saved_with_its_weights(scopes, tmp_path):
    inputs = keras.Input((None, 2 + 2 * HEADS))
    model = keras.Model(inputs, scopes(inputs))
    model.save(tmp_path / "model.keras")
    words = np.random.default_rng(0).normal(size=(2, 9, 2 + 2 * HEADS)).astype(np.float32)
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "model.keras")(words), model(words))
