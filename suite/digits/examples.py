"""Made pictures: golden examples of a version, and those that `bench` measures with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from suite.digits.config import SIZE
from suite.task import Examples

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata


def golden(about: Metadata, count: int = 6) -> np.ndarray:
    """Pictures uint8 (count, H, W, C): strokes between random points, light on dark."""
    size, pictures = about.settings.get("size", SIZE), []
    for number in range(count):
        points = np.random.default_rng(number).uniform(20, 92, (4, 2)) * (size / SIZE)
        drawing = Image.new("L", (4 * size, 4 * size))
        pen = ImageDraw.Draw(drawing)
        pen.line([tuple(point) for point in points], fill=255, width=10 * size // SIZE, joint="curve")
        pictures.append(np.asarray(drawing.resize((size, size), Image.Resampling.BOX)))
    return np.repeat(np.stack(pictures)[..., None], about.settings["channels"], axis=3)


def bench_examples(count: int) -> Examples:
    """Random pictures of ten classes."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (count, SIZE, SIZE, 1), np.uint8)
    return Examples(pixels, rng.integers(0, 10, count), tuple("0123456789"), "made pictures")


def bench_input(folder: str, file: Path) -> list[str]:
    """A drawing of a one."""
    picture = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(picture).line([(50, 20), (50, 80)], fill=0, width=8)
    picture.save(Path(folder) / "one.png")
    return [str(Path(folder) / "one.png")]
