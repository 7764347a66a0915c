"""A network layer by layer: shapes, parameters, multiply-adds, and what a fully connected layer would need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from suite import blocks
from suite.artefacts import metadata, runtime
from suite.artefacts.metadata import Metadata
from suite.blocks import Network
from suite.config import load
from suite.errors import InputError


def table(network: Network, input_shape: Sequence[int], outputs: int, conditions: int = 0) -> str:
    """The table as text; nothing is built.

    Args:
        network: The chain of blocks.
        input_shape: Without the batch.
        outputs: Number of labels.
        conditions: Number of styles, where a network has some.
    """
    rows = [("input", _shape(input_shape), "", "", "")]
    layers = blocks.plan(network, input_shape, outputs, conditions)
    for layer in layers:
        numbers = (layer.parameters, layer.macs, layer.dense_parameters)
        rows.append((layer.name, _shape(layer.output_shape), *(f"{n:,}" if n else "" for n in numbers)))
    parameters, macs = blocks.totals(layers)
    rows.append(("in all", "", f"{parameters:,}", f"{macs:,}", ""))
    head = ("layer", "output", "parameters", "multiply-adds", "if fully connected")
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = (
        "  ".join([c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))])
        for row in (head, *rows)
    )
    return "\n".join(line.rstrip() for line in lines)


def of(artefact: str, task: str, kind: type) -> tuple[Metadata, object]:
    """What a run or a version says of itself, and the configuration beside it.

    Args:
        artefact: A run, a version or one of its files.
        task: The task that it must be of.
        kind: The task's configuration, a dataclass.

    Raises:
        InputError: It is no such artefact, or no configuration lies beside it.
    """
    path = Path(artefact)
    about = metadata.read(runtime.model_file(path))
    if about.task != task:
        raise InputError(f"{path}: is a model of the task {about.task}; use python -m suite.{about.task}")
    file = runtime.config_beside(path)
    if not file:
        raise InputError(f"{path}: no config.yaml beside it; give a run or a version's folder")
    return about, load(kind, file)


def _shape(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))
