"""`describe`: the network, layer by layer."""

from __future__ import annotations

from suite.sentiment.config import Config, ModelConfig


def describe(artefact: str | None = None, *, model: ModelConfig = ModelConfig(), classes: int = 3) -> None:
    """Prints each layer's shape, parameters and multiply-adds, and what a fully connected one in its place would need.

    Args:
        artefact: A run or a version, to describe its network; by default the configured one.
        classes: Number of labels.
    """
    from suite.commands import description
    from suite.sentiment import networks

    if artefact:
        about, config = description.of(artefact, "sentiment", Config)
        model, classes = config.model, len(about.labels)
    dimensions = about.settings["dimensions"] if artefact else model.dimensions
    print(description.table(networks.network(model), (model.length, dimensions), classes))
