"""Picture files and sizes: reads files upright and opaque, writes, and resizes, with NumPy and Pillow alone."""

from __future__ import annotations

import glob
import io
import json
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps, PngImagePlugin

from suite import files
from suite.errors import InputError

EXTENSIONS = (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".avif", ".tif", ".tiff", ".ppm", ".pgm")
# What Pillow may take a file for, whatever its name. It knows others that run a program (PostScript) or hide files.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "WEBP", "AVIF", "TIFF")  # JPEG includes the MPO of phones
WRITABLE = (".png", ".jpg", ".jpeg", ".webp")
LARGEST = 2048  # pixels of the longer side; no task makes use of more
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue: ITU-R BT.601, as in JPEG


def read(path: str | Path, channels: int = 1) -> np.ndarray:
    """A picture file as a person sees it: upright, and on a plain ground where it is transparent.

    Args:
        path: PNG, JPEG, BMP, GIF (its first frame), WebP, AVIF, TIFF or PPM of any size, mode, depth and colour
            profile; a pipe, or - for standard input.
        channels: 1 for grey, 3 for colour.

    Returns:
        float32 (H, W) or (H, W, 3) in 0..255; the longer side has at most 2,048 pixels.

    Raises:
        InputError: No such file, not a picture, cut off, or so large that it may be a decompression bomb.
    """
    path = Path(path)
    content = files.source(path, "a picture")
    with decoding(path), Image.open(content, formats=_FORMATS) as image:
        image.draft(None, (LARGEST, LARGEST))  # a large JPEG is decoded at a half, quarter or eighth
        return _pixels(_in_srgb(ImageOps.exif_transpose(image)), channels)


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turns what Pillow raises while it reads a file into an InputError, which names the file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which do not matter here
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        limit = (Image.MAX_IMAGE_PIXELS or 0) // 10**6
        raise InputError(f"{path}: has more than {limit} million pixels; save it smaller") from None
    except Image.UnidentifiedImageError:
        raise InputError(f"{path}: is not a picture; use {', '.join(EXTENSIONS)}") from None
    except Exception as error:  # Pillow's decoders raise a dozen kinds
        raise InputError(f"{path}: cannot be read ({str(error)[:150].strip('. ')}); save it again as PNG") from None


def to_uint8(pixels: np.ndarray) -> np.ndarray:
    """Pixels in 0..255, rounded and clipped, as uint8."""
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)


def write(picture: np.ndarray, path: Path, made: dict[str, Any] | None = None) -> None:
    """Writes a picture atomically, as PNG, JPEG or WebP by its name.

    Args:
        picture: (H, W, 3) in 0..255.
        path: The file.
        made: How it was made, for the metadata: JSON as PNG's text, otherwise in EXIF.
    """
    image, content = Image.fromarray(to_uint8(picture)), io.BytesIO()
    about = {"Software": "suite"} | ({"Description": json.dumps(made)} if made else {})
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


def output_file(
    name: str,
    read: Sequence[str | Path] = (),
    suffixes: Sequence[str] = WRITABLE,
    beside: Sequence[str] = (),
) -> Path:
    """A file to which a picture can be written, checked before the work.

    Args:
        name: Name of the file.
        read: Files that are read; none of them may be overwritten.
        suffixes: Those that it may have.
        beside: Patterns of files that are written with it, such as "{}.json", with its stem in place of the braces.
            Those that are there must be of an earlier time, and so the picture too.

    Raises:
        InputError: It has another suffix, it or a file beside it would overwrite another one, or its folder may not be
            written.
    """
    path = Path(name)
    if path.suffix.lower() not in suffixes:
        raise InputError(f"{path}: is to be a picture; name a file that ends in {', '.join(suffixes)}")
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file")
    kept = {Path(file).resolve() for file in read}
    if path.resolve() in kept:
        raise InputError(f"{path}: is one of the files to read; name another file")
    for file in (f for pattern in beside for f in path.parent.glob(pattern.format(glob.escape(path.stem)))):
        if file.resolve() in kept or not path.exists():
            raise InputError(f"{file}: is there already and would be overwritten; name another file than {path}")
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise InputError(f"{path}: cannot be written there; choose a folder that you may write")
    return path


def resized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """A picture (H, W) or (H, W, C) of another size, float32 in 0..255, antialiased."""
    if picture.shape[:2] == (height, width):
        return np.asarray(picture, np.float32)
    if picture.ndim == 3:
        return np.stack([resized(plane, height, width) for plane in np.moveaxis(picture, -1, 0)], axis=-1)
    image = Image.fromarray(np.ascontiguousarray(picture, np.float32))
    return np.clip(np.asarray(image.resize((width, height), Image.Resampling.BICUBIC)), 0, 255)  # bicubic overshoots


def resized_longer(picture: np.ndarray, longer: int) -> np.ndarray:
    """A picture whose longer side has the given length, in pixels."""
    return resized(picture, *_sides(picture, longer / max(picture.shape[:2])))


def resized_shorter(picture: np.ndarray, shorter: int, grow: bool = False) -> np.ndarray:
    """A picture whose shorter side has the given length, in pixels; a smaller one is enlarged only if `grow`."""
    scale = shorter / min(picture.shape[:2])
    return picture if scale >= 1 and not grow else resized(picture, *_sides(picture, scale))


def centre_square(picture: np.ndarray, size: int) -> np.ndarray:
    """The middle of a picture, (size, size, ...)."""
    side = min(picture.shape[:2])
    top, left = ((n - side) // 2 for n in picture.shape[:2])
    return resized(picture[top : top + side, left : left + side], size, size)


def letterboxed(picture: np.ndarray, channels: int, size: int) -> np.ndarray:
    """The whole picture in a square, with bars of the border's median colour at two sides.

    Args:
        picture: float32 (H, W) or (H, W, 3) in 0..255.
        channels: 1 for grey, 3 for colour.
        size: Side of the square, in pixels.

    Returns:
        float32 (size, size, channels) in 0..255.
    """
    planes = np.atleast_3d(picture)
    if planes.shape[-1] > channels:
        planes = (planes @ LUMINANCE)[..., None]
    border = np.concatenate([planes[0], planes[-1], planes[:, 0], planes[:, -1]])
    square = np.empty((size, size, planes.shape[-1]), np.float32)
    square[:] = np.median(border, axis=0)
    small = resized_longer(planes, size)
    (h, w), (top, left) = small.shape[:2], (size - np.array(small.shape[:2])) // 2
    square[top : top + h, left : left + w] = small
    return np.broadcast_to(square, (size, size, channels)).copy()


def _sides(picture: np.ndarray, scale: float) -> tuple[int, int]:
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    return height, width


def _in_srgb(image: Image.Image) -> Image.Image:
    """The picture in the colours of sRGB, where it has a profile of other ones."""
    if not (content := image.info.get("icc_profile")):
        return image
    from PIL import ImageCms  # here, as few pictures have a profile

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
        if image.mode[0] in "IF" or "sRGB" in ImageCms.getProfileDescription(profile):
            return image
        if image.mode in ("P", "PA"):
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode=mode) or image
    except (OSError, ImageCms.PyCMSError):  # a damaged profile, or one of another kind of colours
        return image


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
