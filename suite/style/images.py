"""Pictures as painters take and give them: sizes, colours, files and sheets, with NumPy and Pillow alone."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageDraw, PngImagePlugin

from suite import files
from suite.data import pictures
from suite.errors import InputError

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


def grey(picture: np.ndarray) -> np.ndarray:
    """A picture's luminance in all three channels (ITU-R BT.601, as in JPEG)."""
    return np.repeat((picture @ pictures.LUMINANCE)[..., None], 3, axis=2)


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


def write(picture: np.ndarray, path: Path, made: dict[str, Any] | None = None) -> None:
    """Writes a picture atomically, as PNG, JPEG or WebP by its name.

    Args:
        picture: (H, W, 3) in 0..255.
        path: The file.
        made: How it was made, for the metadata: JSON as PNG's text, otherwise in EXIF.
    """
    image, content = Image.fromarray(pictures.to_uint8(picture)), io.BytesIO()
    about = {"Software": "suite.style"} | ({"Description": json.dumps(made)} if made else {})
    if path.suffix.lower() == ".png":
        text = PngImagePlugin.PngInfo()
        for name, value in about.items():
            text.add_text(name, value)
        image.save(content, "PNG", pnginfo=text)
    else:
        exif = Image.Exif()
        exif[ExifTags.Base.Software], exif[ExifTags.Base.ImageDescription] = about["Software"], json.dumps(made)
        image.save(content, "WEBP" if path.suffix.lower() == ".webp" else "JPEG", quality=95, exif=exif)
    files.write(path, content.getvalue())


def output_file(name: str, files: Sequence[str | Path]) -> Path:
    """A file to which a picture can be written, checked before the work.

    Args:
        name: Name of the file.
        files: Pictures that are read; none of them may be overwritten.

    Raises:
        InputError: It has no picture's suffix, is one of the files or a folder, or its folder may not be written.
    """
    path = Path(name)
    if path.suffix.lower() not in WRITABLE:
        raise InputError(f"{path}: is to be a picture; name a file that ends in {', '.join(WRITABLE)}")
    if path.resolve() in [Path(file).resolve() for file in files]:
        raise InputError(f"{path}: is one of the pictures to read; name another file")
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file")
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(f"{path}: cannot be written there; choose a folder that you may write")
    return path
