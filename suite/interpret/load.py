"""The Keras model behind an artefact, with its layers by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite import task as tasks
from suite.artefacts.metadata import Metadata
from suite.artefacts.runtime import Artefact
from suite.console.log import LOG
from suite.errors import InputError
from suite.interpret.canvases import Canvas
from suite.task import Examples, Task, load_split, run_config

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


@dataclass(frozen=True)
class Inspected:
    """A model whose gradients can be computed.

    Args:
        path: What was loaded.
        about: Its metadata.
        task: The record of its task.
        canvas: Its input.
        model: The whole Keras model.
        network: The chain of blocks in it, a Keras model.
    """

    path: Path
    about: Metadata
    task: Task
    canvas: Canvas
    model: keras.Model
    network: keras.Model

    def activations(self, layer: str) -> Callable[[tf.Tensor], tf.Tensor]:
        """The function from the whole model's input to the output of a layer of the network."""
        import keras

        part = keras.Model(self.network.inputs, self.network.get_layer(layer).output)
        features = self.canvas.features(self.model)
        return lambda inputs: part(features(inputs))

    def response(self, layer: str) -> str:
        """The layer that gives a weighted layer's response before its activation: its normalisation, if it has one."""
        names = [found.name for found in self.network.layers]
        normalised = (f"{layer}_norm", layer.replace("_conv", "_norm"))
        return next((name for name in normalised if name in names), layer)

    def encode(self, raw: Any) -> Any:
        """Raw inputs (a batch) as the whole model takes them."""
        shapes = {tensor.name: tuple(tensor.shape[1:]) for tensor in self.model.inputs}
        (array,) = self.task.encode(raw, self.about, shapes).values()
        return array


def load(path: str | Path) -> Inspected:
    """The Keras model of a run, a .keras file or a version's folder.

    Raises:
        InputError: There is no such artefact, it is a .tflite, or its task has no canvas.
    """
    from suite.artefacts import rebuild

    model, about = rebuild.keras_model(path)
    task = tasks.get(about.task)
    *_, network = [model, *(layer for layer in rebuild.layers(model) if hasattr(layer, "layers"))]
    return Inspected(Path(path), about, task, canvas(task, about, path), model, network)


def canvas(task: Task, about: Metadata, path: str | Path) -> Canvas:
    """The canvas of a model; InputError if its task has none."""
    if not task.canvas:
        raise InputError(f"{path}: a {about.name or task.name} cannot be interpreted; give a classifier")
    return task.canvas(about)


def examples(model: Inspected, path: str | None, limit: int = 1000) -> Examples | None:
    """Real inputs of a model: those at a path, of its training where they still lie, or that come with the packages.

    Args:
        model: The model.
        path: What `eval --data.path` takes; None for the others.
        limit: Number of each split's examples at most, drawn at random.

    Raises:
        InputError: The path cannot be used.
    """
    from suite.artefacts import runtime

    if path:
        if not Path(path).exists():
            raise InputError(f"exemplars: {path}: no such file or folder; give what `eval --data.path` takes")
        data = runtime.scored_config(model.task, model.path, {"path": path}).data
        return load_split(model.task, data, "all", model.about, limit)
    beside = runtime.config_beside(model.path)
    data = run_config(model.task, beside).data if beside else None
    # A published version names its data without their folder, and what has that name here is something else.
    if data and data.paths and all(Path(path).is_absolute() and Path(path).exists() for path in data.paths):
        try:
            return load_split(model.task, data, "train", model.about, limit)
        except InputError as error:
            LOG.warning(f"without the training's data: {error}")
    return model.canvas.examples(limit) if model.canvas.examples else None


def label_number(about: Metadata, label: str) -> int:
    """The number of a label; InputError if the model has none of that name."""
    if label not in about.labels:
        raise InputError(f"{label}: no such label; the model has {', '.join(about.labels)}")
    return about.labels.index(label)


def judge(path: str, about: Metadata) -> Artefact:
    """Another model that reads what was made for a model of this metadata; one of the same network is warned of.

    Raises:
        InputError: It is of another task, or has none of the model's labels.
    """
    from suite.artefacts import runtime

    found = runtime.load(path)
    if found.about.task != about.task:
        raise InputError(f"judge: {path}: is of the task {found.about.task}, not {about.task}; give another one")
    if not set(found.labels) & set(about.labels):
        raise InputError(f"judge: {path}: has none of the labels {', '.join(about.labels)}; give another one")
    if all(found.about.settings.get(name) == about.settings.get(name) for name in ("variant", "parameters", "macs")):
        LOG.warning(f"judge: {path}: has the same network; one of another network says more")
    return found
