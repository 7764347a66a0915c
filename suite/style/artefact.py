"""A trained painter of any format: load(path).paint(picture, weights)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.artefacts import runtime
from suite.artefacts.runtime import Artefact
from suite.data import pictures
from suite.errors import InputError
from suite.pretrained import memory
from suite.style import images

LARGEST = 1024  # pixels of the longer side that is painted where the caller names none
SMALLEST = 16  # pixels of the shorter side
_PAINTED = 450.0  # bytes of a pixel that the shipped painter paints; measured at 512 to 2,048


@dataclass(frozen=True)
class Painter:
    """A loaded painter: an artefact that paints pictures of any proportions.

    Args:
        artefact: A model of the task style.
    """

    artefact: Artefact

    @property
    def styles(self) -> tuple[str, ...]:
        return self.artefact.labels

    @property
    def size(self) -> int | None:
        """Side of the square that it paints, in pixels; None for any size."""
        return self.artefact.inputs["image"][0]

    def run(self, picture: np.ndarray, weights: np.ndarray, strength: float) -> np.ndarray:
        """The painted picture (H, W, 3) of a picture of the model's size, float32 in 0..255."""
        strengths = np.full((1, 1), strength, np.float32)
        return self.artefact.predict({"image": picture[None], "styles": weights[None], "strength": strengths})[0]

    def weights(self, mixture: Mapping[str, float]) -> np.ndarray:
        """The mixture as the network takes it, float32 (S,), which sums to 1.

        Raises:
            InputError: A style that is not there, a weight below zero, or nothing but zeros.
        """
        if unknown := [name for name in mixture if name not in self.styles]:
            raise InputError(f"style {unknown[0]}: is not in {self.artefact.path}; it has {', '.join(self.styles)}")
        if any(not 0 <= weight < np.inf for weight in mixture.values()) or not max(mixture.values(), default=0):
            raise InputError(f"styles: the weights must be 0 or more, and not all 0: {dict(mixture)}")
        weights = np.array([mixture.get(name, 0) for name in self.styles], np.float64)
        weights /= weights.max()  # so that the sum of very large numbers is finite
        return (weights / weights.sum()).astype(np.float32)

    def paint(
        self, picture: np.ndarray, weights: np.ndarray, strength: float = 1.0, longest: int | None = None
    ) -> np.ndarray:
        """A painted picture of the same proportions.

        Args:
            picture: (H, W, 3) in 0..255.
            weights: (S,), of `weights`.
            strength: From 0, the picture itself, to 1.
            longest: Pixels of the result's longer side; by default the picture's own, at most 1,024. A file of a fixed
                size paints a picture of that size, which is enlarged: the strokes grow with it.

        Returns:
            uint8 (H', W', 3).

        Raises:
            InputError: The picture is too small, or too large for the memory.
        """
        longest = longest or min(LARGEST, max(picture.shape[:2]))
        scaled = pictures.resized_longer(picture, min(self.size or longest, longest))
        if min(picture.shape[:2]) < SMALLEST:
            raise InputError(
                f"{picture.shape[1]} by {picture.shape[0]} pixels: at least {SMALLEST} by {SMALLEST} are needed"
            )
        if not self.size:
            memory.check(memory_to_paint, scaled.shape)
        if max(scaled.shape) == longest:
            return pictures.to_uint8(self._framed(scaled, weights, strength))
        whole = pictures.resized_longer(picture, longest)
        painted = images.enlarged(self._framed(scaled, weights, 1.0), whole)
        return pictures.to_uint8(whole + strength * (painted - whole))

    def _framed(self, picture: np.ndarray, weights: np.ndarray, strength: float) -> np.ndarray:
        """Paints a picture padded by reflection to the fixed size, or the smallest one, and crops the result."""
        height, width = picture.shape[:2]
        high, wide = (self.size or max(side, SMALLEST) for side in (height, width))
        top, left = (high - height) // 2, (wide - width) // 2
        frame = [(top, high - height - top), (left, wide - width - left), (0, 0)]
        painted = self.run(np.pad(picture, frame, mode="reflect"), weights, strength)
        return painted[top : top + height, left : left + width]


def memory_to_paint(height: int, width: int) -> float:
    """Bytes that a painter takes for a picture of this size."""
    return memory.REST + _PAINTED * height * width


def load(path: str | Path, threads: int | None = None) -> Painter:
    """Loads a run folder, a .keras file, a SavedModel folder or a .tflite file.

    Args:
        path: The painter.
        threads: Number of LiteRT's threads; by default one per processor.

    Raises:
        InputError: There is none, it is damaged, or it is no painter.
    """
    return Painter(runtime.load(path, task="style", threads=threads or os.cpu_count() or 1))
