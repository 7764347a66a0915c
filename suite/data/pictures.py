"""Reads picture files upright and opaque, with NumPy and Pillow alone."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from suite.errors import InputError

EXTENSIONS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
LARGEST = 2048  # pixels of the longer side; no task makes use of more


def read(path: str | Path, channels: int = 1) -> np.ndarray:
    """A picture file as a person sees it: upright, and with a ground where it is transparent.

    Args:
        path: PNG, JPEG, BMP, GIF (its first frame), WebP or TIFF of any size, mode and depth.
        channels: 1 for grey, 3 for colour.

    Returns:
        float32 (H, W) or (H, W, 3) in 0..255; the longer side has at most 2,048 pixels.

    Raises:
        InputError: No such file, not a picture, cut off, or so large that it may be a decompression bomb.
    """
    path = Path(path)
    if path.is_dir() or not path.exists():
        raise InputError(f"{path}: {'is a folder, not a picture' if path.is_dir() else 'no such file'}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which do not matter here
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                image.draft(None, (LARGEST, LARGEST))  # a large JPEG is decoded at a half, quarter or eighth
                return _pixels(ImageOps.exif_transpose(image), channels)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        limit = Image.MAX_IMAGE_PIXELS // 10**6
        raise InputError(f"{path}: has more than {limit} million pixels; save it smaller") from None
    except Image.UnidentifiedImageError:
        raise InputError(f"{path}: is not a picture; use {', '.join(EXTENSIONS)}") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:  # what Pillow's decoders raise
        raise InputError(f"{path}: cannot be read ({str(error).strip('. ')}); save it again as PNG") from None


def to_uint8(pixels: np.ndarray) -> np.ndarray:
    """Pixels in 0..255, rounded and clipped, as uint8."""
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)


def _pixels(image: Image.Image, channels: int) -> np.ndarray:
    """Any mode as float32 (H, W) or (H, W, 3) in 0..255, a very large picture reduced."""
    if image.mode[0] in "IF":  # deeper than 8 bits, which Pillow would clip
        levels = np.nan_to_num(np.asarray(image, np.float32))
        top = 65535 if image.mode.startswith("I;16") else next((t for t in (1, 255, 65535) if levels.max() <= t), None)
        image = Image.fromarray(np.clip(levels * (255 / (top or levels.max())), 0, 255))
    elif image.has_transparency_data:
        image = _on_ground(image.convert("RGBA"))
    if image.mode != "F":
        image = image.convert("L" if channels == 1 else "RGB")
    image.thumbnail((LARGEST, LARGEST))
    if channels == 3 and image.mode == "F":
        image = image.convert("L").convert("RGB")
    return np.asarray(image, np.float32)


def _on_ground(image: Image.Image) -> Image.Image:
    """Lays an RGBA drawing on white, or on black if its own pixels are light."""
    opacity = np.asarray(image.getchannel("A"), np.float32)
    lightness = (np.asarray(image.convert("L")) * opacity).sum() / max(opacity.sum(), 1)
    ground = Image.new("RGBA", image.size, "white" if lightness < 128 else "black")
    return Image.alpha_composite(ground, image)
