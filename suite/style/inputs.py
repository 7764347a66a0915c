"""From a picture file to what a painter takes, and back, with NumPy and Pillow alone."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from suite import files
from suite.data import pictures
from suite.errors import InputError

_LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue
WRITABLE = (".png", ".jpg", ".jpeg", ".webp")


def read(path: str | Path) -> np.ndarray:
    """A picture file in colour, upright, on a ground where it is transparent: float32 (H, W, 3) in 0..255.

    Raises:
        InputError: As of `suite.pictures.read`.
    """
    return pictures.read(path, channels=3)


def is_picture(file: Path) -> bool:
    """Whether a path is a file, and a picture by its name."""
    return file.suffix.lower() in pictures.EXTENSIONS and not file.name.startswith(".") and file.is_file()


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


def cover(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture that fills (height, width, 3): made as large as needed, and its middle cut out."""
    scale = max(height / picture.shape[0], width / picture.shape[1])
    large = resized(picture, max(height, round(picture.shape[0] * scale)), max(width, round(picture.shape[1] * scale)))
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[top : top + height, left : left + width]


def grey(picture: np.ndarray) -> np.ndarray:
    """A picture's luminance in all three channels (ITU-R BT.601, as in JPEG)."""
    return np.repeat((picture @ np.float32(_LUMINANCE))[..., None], 3, axis=2)


def with_colours(picture: np.ndarray, photograph: np.ndarray) -> np.ndarray:
    """A picture's luminance with the colours of a photograph of the same size.

    Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer", section 3.2: the chroma stays.
    """
    return np.clip(photograph + grey(picture) - grey(photograph), 0, 255)


def as_bytes(picture: np.ndarray) -> np.ndarray:
    """A picture as files hold it, uint8."""
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def rounded_up(side: int, multiple: int) -> int:
    """The next multiple of a number, at least that."""
    return max(1, -(-side // multiple)) * multiple


def write(picture: np.ndarray, path: Path, made: dict) -> None:
    """Writes a picture whole or not at all, as PNG, JPEG or WebP by its name, with how it was made in its metadata.

    Args:
        picture: (H, W, 3) in 0..255.
        path: Where to.
        made: What JSON can hold; it becomes the description, of PNG as text, otherwise in EXIF.
    """
    image, content, about = Image.fromarray(as_bytes(picture)), io.BytesIO(), json.dumps(made)
    if path.suffix.lower() == ".png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Software", "suite.style")
        text.add_text("Description", about)
        image.save(content, "PNG", pnginfo=text)
    else:
        exif = Image.Exif()
        exif[ExifTags.Base.Software], exif[ExifTags.Base.ImageDescription] = "suite.style", about
        kind = "WEBP" if path.suffix.lower() == ".webp" else "JPEG"
        image.save(content, kind, quality=95, exif=exif)
    files.write(path, content.getvalue())


def output_file(name: str, files: Sequence[str | Path]) -> Path:
    """A file for a picture that can be written, told before an hour's work.

    Args:
        name: The file's.
        files: Pictures that are read, none of which may be written over.

    Raises:
        InputError: It is no picture by its name, one of the files, a folder, or in one that may not be written.
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
