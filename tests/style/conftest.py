"""The losses of the shared painter's training, and its run."""

import pytest

from suite.config import load
from suite.style.config import Config, LossConfig, TrainingConfig

TRAINING = TrainingConfig(epochs=2, steps=12, batch=2, size=32, learning_rate=5e-3)


@pytest.fixture(scope="session")
def net(style) -> LossConfig:
    """Losses by a narrow VGG of random weights."""
    return load(Config, style.run / "config.yaml").loss


@pytest.fixture(scope="session")
def trained(style):
    """The run folder of a painter of two styles."""
    return style.run
