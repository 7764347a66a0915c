"""Batches: every example once in a pass, the same from any step on, and epochs that are a part of a pass."""

from dataclasses import replace

import numpy as np
import pytest

from suite.config import TrainingConfig
from suite.data.batches import stateless_batches, steps_per_epoch

TRAINING = TrainingConfig(epochs=3, batch=8, seed=4)


def rows(count, training=TRAINING, first=0):
    return [batch.numpy() for batch in stateless_batches(count, training, lambda rows, seed: rows, first)]


@pytest.mark.parametrize("count", [8, 64, 67, 1000])
def test_each_pass_has_every_example_once_in_another_order(count):
    found, steps = rows(count), count // 8
    assert len(found) == 3 * steps
    passes = [np.concatenate(found[i * steps : (i + 1) * steps]) for i in range(3)]
    for one in passes:
        assert len(set(one.tolist())) == 8 * steps and one.min() >= 0 and one.max() < count
    assert count == 8 or not np.array_equal(passes[0], passes[1])
    assert not np.array_equal(np.sort(passes[0])[: 8 * steps], passes[0])


def test_the_batches_from_a_step_on_are_those_of_the_whole():
    for one, other in zip(rows(100)[17:], rows(100, first=17), strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_seed_is_another_order():
    assert not np.array_equal(rows(100)[0], rows(100, replace(TRAINING, seed=5))[0])


def test_an_epoch_may_be_a_part_of_a_pass():
    training = replace(TRAINING, max_steps=5)
    assert steps_per_epoch(100, training) == 5 and steps_per_epoch(16, training) == 2
    found = rows(100, training)
    assert len(found) == 15 and len(set(np.concatenate(found[:12]).tolist())) == 96  # three epochs, the first pass


def test_a_small_set_is_repeated_within_an_epoch():
    assert steps_per_epoch(10, replace(TRAINING, min_steps=7)) == 7
    assert len(rows(10, replace(TRAINING, min_steps=7))) == 21
