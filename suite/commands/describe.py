"""`describe`: a network layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from suite import blocks
from suite.config import load
from suite.console.arguments import TaskGroup, TaskOptions
from suite.errors import InputError
from suite.task import Layout, Task, default_options


def describe(task: Task, artefact: str | None = None, *, model: TaskGroup = None, options: TaskOptions = None) -> None:
    """Prints each layer's shape, parameters and multiply-adds, and the parameters of a dense layer in its place.

    Args:
        task: The task.
        artefact: A run or a version, to describe its network; by default the configured one.
        model: The network, where no artefact is given.
        options: The size of its input and output, where no artefact is given.
    """
    from suite.artefacts import runtime

    about = None
    if artefact:
        _, about = runtime.identify(Path(artefact), task.name)
        file = runtime.config_beside(Path(artefact))
        if not file:
            raise InputError(f"{artefact}: no config.yaml beside it; give a run or a version's folder")
        model = load(task.config, file, task.option_aliases).model
    print(table(task.layout(model or task.config().model, about, options or default_options(task, "describe"))))


def table(layout: Layout) -> str:
    """The layers of a network as text; nothing is built."""
    rows: list[tuple[str, ...]] = [("input", _by(layout.shape), "", "", "")]
    layers = blocks.plan(layout.network, layout.shape, layout.outputs, layout.conditions)
    for layer in layers:
        numbers = (layer.parameters, layer.macs, layer.dense_parameters)
        rows.append((layer.name, _by(layer.output_shape), *(f"{n:,}" if n else "" for n in numbers)))
    parameters, macs = blocks.totals(layers)
    rows.append(("total", "", f"{parameters:,}", f"{macs:,}", ""))
    head = ("layer", "output", "parameters", "multiply-adds", "if fully connected")
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = (
        "  ".join([c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))])
        for row in (head, *rows)
    )
    return "\n".join(line.rstrip() for line in lines)


def _by(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))
