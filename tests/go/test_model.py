"""Planes, networks, symmetries and batches."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from suite import blocks
from suite.go import data, model, networks, planes, symmetries, train
from suite.go.config import TRAINING, Config, DataConfig, ModelConfig
from suite.go.examples import random_game
from suite.go.layers import Planes
from suite.task import Built, Examples
from tests.go import games


def test_the_planes_are_those_that_the_codes_say():
    board = random_game(150, 2)
    codes = board.codes(1)
    found = dict(zip(planes.NAMES, np.moveaxis(np.asarray(Planes()(codes[None]))[0], -1, 0), strict=True))
    first, second, third = (codes[..., i].astype(int) for i in range(3))
    stones = np.array(board.stones).reshape(19, 19)
    np.testing.assert_array_equal(found["own"], stones == 1)
    np.testing.assert_array_equal(found["other"], stones == 2)
    np.testing.assert_array_equal(found["empty"], stones == 0)
    assert (found["ones"] == 1).all() and len(found) == planes.PLANES == 46
    for n in range(1, 9):
        np.testing.assert_array_equal(found[f"liberties {n}"], (first == n) | (first == n + 8))
        np.testing.assert_array_equal(found[f"age {n}"], second % 16 == n)
        np.testing.assert_array_equal(found[f"captures {n}"], second // 16 == n)
        np.testing.assert_array_equal(found[f"liberties after {n}"], third // 16 == n)
        np.testing.assert_array_equal(found[f"self-atari {n}"], third % 16 == n)


@pytest.mark.parametrize("variant", networks.VARIANTS)
def test_every_variant_gives_a_logit_a_point(variant):
    built = model.build(Config(model=ModelConfig(variant=variant)), None)
    assert built.trained(random_game(20, 1).codes(1)[None]).shape == (1, 362)
    assert all(
        not isinstance(layer, keras.layers.Dense) or layer.units == 1 for layer in built.trained.layers[-1].layers
    )


def test_the_pooled_network_alone_subsamples():
    for name, network in networks.VARIANTS.items():
        shapes = [row.output_shape for row in blocks.plan(network, (19, 19, 46), 362) if row.name.startswith("b")]
        assert (min(shape[0] for shape in shapes) < 19) == (name == "pooled")
        assert shapes[-1][:2] == (19, 19)


def test_the_eight_symmetries_are_different_and_make_a_group():
    orders = symmetries.permutations(5)
    assert len({tuple(order) for order in orders}) == 8 and orders[0].tolist() == list(range(25))
    assert {tuple(one[other]) for one in orders for other in orders} == {tuple(order) for order in orders}
    corners, middle = {0, 4, 20, 24}, 12
    assert all(set(order[[0, 4, 20, 24]]) == corners and order[middle] == middle for order in orders)


def test_a_turned_position_keeps_its_move(tmp_path):
    """Whatever the symmetry, the code at the target's place is that at the place of the move that was played."""
    codes = np.arange(361, dtype=np.int64)
    raw = np.stack([codes % 256, codes // 256, np.zeros(361, int)], axis=1).astype(np.uint8).reshape(1, 19, 19, 3)
    for move in (0, 18, 77, 360, 361):
        examples = Examples(np.repeat(raw, 64, axis=0), np.full(64, move), data.LABELS, "made")
        config = Config(training=replace(TRAINING, epochs=1, batch=64))
        built = Built(None, None, None, ())
        turned, targets = next(iter(train.batches(examples, built, config, 0)))
        places, flat = np.argmax(targets, axis=1), np.asarray(turned, int).reshape(64, 361, 3)
        if move == 361:
            assert (places == 361).all()
            continue
        at = flat[np.arange(64), places]
        assert (at[:, 0] + 256 * at[:, 1] == move).all()
        assert len(set(places.tolist())) == len(
            {int(np.flatnonzero(o == move)[0]) for o in symmetries.permutations(19)}
        )


def test_batches_from_a_step_on_are_those_of_the_whole(tmp_path):
    examples = data.load(DataConfig(path=str(games.folder(tmp_path / "games", count=4))), "train")
    config = Config(training=replace(TRAINING, epochs=2, batch=16))
    whole = list(train.batches(examples, Built(None, None, None, ()), config, 0))
    rest = list(train.batches(examples, Built(None, None, None, ()), config, 6))
    for one, other in zip(whole[6:], rest, strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
    assert whole[0][0].dtype == tf.uint8 and whole[0][1].shape == (16, 362)
