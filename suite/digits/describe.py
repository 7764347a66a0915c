"""`describe`: the network, layer by layer."""

from __future__ import annotations

from suite.digits.config import Config, ModelConfig


def describe(
    artefact: str | None = None, *, model: ModelConfig = ModelConfig(), classes: int = 10, channels: int = 1
) -> None:
    """Prints each layer's shape, parameters and multiply-adds, and what a fully connected one in its place would need.

    Args:
        artefact: A run or a version, to describe its network; by default the configured one.
        classes: Number of classes.
        channels: 1 for grey pictures, 3 for colour.
    """
    from suite.commands import description
    from suite.digits import networks
    from suite.digits.inputs import SIZE

    if artefact:
        about, config = description.of(artefact, "digits", Config)
        model, classes, channels = config.model, len(about.labels), about.settings["channels"]
    print(description.table(networks.network(model), (SIZE, SIZE, channels), classes))
