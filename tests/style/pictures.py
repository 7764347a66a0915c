"""Pictures and a feature net for the tests: small, and made here."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
from PIL import ExifTags, Image

WIDTHS = {"block1_conv1": 8, "block1_conv2": 8, "block2_conv1": 12, "block3_conv1": 16}

LAYERS = dict(style_layers=("block1_conv1", "block2_conv1"), content_layer="block3_conv1", content=0.4)


def photograph(number: int = 0, height: int = 72, width: int = 96) -> np.ndarray:
    """A smooth ground with a disc on it, uint8 (H, W, 3)."""
    rng = np.random.default_rng(number)
    y, x = np.mgrid[:height, :width]
    ground = np.stack([y / height, x / width, 1 - y / height], axis=-1) * rng.uniform(80, 200, 3)
    inside = np.hypot(y - height * rng.uniform(0.3, 0.7), x - width * rng.uniform(0.3, 0.7)) < height / 4
    return np.where(inside[..., None], rng.uniform(0, 255, 3), ground).astype(np.uint8)


def painting(number: int = 0, side: int = 80) -> np.ndarray:
    """Stripes of two colours, uint8 (side, side, 3)."""
    rng = np.random.default_rng(100 + number)
    y, x = np.mgrid[:side, :side]
    wave = 0.5 + 0.5 * np.sin((x * rng.uniform(-1, 1) + y) * rng.uniform(0.3, 0.9))
    first, second = rng.uniform(0, 255, (2, 3))
    return (wave[..., None] * first + (1 - wave[..., None]) * second).astype(np.uint8)


def save(picture: np.ndarray, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    return path


def folders(home: Path, photographs: int = 6, paintings: int = 2) -> tuple[str, str]:
    """A folder of photographs and one of paintings."""
    for number in range(photographs):
        save(photograph(number), home / "photographs" / f"{number}.png")
    for number in range(paintings):
        save(painting(number), home / "paintings" / f"Style {number}.png")
    return str(home / "photographs"), str(home / "paintings")


def feature_net(path: Path, layout: str = "{}/kernel", widths: dict[str, int] = WIDTHS) -> str:
    """A file of random weights, as of a narrow VGG.

    Args:
        layout: A layer's place in the file, in which {} stands for its name.
    """
    rng, channels = np.random.default_rng(0), 3
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, filters in widths.items():
            place = layout.format(name)
            file[place] = rng.normal(0, (2 / (9 * channels)) ** 0.5, (3, 3, channels, filters)).astype(np.float32)
            file[place.replace("kernel", "bias").replace("vars/0", "vars/1")] = np.zeros(filters, np.float32)
            channels = filters
    return str(path)


def how_made(path: Path) -> dict:
    """Settings in a painting's metadata: PNG's text, otherwise EXIF; empty if there are none."""
    with Image.open(path) as image:
        about = image.info.get("Description") or image.getexif().get(ExifTags.Base.ImageDescription) or "{}"
    return json.loads(about)
