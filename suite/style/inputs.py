"""From a picture file to what a painter takes, and back, with NumPy and Pillow alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from suite import pictures


def read(path: str | Path) -> np.ndarray:
    """A picture file in colour, upright, on a ground where it is transparent: float32 (H, W, 3) in 0..255.

    Raises:
        InputError: As of `suite.pictures.read`.
    """
    return pictures.read(path, channels=3)


def is_picture(file: Path) -> bool:
    """Whether a file is one by its name."""
    return file.suffix.lower() in pictures.EXTENSIONS and not file.name.startswith(".")


def resized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture of another size, float32 (height, width, 3) in 0..255, antialiased."""
    if picture.shape[:2] == (height, width):
        return picture
    planes = [Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(np.float32(picture), -1, 0)]
    small = [np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC)) for plane in planes]
    return np.clip(np.stack(small, axis=-1), 0, 255)  # bicubic overshoots


def scaled(picture: np.ndarray, shorter: int, grow: bool = False) -> np.ndarray:
    """A picture whose shorter side has so many pixels; a smaller one stays as it is, unless it is to grow."""
    scale = shorter / min(picture.shape[:2])
    if scale >= 1 and not grow:
        return picture
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    return resized(picture, height, width)


def longest(picture: np.ndarray, longer: int) -> np.ndarray:
    """A picture whose longer side has so many pixels."""
    scale = longer / max(picture.shape[:2])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    return resized(picture, height, width)


def square(picture: np.ndarray, size: int) -> np.ndarray:
    """The middle of a picture, (size, size, 3)."""
    side = min(picture.shape[:2])
    top, left = ((n - side) // 2 for n in picture.shape[:2])
    return resized(picture[top : top + side, left : left + side], size, size)


def as_bytes(picture: np.ndarray) -> np.ndarray:
    """A picture as files hold it, uint8."""
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def grid(side: int, multiple: int) -> int:
    """The next multiple of a number, at least that."""
    return max(1, -(-side // multiple)) * multiple
