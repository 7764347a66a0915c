"""Plots as PNG: training curves, confusion matrices, bars and sheets of pictures."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.files import write

_TILE, _MARGIN, _TITLE, _LETTER = 100, 6, 12, 6.2  # pixels: a picture, the space around it, a line of text, a letter

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def curves(history: Sequence[Mapping[str, float]], path: Path, measures: Sequence[str] = ("loss", "accuracy")) -> None:
    """Draws measures of training and validation over the epochs."""
    drawing = figure(4.5 * len(measures), 3.6)
    epochs = [row["epoch"] for row in history]
    for place, name in enumerate(measures, start=1):
        axes = drawing.add_subplot(1, len(measures), place)
        axes.plot(epochs, [row[name] for row in history], label="training")
        axes.plot(epochs, [row[f"val_{name}"] for row in history], label="validation")
        axes.set_xlabel("epoch")
        axes.set_title(name)
        axes.legend()
    save(drawing, path)


def confusion(matrix: Sequence[Sequence[int]], labels: Sequence[str], title: str, path: Path) -> None:
    """Draws a confusion matrix: true labels in rows, predicted ones in columns; colour is the share of the row.

    Args:
        matrix: Counts (L, L).
        labels: L names.
        title: Over the plot.
        path: The PNG file.
    """
    counts = np.asarray(matrix)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 2.5 + 0.5 * len(labels)
    drawing = figure(side + 0.8, side)
    axes = drawing.add_subplot()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    names = [plain(label) for label in labels]
    axes.set_xticks(range(len(labels)), names, rotation=60, ha="right")
    axes.set_yticks(range(len(labels)), names)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(plain(title))
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if share[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
    drawing.colorbar(image, shrink=0.8, label="share of the true label")
    save(drawing, path)


def bars(groups: Mapping[str, Mapping[str, float]], title: str, path: Path) -> None:
    """Draws bars: a panel for each group, a bar for each of its names."""
    drawing = figure(3.2 * len(groups), 3)
    for place, (group, values) in enumerate(groups.items(), start=1):
        axes = drawing.add_subplot(1, len(groups), place)
        axes.barh([plain(name) for name in values], list(values.values()))
        axes.set_title(plain(group))
    drawing.suptitle(plain(title), fontsize=8)
    save(drawing, path)


def plain(text: str) -> str:
    """A text as matplotlib draws it letter by letter: its dollar signs begin no formula."""
    return text.replace("$", r"\$")


def figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches."""
    from matplotlib.figure import Figure  # without pyplot: no window system is looked for

    return Figure(figsize=(width, height), layout="constrained")


def save(drawing: Figure, path: Path) -> None:
    """Writes a figure as PNG, atomically."""
    picture = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # a box stands for it in the picture
        drawing.savefig(picture, format="png", dpi=120)
    write(path, picture.getvalue())


def sheet(rows: Sequence[Sequence[tuple[np.ndarray, str]]], names: Sequence[str], path: Path) -> None:
    """Draws pictures in rows, each with a title, small ones enlarged.

    Args:
        rows: (picture, title) each; a picture is (H, W, 1) or (H, W, 3) in 0..255. All are drawn in the same size.
        names: Name of each row, to its left; all empty for none.
        path: The PNG file.
    """
    from PIL import Image, ImageDraw

    height, width = (max(picture.shape[axis] for row in rows for picture, _ in row) for axis in (0, 1))
    times = max(1, round(_TILE / max(height, width)))
    left = _MARGIN + max((round(_LETTER * len(name)) for name in names), default=0)
    across, down = times * width + _MARGIN, times * height + _MARGIN + _TITLE
    canvas = Image.new("RGB", (left + across * max(map(len, rows)), _MARGIN + down * len(rows)), "white")
    draw = ImageDraw.Draw(canvas)
    for number, (row, name) in enumerate(zip(rows, names, strict=True)):
        top = _MARGIN + number * down
        draw.text((_MARGIN, top + _TITLE + times * height // 2), name, fill="black")
        for place, (picture, title) in enumerate(row):
            pixels = np.broadcast_to(np.clip(np.round(picture), 0, 255), (*picture.shape[:2], 3)).astype(np.uint8)
            tile = Image.fromarray(pixels).resize((times * width, times * height), Image.Resampling.NEAREST)
            canvas.paste(tile, (left + place * across, top + _TITLE))
            draw.text((left + place * across, top), title[: int(across / _LETTER)], fill="black")
    content = io.BytesIO()
    canvas.save(content, "PNG")
    write(path, content.getvalue())
