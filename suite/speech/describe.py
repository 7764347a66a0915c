"""`describe`: the network, layer by layer."""

from __future__ import annotations

from suite.speech.config import Config, ModelConfig
from suite.speech.features import Features


def describe(artefact: str | None = None, *, model: ModelConfig = ModelConfig(), classes: int = 12) -> None:
    """Prints each layer's shape, parameters and multiply-adds, and what a fully connected one in its place would need.

    Args:
        artefact: A run or a version, to describe its network; by default the configured one.
        classes: Number of labels.
    """
    from suite.commands import description
    from suite.speech import networks

    features = Features()
    if artefact:
        about, config = description.of(artefact, "speech", Config)
        model, classes, features = config.model, len(about.labels), Features(**about.settings["features"])
    print(description.table(networks.network(model), (*features.shape, 1), classes))
