"""The head that gives a logit for each position, and poolings that keep an incomplete window."""

import keras
import numpy as np
import pytest

from suite import blocks
from suite.blocks import ConvBlock, Head, Network
from suite.errors import InputError

NETWORK = Network([ConvBlock(3, kernel=5), ConvBlock(4)], Head("points"))


@pytest.mark.parametrize("shape", [(7, 6, 2), (9, 2)])
def test_a_logit_for_each_position_and_one_for_none(shape):
    count = int(np.prod(shape[:-1]))
    model = blocks.build(NETWORK, shape, count + 1)
    assert model.output_shape == (None, count + 1)
    plan = {row.name: row for row in blocks.plan(NETWORK, shape, count + 1)}
    assert plan["logits"].output_shape == (count + 1,)
    assert blocks.totals(list(plan.values()))[0] == model.count_params()
    assert plan["position_logits"].parameters == plan["none_logit"].parameters == 4 + 1  # no weights over positions


def test_positions_keep_their_order_and_share_their_weights():
    keras.utils.set_random_seed(1)
    model = blocks.build(NETWORK, (None, None, 2), 1)
    x = np.zeros((2, 9, 9, 2), np.float32)
    x[0, 4, 4], x[1, 4, 5] = 1, 1
    logits = np.asarray(model(x))[:, :-1].reshape(2, 9, 9)
    np.testing.assert_allclose(logits[0, 2:7, 2:7], logits[1, 2:7, 3:8], atol=1e-5)
    assert model(x[:, :5, :6]).shape == (2, 31)  # any size, with the same weights


@pytest.mark.parametrize(
    "make",
    [
        lambda: Head("points", dense=[10]),
        lambda: Network([], Head("points"), branches=[[ConvBlock(3)], [ConvBlock(3)]]),
    ],
)
def test_no_dense_layers_and_no_branches(make):
    with pytest.raises(InputError, match="points"):
        make()


@pytest.mark.parametrize(("padding", "size"), [("valid", 9), ("same", 10)])
def test_an_incomplete_window_is_kept_or_dropped(padding, size):
    network = Network([ConvBlock(2, pooling="max", pool_padding=padding)], head=None)
    assert blocks.build(network, (19, 19, 1), 1).output_shape == (None, size, size, 2)
    assert blocks.plan(network, (19, 19, 1), 1)[-1].output_shape == (size, size, 2)
