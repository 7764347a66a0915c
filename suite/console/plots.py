"""Plots as PNG: training curves, confusion matrices, bars and sheets of pictures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.files import write

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
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(title)
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
        axes.barh(list(values), list(values.values()))
        axes.set_title(group)
    drawing.suptitle(title, fontsize=8)
    save(drawing, path)


def figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches."""
    from matplotlib.figure import Figure  # without pyplot: no window system is looked for

    return Figure(figsize=(width, height), layout="constrained")


def save(drawing: Figure, path: Path) -> None:
    """Writes a figure as PNG, atomically."""
    picture = io.BytesIO()
    drawing.savefig(picture, format="png", dpi=120)
    write(path, picture.getvalue())


def sheet(rows: list[list[tuple[np.ndarray, str]]], names: list[str], path: Path) -> None:
    """Draws pictures in rows, each with a title.

    Args:
        rows: (picture, title) each; a picture is (H, W, 1) or (H, W, 3) in 0..255.
        names: Name of each row.
        path: The PNG file.
    """
    columns = max(map(len, rows))
    drawing = figure(1 + 1.3 * columns, 0.2 + 1.5 * len(rows))
    for number, (row, name) in enumerate(zip(rows, names, strict=True)):
        for place, (picture, title) in enumerate(row):
            axes = drawing.add_subplot(len(rows), columns, number * columns + place + 1)
            axes.imshow(np.clip(picture / 255, 0, 1), cmap="gray", vmin=0, vmax=1)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_title(title)
            if not place:
                axes.set_ylabel(name, fontsize=7)
    save(drawing, path)
