"""`describe`: a network layer by layer."""

from __future__ import annotations

from pathlib import Path

from suite import blocks
from suite.blocks.planning import by
from suite.console.arguments import TaskGroup, TaskOptions
from suite.errors import InputError
from suite.task import Layout, Task, default_options, run_config


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
        model = run_config(task, file).model
    print(table(task.layout(model or task.config().model, about, options or default_options(task, "describe"))))


def table(layout: Layout) -> str:
    """The layers of a network as text; nothing is built."""
    lines = [f"{'layer':<22}{'output':<14}{'parameters':>12}{'multiply-adds':>16}{'if fully connected':>22}"]
    layers = blocks.plan(layout.network, layout.shape, layout.outputs, layout.conditions)
    lines.append(f"{'input':<22}{by(layout.shape)}")
    for layer in layers:
        numbers = (f"{n:,}" if n else "" for n in (layer.parameters, layer.macs, layer.dense_parameters))
        lines.append("{:<22}{:<14}{:>12}{:>16}{:>22}".format(layer.name, by(layer.output_shape), *numbers))
    parameters, macs = blocks.totals(layers)
    lines.append(f"{'total':<36}{parameters:>12,}{macs:>16,}")
    return "\n".join(line.rstrip() for line in lines)
