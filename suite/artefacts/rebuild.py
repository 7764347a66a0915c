"""Rebuilds the Keras model of a published version, exactly, from the variables of its SavedModel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from suite import task as tasks
from suite.artefacts import keras_files, runtime
from suite.artefacts.metadata import Metadata
from suite.console import quiet
from suite.errors import InputError

if TYPE_CHECKING:
    import keras
    import numpy as np


def keras_model(path: str | Path) -> tuple[keras.Model, Metadata]:
    """The whole Keras model of a run, a .keras file or a version's folder, and its metadata.

    Raises:
        InputError: There is no such artefact, it is damaged, or it is a .tflite, which has no gradients.
    """
    path = Path(path)
    file, about = runtime.identify(path)
    task = tasks.get(about.task)
    if file.suffix == ".keras":
        return keras_files.load(file, task.layers_module), about
    if file.suffix == ".tflite":
        version = file.resolve().parent.parent
        place = version if (version / "saved_model.pb").is_file() else "its version's folder, with saved_model.pb"
        raise InputError(f"{file}: a .tflite has no gradients; give {place}")
    beside = runtime.config_beside(file)
    if not beside or not task.untrained:
        raise InputError(f"{path}: its Keras model cannot be rebuilt without the config.yaml of its training")
    variables = _variables(file)
    with quiet.native_stderr():
        import keras

        model = task.untrained(tasks.run_config(task, beside), about)
        for weight in model.weights:
            if weight.path not in variables or variables[weight.path].shape != tuple(weight.shape):
                raise InputError(f"{path}: its variables are not those of its config.yaml ({weight.path})")
            weight.assign(variables[weight.path])
        for layer in layers(model):
            if isinstance(layer, keras.layers.Normalization):
                layer.finalize_state()
    return model, about


def layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """All layers of a model and of the models in it, in their order."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from layers(layer)


def _variables(folder: Path) -> dict[str, np.ndarray]:
    """The variables of a SavedModel by Keras's path, such as b1_conv/kernel."""
    with quiet.native_stderr():
        import tensorflow as tf

        try:
            loaded = tf.saved_model.load(str(folder))
        except (ValueError, OSError, RuntimeError, tf.errors.OpError) as error:
            raise InputError(f"{folder}: TensorFlow cannot load it ({runtime.short(error)})") from None
    found = [*getattr(loaded, "variables", ()), *(v for f in loaded.signatures.values() for v in f.variables)]
    return {variable.name.partition(":")[0]: variable.numpy() for variable in found}
