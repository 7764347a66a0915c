"""load(path).predict(array): a run, a .keras, a SavedModel or a .tflite, always probabilities.

A .tflite runs in LiteRT without TensorFlow, and what is known of it comes from the file itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.artefacts import metadata
from suite.artefacts.metadata import Metadata
from suite.console import quiet
from suite.errors import InputError

IMAGES = ("image", "grey")  # inputs that are pictures; grey is that of a microcontroller
_BATCH = 256  # inputs at a time


@dataclass(frozen=True)
class Artefact:
    """A loaded model.

    Args:
        path: The file or folder that was loaded.
        about: Task, labels, what the input is, and the task's settings.
        input_shape: Shape of one input, without the batch.
        run: (B, *input_shape) float32 to probabilities (B, L).
    """

    path: Path
    about: Metadata
    input_shape: tuple[int, ...]
    run: Callable[[np.ndarray], np.ndarray]

    @property
    def labels(self) -> tuple[str, ...]:
        return self.about.labels

    def predict(self, array) -> np.ndarray:
        """Probabilities of a batch.

        Args:
            array: (B, *input_shape), in the units of the model's input (a waveform: -1..1, a picture: 0..255), whatever
                the artefact makes of them; scale and zero point of an integer file are applied here. A grey picture,
                (B, H, W) or (B, H, W, 1), does for a model that takes colours.

        Returns:
            float32 (B, L), rows summing to 1 but for an integer file's rounding.

        Raises:
            InputError: The array has another shape.
        """
        array = np.asarray(array)
        if self.about.input in IMAGES:
            array = _with_channels(array, self.input_shape[-1])
        if array.shape[1:] != self.input_shape:
            raise InputError(
                f"{self.path}: takes arrays of shape (B, {', '.join(map(str, self.input_shape))}), not {array.shape}"
            )
        if not len(array):
            return np.zeros((0, len(self.labels)), np.float32)
        return np.concatenate([self.run(array[i : i + _BATCH]) for i in range(0, len(array), _BATCH)])


def load(path: str | Path, task: str | None = None, threads: int = 1) -> Artefact:
    """Loads a run folder, a .keras file, a SavedModel folder or a .tflite file.

    Args:
        path: The artefact.
        task: The task that it must be of, where the caller needs one.
        threads: Of LiteRT.

    Raises:
        InputError: There is no such artefact, it is damaged, carries no metadata, or is of another task.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; give a run, a .keras, a SavedModel folder or a .tflite")
    file = model_file(path)
    about = metadata.read(file)
    if task and about.task != task:
        raise InputError(f"{path}: is a model of the task {about.task}, not {task}; use python -m suite.{about.task}")
    if file.suffix == ".tflite":
        return Artefact(path, about, *_tflite(file, threads))
    if file.suffix == ".keras":
        return Artefact(path, about, *_keras(file, about.task))
    return Artefact(path, about, *_saved_model(file, about.input))


def newest(
    task: str, root: str | Path = "saved_models", best: Callable[[str], object] = lambda name: "float32" in name
) -> Path:
    """The .tflite of the newest version published for a task: of its files the one whose name `best` rates highest.

    Raises:
        InputError: Nothing is published.
    """
    versions = sorted((p for p in (Path(root) / task).glob("*") if p.name.isdigit()), key=lambda p: int(p.name))
    files = [sorted((version / "tflite").glob(f"{task}_*.tflite")) for version in versions]
    present = next((its for its in reversed(files) if its), [])
    if not present:
        raise InputError(
            f"{Path(root) / task}: no published model; name one by --model, or train and export one: "
            f"python -m suite.{task} train --export"
        )
    return max(present, key=lambda file: best(file.name))


def load_keras(path: Path, task: str):
    """The Keras model of a .keras file.

    Raises:
        InputError: Keras cannot load it.
    """
    with quiet.native_stderr():
        import importlib

        import keras

        importlib.import_module(f"suite.{task}.model")  # registers the task's layers
        try:
            return keras.saving.load_model(path, compile=False)
        except (ValueError, OSError, TypeError, KeyError) as error:
            raise InputError(f"{path}: Keras cannot load it ({short(error)})") from None


def load_saved_model(path: Path, signature: str):
    """A SavedModel and one of its signatures, serving_default where there is none of this name.

    Raises:
        InputError: TensorFlow cannot load it.
    """
    with quiet.native_stderr():
        import tensorflow as tf

        try:
            loaded = tf.saved_model.load(str(path))
            return loaded, loaded.signatures[signature if signature in loaded.signatures else "serving_default"]
        except (ValueError, OSError, LookupError, RuntimeError, tf.errors.OpError) as error:
            raise InputError(f"{path}: TensorFlow cannot load it ({short(error)})") from None


def short(error: Exception) -> str:
    """An error's text on one line, at most 200 characters of it."""
    return " ".join(str(error).split())[:200]


def config_beside(artefact: Path) -> Path | None:
    """The configuration that an artefact was made with: in the folder of its run or of its version."""
    folder = artefact if artefact.is_dir() else artefact.parent
    if artefact.suffix == ".tflite" and (folder.parent / "saved_model.pb").is_file():
        folder = folder.parent
    return folder / "config.yaml" if (folder / "config.yaml").is_file() else None


def model_file(path: Path) -> Path:
    """What is to be loaded of a path: of a run folder its best model."""
    if path.is_file():
        if path.suffix not in (".tflite", ".keras"):
            raise InputError(f"{path}: not a model; give a run, a .keras, a SavedModel folder or a .tflite")
        return path
    if (path / "saved_model.pb").is_file():
        return path
    if (path / "model.keras").is_file():
        return path / "model.keras"
    if (path / "config.yaml").is_file():
        raise InputError(f"{path}: no epoch of this run has finished; go on with train --resume {path}")
    raise InputError(f"{path}: not a model folder; give a run, a .keras, a SavedModel folder or a .tflite")


def _tflite(path: Path, threads: int):
    """LiteRT, one input at a time: the files are made for batch 1."""
    with quiet.native_stderr():
        from ai_edge_litert.interpreter import Interpreter

        try:
            interpreter = Interpreter(str(path), num_threads=threads)
            interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise InputError(f"{path}: LiteRT cannot run it ({short(error)})") from None
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def run(array: np.ndarray) -> np.ndarray:
        rows = np.empty((len(array), target["shape"][-1]), np.float32)
        for i, row in enumerate(_quantised(array, source)):
            interpreter.set_tensor(source["index"], row[None])
            try:
                interpreter.invoke()
            except RuntimeError as error:
                raise InputError(f"{path}: LiteRT cannot run it ({short(error)})") from None
            rows[i] = _real(interpreter.get_tensor(target["index"])[0], target)
        return rows

    return tuple(int(n) for n in source["shape"][1:]), run


def _with_channels(pictures: np.ndarray, channels: int) -> np.ndarray:
    """Grey pictures with as many channels as a model takes."""
    if pictures.ndim == 3:
        pictures = pictures[..., None]
    return np.repeat(pictures, channels, axis=3) if pictures.ndim == 4 and pictures.shape[3] == 1 else pictures


def _quantised(array: np.ndarray, tensor: dict) -> np.ndarray:
    """Real numbers as the tensor holds them."""
    kind = tensor["dtype"]
    scale, zero = tensor["quantization"]
    if not np.issubdtype(kind, np.integer):
        return array.astype(kind)
    limits = np.iinfo(kind)
    return np.clip(np.round(array / (scale or 1)) + zero, limits.min, limits.max).astype(kind)


def _real(array: np.ndarray, tensor: dict) -> np.ndarray:
    """What the tensor holds as real numbers."""
    scale, zero = tensor["quantization"]
    return (array.astype(np.float32) - zero) * scale if scale else array


def _keras(path: Path, task: str):
    model = load_keras(path, task)
    import keras

    def run(array: np.ndarray) -> np.ndarray:
        logits = model.predict_on_batch(array.astype(model.inputs[0].dtype))
        return keras.ops.convert_to_numpy(keras.ops.softmax(logits))

    return tuple(model.inputs[0].shape[1:]), run


def _saved_model(path: Path, name: str):
    """Through the signature that is called like the input, where there is one: serving_default may take strings."""
    loaded, endpoint = load_saved_model(path, name)
    import tensorflow as tf

    name, spec = next(iter(endpoint.structured_input_signature[1].items()))

    def run(array: np.ndarray) -> np.ndarray:
        keep = loaded  # noqa: F841 - the endpoint's variables live as long as this
        return endpoint(**{name: tf.constant(array, spec.dtype)})["probabilities"].numpy()

    return tuple(spec.shape[1:]), run
