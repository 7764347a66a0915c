"""Sheets of pictures to look at."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from suite import files
from suite.style import inputs

_LABEL = 14  # pixels for a line of text


def grid(rows: Sequence[Sequence[np.ndarray]], names: Sequence[str]) -> np.ndarray:
    """Rows of pictures of one size, with a name a column: float32 (H, W, 3) in 0..255."""
    pictures = np.concatenate([np.concatenate([np.float32(p) for p in row], axis=1) for row in rows])
    head = Image.new("RGB", (pictures.shape[1], _LABEL), "white")
    draw = ImageDraw.Draw(head)
    for number, name in enumerate(names):
        draw.text((number * pictures.shape[1] // len(names) + 2, 1), name, fill="black")
    return np.concatenate([np.asarray(head, np.float32), pictures])


def write(picture: np.ndarray, path: Path) -> None:
    """Writes a picture (H, W, 3) in 0..255 as PNG, whole or not at all."""
    content = io.BytesIO()
    Image.fromarray(inputs.as_bytes(picture)).save(content, "PNG")
    files.write(path, content.getvalue())
