"""load(path).paint(picture, weights): a run, a .keras, a SavedModel or a .tflite; a .tflite needs no TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.artefacts import metadata, runtime
from suite.artefacts.metadata import Metadata
from suite.console import quiet
from suite.errors import InputError
from suite.style import inputs, memory

LARGEST = 1024  # pixels of the longer side that is painted where the caller names none
SMALLEST = 16  # pixels of the shorter side


@dataclass(frozen=True)
class Painter:
    """A loaded painter.

    Args:
        path: The file or folder that was loaded.
        about: Its styles, which are the labels, and settings.
        size: Side of the square that it paints, in pixels; None for any size.
        run: Picture float32 (H, W, 3) in 0..255, weights (S,), strength to the painted picture (H, W, 3).
    """

    path: Path
    about: Metadata
    size: int | None
    run: Callable[[np.ndarray, np.ndarray, float], np.ndarray]

    @property
    def styles(self) -> tuple[str, ...]:
        return self.about.labels

    def weights(self, mixture: Mapping[str, float]) -> np.ndarray:
        """The mixture as the network takes it, float32 (S,), which sums to 1.

        Raises:
            InputError: A style that is not there, a weight below zero, or nothing but zeros.
        """
        if unknown := [name for name in mixture if name not in self.styles]:
            raise InputError(f"style {unknown[0]}: is not in {self.path}; it has {', '.join(self.styles)}")
        if any(not 0 <= weight < np.inf for weight in mixture.values()) or not max(mixture.values(), default=0):
            raise InputError(f"styles: the weights must be 0 or more, and not all 0: {dict(mixture)}")
        weights = np.array([mixture.get(name, 0) for name in self.styles], np.float64)
        weights /= weights.max()  # the largest first: numbers of any size have a sum then
        return np.float32(weights / weights.sum())

    def paint(
        self, picture: np.ndarray, weights: np.ndarray, strength: float = 1.0, longest: int | None = None
    ) -> np.ndarray:
        """A painted picture of the same proportions.

        Args:
            picture: (H, W, 3) in 0..255.
            weights: (S,), of `weights`.
            strength: From 0, the picture itself, to 1.
            longest: Pixels of the longer side that is painted; by default the picture's own, at most 1,024. A file of a
                fixed size paints that.

        Returns:
            uint8 (H', W', 3).

        Raises:
            InputError: The picture is too small, or too large for the memory.
        """
        scaled = inputs.longest(picture, self.size or longest or min(LARGEST, max(picture.shape[:2])))
        if min(picture.shape[:2]) < SMALLEST:
            raise InputError(f"{_by(picture)} pixels: at least {SMALLEST} by {SMALLEST} are needed")
        if not self.size:
            memory.check(memory.to_paint, scaled.shape)
        return inputs.as_bytes(self._framed(scaled, weights, strength))

    def _framed(self, picture: np.ndarray, weights: np.ndarray, strength: float) -> np.ndarray:
        """Painted in the middle of what the picture, mirrored at its edges, fills: a fixed size, or the least."""
        height, width = picture.shape[:2]
        high, wide = (self.size or max(side, SMALLEST) for side in (height, width))
        top, left = (high - height) // 2, (wide - width) // 2
        frame = [(top, high - height - top), (left, wide - width - left), (0, 0)]
        painted = self.run(np.pad(picture, frame, mode="reflect"), weights, strength)
        return painted[top : top + height, left : left + width]


def load(path: str | Path, threads: int | None = None) -> Painter:
    """Loads a run folder, a .keras file, a SavedModel folder or a .tflite file.

    Args:
        path: The painter.
        threads: Of LiteRT; by default as it likes.

    Raises:
        InputError: There is none, it is damaged, or it is no painter.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; give a run, a .keras, a SavedModel folder or a .tflite")
    file = runtime.model_file(path)
    about = metadata.read(file)
    if about.task != "style":
        raise InputError(f"{path}: is a model of the task {about.task}; use python -m suite.{about.task}")
    if file.suffix == ".tflite":
        return Painter(path, about, *_tflite(file, threads))
    return Painter(path, about, None, _keras(file) if file.suffix == ".keras" else _saved_model(file))


def newest(root: str | Path = "saved_models") -> Path:
    """The .tflite of the newest version: the largest picture, weights as fine as there are.

    Raises:
        InputError: Nothing is published.
    """
    return runtime.newest("style", root, lambda name: ("int8" not in name, _size_of(name), "float32" in name))


def _size_of(name: str) -> int:
    """256 for style_256_float32.tflite."""
    return next((int(part) for part in name.split("_") if part.isdigit()), 0)


def _tflite(path: Path, threads: int | None):
    with quiet.native_stderr():
        from ai_edge_litert.interpreter import Interpreter

        try:
            interpreter = Interpreter(str(path), num_threads=threads)
            interpreter.allocate_tensors()
            painter = interpreter.get_signature_runner()
            size = int(painter.get_input_details()["image"]["shape"][1])
        except (ValueError, RuntimeError, KeyError) as error:
            raise InputError(f"{path}: LiteRT cannot run it ({runtime.short(error)})") from None
    kind = painter.get_input_details()["image"]["dtype"]

    def run(picture: np.ndarray, weights: np.ndarray, strength: float) -> np.ndarray:
        image = inputs.as_bytes(picture) if kind == np.uint8 else picture.astype(kind)
        given = _inputs(image, weights, strength)
        return np.float32(painter(**given)["picture"][0])

    return size, run


def _keras(path: Path):
    model = runtime.load_keras(path, "style")

    def run(picture: np.ndarray, weights: np.ndarray, strength: float) -> np.ndarray:
        return np.asarray(model.predict_on_batch(_inputs(picture, weights, strength))[0])

    return run


def _saved_model(path: Path):
    loaded, endpoint = runtime.load_saved_model(path, "serving_default")

    def run(picture: np.ndarray, weights: np.ndarray, strength: float) -> np.ndarray:
        import tensorflow as tf

        keep = loaded  # noqa: F841 - the endpoint's variables live as long as this
        given = {name: tf.constant(array) for name, array in _inputs(picture, weights, strength).items()}
        return endpoint(**given)["picture"][0].numpy()

    return run


def _inputs(picture: np.ndarray, weights: np.ndarray, strength: float) -> dict[str, np.ndarray]:
    """What every form of a painter takes, by name."""
    return {"image": picture[None], "styles": np.float32(weights)[None], "strength": np.float32([[strength]])}


def _by(picture: np.ndarray) -> str:
    return f"{picture.shape[1]} by {picture.shape[0]}"
