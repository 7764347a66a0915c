"""Training batches of word ids."""

from dataclasses import replace

import numpy as np
import pytest

from suite.problems.classification import TrainingConfig, weights
from suite.sentiment import train
from suite.sentiment.config import AugmentConfig, Config, DataConfig, ModelConfig
from suite.sentiment.text import PAD, UNKNOWN
from suite.task import Built, Examples

WORDS = tuple("a" + "b" * i for i in range(41))
BUILT = Built(None, None, None, (), {"vocabulary": ["<PAD>", "<UNKNOWN>", *WORDS]})
TEXTS = tuple(f"{WORDS[i]} {WORDS[i + 1]}" for i in range(40))
IDS = np.array([[2 + i, 3 + i, PAD, PAD, PAD] for i in range(40)], np.int32)
AIMS = np.array([[0.9, 0.1]] * 30 + [[0, 1]] * 10, np.float32)
TRAINING = TrainingConfig(epochs=2, batch=10)


def config(word_dropout: float = 0.0, balance: float = 0.0) -> Config:
    return Config(
        DataConfig(balance=balance), ModelConfig(length=5), augment=AugmentConfig(word_dropout), training=TRAINING
    )


def batches(config: Config, first: int = 0):
    examples = Examples(TEXTS, AIMS.argmax(1), ("a", "b"), "made", soft_targets=AIMS)
    return train.batches(examples, BUILT, config, first)


def test_every_example_comes_once_an_epoch_with_its_label():
    every = list(batches(config()).as_numpy_iterator())
    assert len(every) == 8
    for epoch in (every[:4], every[4:]):
        ids, aims = (np.concatenate(part) for part in zip(*epoch, strict=True))
        order = np.argsort(ids[:, 0])
        assert ids[order].tolist() == IDS.tolist() and aims[order].tolist() == AIMS.tolist()
    later = list(batches(config(), 5).as_numpy_iterator())
    np.testing.assert_array_equal(later[0][0], every[5][0])


def test_words_are_dropped_anew_and_padding_never():
    ids = np.concatenate([batch[0] for batch in batches(config(word_dropout=0.5))])
    assert (ids[:, 2] == PAD).all() and 0.3 < (ids[:, :2] == UNKNOWN).mean() < 0.7


def test_a_batch_is_as_wide_as_its_longest_text_needs():
    built = replace(BUILT, settings={"vocabulary": ["<PAD>", "<UNKNOWN>", "w"]})
    examples = Examples(("w",) * 19 + ("w " * 60,), np.zeros(20, int), ("a", "b"), "made")
    made = Config(model=ModelConfig(length=100), augment=AugmentConfig(0), training=TRAINING)
    batches = list(train.batches(examples, built, made, 0).as_numpy_iterator())
    words = [(ids != PAD).sum(axis=1).max() for ids, *_ in batches]
    assert sorted(words) == [1, 1, 60, 60]
    assert [ids.shape[1] - count for (ids, *_), count in zip(batches, words, strict=True)] == [8] * 4


@pytest.mark.parametrize(("balance", "ratio"), [(0, 1), (0.5, 3**0.5), (1, 3)])
def test_rare_labels_weigh_more(balance, ratio):
    own = weights(AIMS, balance)
    assert own[-1] / own[0] == pytest.approx(ratio) and own.mean() == pytest.approx(1)
    without = np.pad(AIMS, ((0, 0), (0, 1)))  # a label without any example
    np.testing.assert_allclose(weights(without, balance), own)
    made = replace(config(), data=DataConfig(balance=balance))
    _, aims, *given = next(batches(made).as_numpy_iterator())
    assert len(given) == bool(balance)
    if given:
        np.testing.assert_allclose(given[0], np.where(aims[:, 0] > 0, own[0], own[-1]))
