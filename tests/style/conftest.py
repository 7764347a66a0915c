"""The losses of the shared painter's training, and its run."""

import pytest

from suite.config import load
from suite.style.config import RENAMED, Config, LossConfig
from tests.style import pictures


@pytest.fixture(scope="session")
def net(tmp_path_factory) -> LossConfig:
    """Losses by a narrow VGG of random weights."""
    return LossConfig(net=pictures.feature_net(tmp_path_factory.mktemp("net") / "net.h5"), **pictures.LAYERS)


@pytest.fixture(scope="session")
def trained(style):
    """The run folder of a painter of two styles."""
    return style.run


@pytest.fixture(scope="session")
def configured(style) -> Config:
    """The configuration of that painter."""
    return load(Config, style.run / "config.yaml", RENAMED)
