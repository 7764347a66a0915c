"""Runs a trained model, whatever its form: a run, a .keras, a SavedModel or a .tflite.

A .tflite runs in LiteRT without TensorFlow, and its labels and settings come from the file itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from suite import config as configurations
from suite import task as tasks
from suite.artefacts import keras_files, metadata
from suite.artefacts.metadata import Metadata
from suite.console import quiet
from suite.errors import InputError
from suite.task import Task, run_config

_BATCH = 256  # raw inputs that are encoded and run at a time

Arrays = Mapping[str, np.ndarray]
Shapes = dict[str, tuple[int | None, ...]]
Sizes = dict[str, int | None]  # the last axis of each tensor by name


@dataclass(frozen=True)
class Artefact:
    """A loaded model.

    Args:
        path: The file or folder that was loaded.
        about: Its metadata: task, labels, settings.
        task: The record of its task.
        inputs: Shape of each input by name, without the batch; None for any size.
        run: Arrays by input name, each (B, ...), to outputs (B, ...), as files give them (such as probabilities).
    """

    path: Path
    about: Metadata
    task: Task
    inputs: Shapes
    run: Callable[[Arrays], np.ndarray]

    @property
    def labels(self) -> tuple[str, ...]:
        return self.about.labels

    def predict(self, inputs: Any) -> np.ndarray:
        """Outputs of a batch of encoded inputs.

        Args:
            inputs: An array (B, ...), or arrays by input name, in the units of the model's input (a waveform: -1..1, a
                picture: 0..255), whatever the artefact takes; scale and zero point of an integer file are applied
                here. A grey picture, (B, H, W) or (B, H, W, 1), is repeated for a model of three channels.

        Returns:
            float32 (B, ...), such as probabilities (B, L).

        Raises:
            InputError: An array is missing, or has another shape.
        """
        if not isinstance(inputs, Mapping):
            inputs = {next(iter(self.inputs)): inputs}
        if missing := [name for name in self.inputs if name not in inputs]:
            raise InputError(f"{self.path}: needs an array for {missing[0]}; its inputs are {', '.join(self.inputs)}")
        return self.run({name: self._fitted(np.asarray(inputs[name]), shape) for name, shape in self.inputs.items()})

    def predict_raw(self, raw: Any) -> np.ndarray:
        """Outputs of raw inputs, as `Examples.raw` holds them: encoded and run some at a time.

        Returns:
            float32 (N, ...).
        """
        parts = [self.predict(self.encode(raw[i : i + _BATCH])) for i in range(0, max(1, len(raw)), _BATCH)]
        return np.concatenate(parts)

    def encode(self, raw: Any) -> dict[str, np.ndarray]:
        """Raw inputs as this model takes them, by input name."""
        return self.task.encode(raw, self.about, self.inputs)

    def _fitted(self, array: np.ndarray, shape: tuple[int | None, ...]) -> np.ndarray:
        """The array with as many channels as a picture model takes; refused where its shape does not fit."""
        if len(shape) == 3 and array.ndim == 3:
            array = array[..., None]
        if len(shape) == 3 and array.ndim == 4 and array.shape[3] == 1 != shape[2]:
            array = np.repeat(array, shape[2] or 1, axis=3)
        fits = array.ndim == len(shape) + 1 and all(n in (None, m) for n, m in zip(shape, array.shape[1:], strict=True))
        if not fits:
            sizes = ", ".join("any" if n is None else str(n) for n in shape)
            raise InputError(f"{self.path}: takes arrays of shape (B, {sizes}), not {array.shape}")
        return array


def load(path: str | Path, task: str | None = None, threads: int = 1) -> Artefact:
    """Loads a run folder, a .keras file, a SavedModel folder or a .tflite file.

    Args:
        path: The artefact.
        task: The task that it must be of; by default any.
        threads: Number of LiteRT's threads.

    Raises:
        InputError: There is no such artefact, it is damaged, carries no metadata, or is of another task.
    """
    path = Path(path)
    file, about = identify(path, task)
    record = tasks.get(about.task)
    if file.suffix == ".tflite":
        inputs, sizes, run = _tflite(file, threads)
    elif file.suffix == ".keras":
        inputs, sizes, run = _keras(file, record)
    else:
        inputs, sizes, run = _saved_model(file, about.input, record.problem.output)
    labelled = record.problem.labelled or record.problem.output
    if sizes.get(labelled) not in (None, len(about.labels)):  # None: not known, or of any size
        raise InputError(f"{path}: has {sizes[labelled]} {labelled}, but its metadata names {len(about.labels)} labels")
    artefact = Artefact(path, about, record, inputs, run)
    record.check(artefact)
    return artefact


def identify(path: Path, task: str | None = None) -> tuple[Path, Metadata]:
    """The file or folder that is loaded for a path, and its metadata.

    Raises:
        InputError: There is no such artefact, it carries no metadata, or is of another task.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; give a run, a .keras, a SavedModel folder or a .tflite")
    file = model_file(path)
    about = metadata.read(file)
    if task and about.task != task:
        raise InputError(f"{path}: is a model of the task {about.task}, not {task}; use python -m suite.{about.task}")
    try:
        tasks.check_settings(tasks.get(about.task), about)
    except InputError as error:
        raise InputError(f"{path}: {error}; export it again") from None
    return file, about


def model_file(path: Path) -> Path:
    """The file or folder that is loaded for a path; of a run folder its best model."""
    if path.is_file():
        if path.suffix not in (".tflite", ".keras"):
            raise InputError(f"{path}: not a model; give a run, a .keras, a SavedModel folder or a .tflite")
        return path
    if (path / "saved_model.pb").is_file():
        return path
    if (path / "model.keras").is_file():
        return path / "model.keras"
    if (path / "config.yaml").is_file():
        raise InputError(f"{path}: no epoch of this run has finished; resume it by train --resume {path}")
    raise InputError(f"{path}: not a model folder; give a run, a .keras, a SavedModel folder or a .tflite")


def config_beside(artefact: Path) -> Path | None:
    """The configuration of an artefact's training: in the folder of its run or of its version."""
    folder = artefact if artefact.is_dir() else artefact.parent
    if artefact.suffix == ".tflite" and folder.name == "tflite":
        folder = folder.parent
    return folder / "config.yaml" if (folder / "config.yaml").is_file() else None


def scored_config(task: Task, artefact: Path, changes: Mapping[str, Any]) -> Any:
    """The configuration that an artefact is scored with: the caller's changes over that of its training.

    Raises:
        InputError: No configuration lies beside the artefact, and no data are named.
    """
    file, given = config_beside(artefact), {k: v for k, v in changes.items() if k != "split"}
    if not (file or given.get("path") or given.get("source")):
        raise InputError(
            f"{artefact}: does not say what it was trained on; name the data by --data.source or --data.path"
        )
    config: Any = run_config(task, file) if file else task.config()
    data = (task.eval_data or configurations.other_source)(config.data, given)
    check_found(data)
    return replace(config, data=data)


def trained_config(task: Task, file: Path, changes: Mapping[str, Any]) -> Any:
    """The configuration of a run, in config.yaml, with its data where the caller says that they are now.

    Raises:
        InputError: The data are not there.
    """
    config: Any = run_config(task, file)
    config = replace(config, data=replace(config.data, **{k: v for k, v in changes.items() if k != "split"}))
    check_found(config.data)
    return config


def check_found(data: Any) -> None:
    """Refuses a data group whose path is not there, as where the training's data were moved.

    Raises:
        InputError: It says how to name the place.
    """
    if missing := [path for path in data.paths if not Path(path).exists()]:
        source = f"--data.source {data.source} " if data.source else ""
        raise InputError(f"data.path: {missing[0]}: not found; name the data by {source}--data.path PLACE")


def short(error: Exception) -> str:
    """An error's text on one line, at most 200 characters of it."""
    return " ".join(str(error).split())[:200]


def _tflite(path: Path, threads: int) -> tuple[Shapes, Sizes, Callable[[Arrays], np.ndarray]]:
    """LiteRT, one example at a time: the files are made for batch 1."""
    with quiet.native_stderr():
        from ai_edge_litert.interpreter import Interpreter

        try:
            interpreter = Interpreter(str(path), num_threads=threads)
            interpreter.allocate_tensors()
            signature = interpreter.get_signature_runner()
            sources, targets = signature.get_input_details(), signature.get_output_details()
            (target,) = targets.values()
        except (ValueError, RuntimeError, KeyError) as error:
            raise InputError(f"{path}: LiteRT cannot run it ({short(error)})") from None

    def run(arrays: Arrays) -> np.ndarray:
        count = len(next(iter(arrays.values())))
        results = np.empty((count, *target["shape"][1:]), np.float32)
        quantised = {name: _quantised(array, sources[name]) for name, array in arrays.items()}
        for i in range(count):
            for name, array in quantised.items():
                interpreter.set_tensor(sources[name]["index"], array[i : i + 1])
            try:
                interpreter.invoke()
            except RuntimeError as error:
                raise InputError(f"{path}: LiteRT cannot run it ({short(error)})") from None
            results[i] = _real(interpreter.get_tensor(target["index"])[0], target)
        return results

    sizes: Sizes = {name: int(tensor["shape"][-1]) for name, tensor in {**sources, **targets}.items()}
    return {name: tuple(int(n) for n in tensor["shape"][1:]) for name, tensor in sources.items()}, sizes, run


def _quantised(array: np.ndarray, tensor: dict[str, Any]) -> np.ndarray:
    """Real numbers as the tensor holds them."""
    kind = tensor["dtype"]
    scale, zero = tensor["quantization"]
    if not np.issubdtype(kind, np.integer):
        return array.astype(kind)
    limits = np.iinfo(kind)
    return np.clip(np.round(array / (scale or 1)) + zero, limits.min, limits.max).astype(kind)


def _real(array: np.ndarray, tensor: dict[str, Any]) -> np.ndarray:
    """The real numbers that the tensor's values stand for."""
    scale, zero = tensor["quantization"]
    return (array.astype(np.float32) - zero) * scale if scale else array


def _keras(path: Path, task: Task) -> tuple[Shapes, Sizes, Callable[[Arrays], np.ndarray]]:
    model = keras_files.load(path, task.layers_module)
    kinds = {tensor.name: tensor.dtype for tensor in model.inputs}

    def run(arrays: Arrays) -> np.ndarray:
        given = [arrays[name].astype(kind) for name, kind in kinds.items()]
        return np.asarray(task.problem.activate(model.predict_on_batch(given if len(given) > 1 else given[0])))

    inputs = {tensor.name: tuple(tensor.shape[1:]) for tensor in model.inputs}
    return inputs, {**_last_axes(inputs), task.problem.output: model.outputs[0].shape[-1]}, run


def _saved_model(path: Path, name: str, output: str) -> tuple[Shapes, Sizes, Callable[[Arrays], np.ndarray]]:
    """Through the signature that is called like the input, where there is one: serving_default may take strings."""
    with quiet.native_stderr():
        import tensorflow as tf

        try:
            loaded = tf.saved_model.load(str(path))
            endpoint = loaded.signatures[name if name in loaded.signatures else "serving_default"]
        except (ValueError, OSError, LookupError, RuntimeError, tf.errors.OpError) as error:
            raise InputError(f"{path}: TensorFlow cannot load it ({short(error)})") from None
    specs = endpoint.structured_input_signature[1]

    def run(arrays: Arrays) -> np.ndarray:
        keep = loaded  # noqa: F841 - the endpoint's variables live as long as this
        return endpoint(**{name: tf.constant(array, specs[name].dtype) for name, array in arrays.items()})[
            output
        ].numpy()

    inputs = {name: tuple(spec.shape[1:]) for name, spec in specs.items()}
    return inputs, {**_last_axes(inputs), output: endpoint.structured_outputs[output].shape[-1]}, run


def _last_axes(inputs: Shapes) -> Sizes:
    return {name: shape[-1] for name, shape in inputs.items() if shape and shape[-1] is not None}
