"""The linear classifier of words and pairs of words, and its scores in a model."""

import keras
import numpy as np
import pytest

from suite.sentiment import data, linear, text
from suite.sentiment.config import Config, DataConfig, ModelConfig
from suite.sentiment.layers import Linear
from suite.sentiment.model import build

PAD, NOT, GOOD, BAD, FILM = 0, 2, 3, 4, 5
# "not good" and "not bad" differ from "good" and "bad" by a pair alone.
TEXTS = [[FILM, GOOD], [GOOD, FILM], [NOT, BAD], [FILM, NOT, BAD], [FILM, BAD], [BAD, FILM], [NOT, GOOD], [NOT, GOOD]]
TARGETS = np.array([1, 1, 1, 1, 0, 0, 0, 0])


def rows(texts, width=6) -> np.ndarray:
    return np.array([words + [PAD] * (width - len(words)) for words in texts], np.int32)


@pytest.fixture
def scores():
    """Some copies of the texts, as one of each is too few against the regularisation."""
    return linear.fit(np.tile(rows(TEXTS), (20, 1)), np.tile(TARGETS, 20), np.ones(160), 6)


def layer_of(scores, labels=2) -> Linear:
    layer = Linear(6, labels)
    layer.build((None, None))
    layer.set_weights(list(scores.values()))
    return layer


def test_a_pair_of_words_decides_where_the_words_do_not(scores):
    answers = np.asarray(layer_of(scores)(rows(TEXTS)))
    assert (answers.argmax(axis=1) == TARGETS).all() and np.abs(answers[:, 1]).min() > 0.5


def test_padding_has_no_score(scores):
    layer = layer_of(scores)
    np.testing.assert_array_equal(scores["words"][PAD], 0)
    np.testing.assert_allclose(layer(rows(TEXTS, 6)), layer(rows(TEXTS, 40)), atol=1e-6)


def test_the_layer_gives_what_the_fitted_classifier_gives(scores):
    """The features are counted once by SciPy, for fitting, and once by gathering, in the graph."""
    features = linear._features(rows(TEXTS), 6)
    expected = features @ np.concatenate([scores["words"], scores["pairs"]]) + scores["bias"]
    np.testing.assert_allclose(layer_of(scores)(rows(TEXTS)), expected, atol=1e-5)


def test_a_text_that_weighs_more_counts_more():
    ids, targets = rows([[GOOD], [GOOD]]), np.array([0, 1])
    bias = [linear.fit(ids, targets, np.array(weights), 6)["bias"][1] for weights in ([5.0, 1.0], [1.0, 5.0])]
    assert bias[0] < 0 < bias[1]


def test_three_labels_have_a_score_each():
    ids = np.tile(rows([[NOT], [GOOD], [BAD]]), (20, 1))
    scores = linear.fit(ids, np.tile([0, 1, 2], 20), np.ones(60), 6)
    assert scores["words"].shape == (6, 3) and scores["pairs"].shape == (linear.PAIRS, 3)
    assert (np.asarray(layer_of(scores, 3)(ids)).argmax(axis=1) == np.tile([0, 1, 2], 20)).all()


def test_the_saved_model_adds_the_scores_and_the_training_leaves_them(tmp_path):
    (tmp_path / "texts.txt").write_text(
        "\n".join(f"{label} {label}{label} word{i}" for i in range(20) for label in "ab")
    )
    config = Config(DataConfig(path=str(tmp_path / "texts.txt")), ModelConfig(dimensions=4, lexicon=False, linear=2.0))
    examples = data.load(config.data, "train")
    built = build(config, examples)
    ids = text.ids(examples.raw, built.settings["vocabulary"], 8)
    one_hot = np.ones(len(examples), np.float32)  # both labels are equally frequent
    once = linear.fit(ids, np.asarray(examples.targets), one_hot, len(built.settings["vocabulary"]))
    added = np.asarray(built.saved(ids)) - np.asarray(built.trained(ids))
    alone = built.saved.get_layer("linear")
    np.testing.assert_allclose(alone.words, 2 * once["words"], atol=1e-5)
    np.testing.assert_allclose(added, alone(ids), atol=1e-5)
    assert not alone.trainable_weights and built.other_parameters > linear.PAIRS
    assert not any(weight is alone.words for weight in built.trained.weights)


def test_it_is_saved_with_its_weights(scores, tmp_path):
    ids = keras.Input((None,), dtype="int32")
    layer = layer_of(scores)
    keras.Model(ids, layer(ids)).save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(rows(TEXTS)), layer(rows(TEXTS)))


def test_a_training_that_begins_with_another_ones_weights_keeps_its_own_scores(tmp_path):
    """The other one's belong to other words, or are not there."""
    import suite

    for name, noun in (("one", "film"), ("two", "song")):
        lines = [f"{label} {label}{label} {noun} number {i}" for i in range(20) for label in "ab"]
        (tmp_path / f"{name}.txt").write_text("\n".join(lines))
    model, training = {"dimensions": 4, "lexicon": False}, {"epochs": 1, "min_steps": 1}
    options = dict(
        model=model, training=training, data={"path": str(tmp_path / "one.txt")}, run=str(tmp_path / "first")
    )
    first = suite.train("sentiment", **options)
    run = suite.train(
        "sentiment",
        data={"path": str(tmp_path / "two.txt")},
        model={**model, "linear": 1.0},
        training={**training, "start": str(first)},
        run=str(tmp_path / "second"),
    )
    saved = keras.saving.load_model(run / "model.keras", compile=False)
    assert np.abs(saved.get_layer("linear").words).max() > 0.1
