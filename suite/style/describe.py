"""`describe`: the network, layer by layer."""

from __future__ import annotations

from suite.style.config import Config, ModelConfig


def describe(
    artefact: str | None = None, *, model: ModelConfig = ModelConfig(), styles: int = 6, size: int = 256
) -> None:
    """Prints each layer's shape, parameters and multiply-adds, and what a fully connected one in its place would need.

    Args:
        artefact: A run or a version, to describe its network; by default the configured one.
        styles: Number of styles.
        size: Side of the picture, in pixels.
    """
    from suite.commands import description
    from suite.style import inputs, networks

    if artefact:
        about, config = description.of(artefact, "style", Config)
        model, styles = config.model, len(about.labels)
    side = inputs.rounded_up(size, networks.GRID)
    print(description.table(networks.network(model), (side, side, 3), 3, styles))
