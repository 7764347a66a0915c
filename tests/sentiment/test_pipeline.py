"""What a text classifier is trained on, batch by batch."""

from dataclasses import replace

import numpy as np
import pytest

from suite.sentiment import pipeline
from suite.sentiment.config import AugmentConfig, Config, DataConfig, TrainingConfig
from suite.sentiment.text import PAD, UNKNOWN

IDS = np.array([[2 + i, 3 + i, PAD] for i in range(40)], np.int32)
AIMS = np.array([[0.9, 0.1]] * 30 + [[0, 1]] * 10, np.float32)
TRAINING = TrainingConfig(epochs=2, batch=10)


def config(word_dropout: float = 0.0, balance: float = 0.0) -> Config:
    return Config(DataConfig(balance=balance), augment=AugmentConfig(word_dropout), training=TRAINING)


def test_every_example_comes_once_an_epoch_with_its_label():
    batches = list(pipeline.batches(IDS, AIMS, config()).as_numpy_iterator())
    assert len(batches) == 8
    for epoch in (batches[:4], batches[4:]):
        ids, aims, weights = (np.concatenate(part) for part in zip(*epoch, strict=True))
        order = np.argsort(ids[:, 0])
        assert ids[order].tolist() == IDS.tolist() and aims[order].tolist() == AIMS.tolist()
        assert (weights == 1).all()
    later = list(pipeline.batches(IDS, AIMS, config(), first=5).as_numpy_iterator())
    np.testing.assert_array_equal(later[0][0], batches[5][0])


def test_words_are_dropped_anew_and_padding_never():
    ids = np.concatenate([batch[0] for batch in pipeline.batches(IDS, AIMS, config(word_dropout=0.5))])
    assert (ids[:, 2] == PAD).all() and 0.3 < (ids[:, :2] == UNKNOWN).mean() < 0.7


@pytest.mark.parametrize(("balance", "ratio"), [(0, 1), (0.5, 3**0.5), (1, 3)])
def test_rare_labels_weigh_more(balance, ratio):
    weights = pipeline.weights(AIMS, balance)
    assert weights[-1] / weights[0] == pytest.approx(ratio) and weights.mean() == pytest.approx(1)
    without = np.pad(AIMS, ((0, 0), (0, 1)))  # a label without any example
    np.testing.assert_allclose(pipeline.weights(without, balance), weights)
    made = replace(config(), data=DataConfig(balance=balance))
    _, aims, given = next(pipeline.batches(IDS, AIMS, made).as_numpy_iterator())
    np.testing.assert_allclose(given, np.where(aims[:, 0] > 0, weights[0], weights[-1]))
