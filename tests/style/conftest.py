"""A small painter, trained once for all tests that need one."""

import contextlib
from dataclasses import replace

import pytest

from suite.style.config import DataConfig, LossConfig, ModelConfig, TrainingConfig
from tests.style import pictures

LAYERS = dict(style_layers=("block1_conv1", "block2_conv1"), content_layer="block3_conv1")
TRAINING = TrainingConfig(epochs=2, steps=12, batch=2, size=32, learning_rate=5e-3)


@pytest.fixture(scope="session")
def net(tmp_path_factory) -> LossConfig:
    """Losses by a narrow VGG of random weights."""
    return LossConfig(net=pictures.feature_net(tmp_path_factory.mktemp("net") / "net.h5"), **LAYERS)


@pytest.fixture(scope="session")
def trained(tmp_path_factory, net):
    """The run folder of a painter of two styles."""
    from suite.style.train import train

    home = tmp_path_factory.mktemp("style")
    photographs, paintings = pictures.folders(home)
    data = DataConfig(path=photographs, styles=(paintings,), painting=64)
    with contextlib.chdir(home):
        return home / train(data=data, loss=net, model=ModelConfig("tiny"), training=replace(TRAINING))
