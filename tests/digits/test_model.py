"""The digit readers' networks."""

import numpy as np
import pytest

from suite import blocks
from suite.digits import model as models
from suite.digits import networks
from suite.digits.config import Config, ModelConfig
from suite.task import Examples


def plan(variant, channels=1):
    return blocks.plan(networks.network(ModelConfig(variant), 28), (28, 28, channels), 10)


def test_the_lectures_network():
    shapes = {layer.name: layer.output_shape for layer in plan("lecture")}
    assert shapes["b1_conv"] == (26, 26, 25) and shapes["b1_pool"] == (13, 13, 25)
    assert shapes["b2_conv"] == (11, 11, 50) and shapes["b2_pool"] == (5, 5, 50)
    assert shapes["flatten"] == (1250,) and shapes["dense1"] == (100,) and shapes["logits"] == (10,)


def test_of_colour_pictures_each_filter_is_3x3x3():
    (conv,) = [layer for layer in plan("lecture", channels=3) if layer.name == "b1_conv"]
    assert conv.parameters == 25 * 3 * 3 * 3 + 25


def test_tiny_is_under_ten_thousand_parameters():
    assert blocks.totals(plan("tiny"))[0] < 10_000


@pytest.mark.parametrize("variant", ["lecture", "tiny", "large", "picture"])
def test_what_is_planned_is_built(variant):
    examples = Examples(np.zeros((1, 28, 28, 1), np.uint8), np.zeros(1, int), tuple("0123456789"), "")
    reader = models.build(Config(model=ModelConfig(variant)), examples).saved
    assert reader.count_params() == blocks.totals(plan(variant))[0]
    assert reader(np.zeros((2, 28, 28, 1), np.float32)).shape == (2, 10)
