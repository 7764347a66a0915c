"""Pictures of what was found: sheets, maps over inputs, coloured words."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.console import plots

if TYPE_CHECKING:
    from suite.interpret.canvases import Canvas
    from suite.interpret.change import Change
    from suite.interpret.explain import Explanation

_RED, _BLUE = np.array([214.0, 39.0, 40.0]), np.array([31.0, 119.0, 180.0])  # for a label, against it
_LINE = 120  # letters
_FAINT = 0.15  # share of the strongest attribution below which a word has no colour


def explanation(found: Explanation, canvas: Canvas, raw: Any, file: Path) -> None:
    """Draws an input, what the answer rests on, and the deletion curve."""
    wide = canvas.picture is not None
    drawing = plots.figure(11 if wide else 9, 3.6)
    axes = drawing.subplots(1, 3 if wide else 2)
    if canvas.picture:
        picture = canvas.picture(raw)
        axes[0].imshow(_colours(picture) / 255)
        axes[0].set_title(plots.plain(f"{canvas.inputs}, read as {found.answer}"), fontsize=9)
        axes[1].imshow(_under(picture, canvas.upright(found.map)) / 255)
        axes[1].set_title(plots.plain(f"for {found.label} {found.probability:.1%}: red, against: blue"), fontsize=9)
    else:
        _words(axes[0], found)
    for place in axes[:-1]:
        place.set_xticks([])
        place.set_yticks([])
    curve = found.deletion
    axes[-1].plot(curve.shares, curve.probabilities)
    axes[-1].set_title(f"area {curve.area:.3f}, random orders {curve.random_area:.3f}", fontsize=9)
    axes[-1].set_xlabel("share taken out")
    axes[-1].set_ylabel(plots.plain(f"probability of {found.label}"))
    axes[-1].set_ylim(0, 1.02)
    plots.save(drawing, file)


def change(found: Change, canvas: Canvas, before: Any, after: Any, file: Path) -> None:
    """Draws an input before and after a change, and the difference, enlarged to the whole range."""
    if not canvas.picture:
        lines(
            [
                f"{found.before[0]} {found.before[1]:.1%}: {found.input}",
                f"{found.to[0]} {found.to[1]:.1%}: {found.text}",
            ],
            file,
        )
        return
    pictures = [canvas.picture(before), canvas.picture(after)]
    difference = pictures[1] - pictures[0]
    difference = 127.5 + 127.5 * difference / (np.abs(difference).max() or 1.0)
    titles = [f"{label} {share:.0%}" for label, share in (found.before, found.to)]
    row = list(zip([*pictures, difference], [*titles, f"change {found.size:.0%}"], strict=True))
    plots.sheet([row], [""], file)


def lines(texts: Sequence[str], file: Path) -> None:
    """Draws lines of text; long ones go on in the next line."""
    rows = [row for text in texts for row in textwrap.wrap(text, _LINE, subsequent_indent="    ")]
    drawing = plots.figure(1 + 0.075 * max(map(len, rows)), 0.4 + 0.17 * len(rows))
    drawing.text(0.01, 0.99, plots.plain("\n".join(rows)), family="monospace", fontsize=8, va="top")
    plots.save(drawing, file)


def coloured(words: Sequence[str], values: np.ndarray) -> str:
    """Words with their attributions; on a terminal red for the label, blue against it."""
    strongest = float(np.abs(values).max()) or 1.0
    parts = []
    for word, value in zip(words, values, strict=True):
        if abs(value) < _FAINT * strongest:
            parts.append(word)
            continue
        text = f"{word}({value:+.1f})"
        colour = "31" if value > 0 else "34"
        parts.append(f"\x1b[{colour}m{text}\x1b[0m" if sys.stdout.isatty() else text)
    return " ".join(parts)


def _words(axes: Any, found: Explanation) -> None:
    """Draws the words, on red where they speak for the label, on blue where against it."""
    strongest, x, y = float(np.abs(found.map).max()) or 1.0, 0.0, 0.95
    for word, value in zip(found.words, found.map, strict=True):
        width = 0.021 * len(word) + 0.02
        if x and x + width > 1:
            x, y = 0.0, y - 0.09
        share = min(1.0, abs(float(value)) / strongest)
        colour = (1 - share) * np.ones(3) + share * (_RED if value > 0 else _BLUE) / 255
        box = {"facecolor": colour, "edgecolor": "none", "pad": 1.5}
        axes.text(x, y, plots.plain(word), bbox=box, family="monospace", fontsize=9, va="top")
        x += width
    axes.set_title(plots.plain(f"{found.label} {found.probability:.1%}"), fontsize=9)
    axes.axis("off")


def _colours(picture: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.clip(picture, 0, 255), (*picture.shape[:2], 3))


def _under(picture: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A grey picture under the colours of a map of the same size."""
    strongest = float(np.abs(values).max()) or 1.0
    share = np.abs(values / strongest)[..., None]
    grey = _colours(picture).mean(axis=2, keepdims=True) * 0.6 + 60
    return (1 - share) * grey + share * np.where(values[..., None] > 0, _RED, _BLUE)
