"""Pictures as painters take and give them: sizes, colours, files and sheets, with NumPy and Pillow alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from suite.data import pictures

_HEADER = 14  # pixels of a sheet's line of text
WRITABLE = (".png", ".jpg", ".jpeg", ".webp")


def read(path: str | Path) -> np.ndarray:
    """A picture file in colour, upright, on a ground where it is transparent: float32 (H, W, 3) in 0..255.

    Raises:
        InputError: See `suite.data.pictures.read`.
    """
    return pictures.read(path, channels=3)


def cover(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture that fills (height, width, 3): made as large as needed, and its middle cut out."""
    scale = max(height / picture.shape[0], width / picture.shape[1])
    large = pictures.resized(
        picture, max(height, round(picture.shape[0] * scale)), max(width, round(picture.shape[1] * scale))
    )
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[top : top + height, left : left + width]


def enlarged(picture: np.ndarray, like: np.ndarray) -> np.ndarray:
    """A painted picture in the size of a larger one, its edges sharpened; float32 in 0..255."""
    large = Image.fromarray(pictures.to_uint8(pictures.resized(picture, *like.shape[:2])))
    radius = like.shape[0] / picture.shape[0]  # pixels of the result that were one
    return np.asarray(large.filter(ImageFilter.UnsharpMask(radius, percent=100, threshold=0)), np.float32)


def grey(picture: np.ndarray) -> np.ndarray:
    """A picture's luminance in all three channels (ITU-R BT.601, as in JPEG)."""
    return np.repeat((picture @ pictures.LUMINANCE)[..., None], 3, axis=2)


def smooth_colours(picture: np.ndarray, pixels: float = 1.0) -> np.ndarray:
    """A picture without speckles of colour, which an optimisation of pixels leaves: its luminance, and smooth chroma.

    Args:
        picture: (H, W, 3) in 0..255.
        pixels: Standard deviation of the Gaussian by which the chroma is smoothed.
    """
    from scipy.ndimage import gaussian_filter  # here, as predict does not need it

    plain = grey(picture)
    return np.clip(plain + gaussian_filter(picture - plain, (pixels, pixels, 0)), 0, 255)


def with_colours(picture: np.ndarray, photograph: np.ndarray) -> np.ndarray:
    """A picture's luminance with the colours of a photograph of the same size.

    Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer", section 3.2: the chroma stays.
    """
    return np.clip(photograph + grey(picture) - grey(photograph), 0, 255)


def sheet(rows: Sequence[Sequence[np.ndarray]], names: Sequence[str]) -> np.ndarray:
    """Rows of pictures of one size, with a name over each column: float32 (H, W, 3) in 0..255."""
    body = np.concatenate([np.concatenate([np.asarray(p, np.float32) for p in row], axis=1) for row in rows])
    header = Image.new("RGB", (body.shape[1], _HEADER), "white")
    draw = ImageDraw.Draw(header)
    for number, name in enumerate(names):
        draw.text((number * body.shape[1] // len(names) + 2, 1), name, fill="black")
    return np.concatenate([np.asarray(header, np.float32), body])
