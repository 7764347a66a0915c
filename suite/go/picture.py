"""Pictures of boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from suite.go.labels import COLUMNS
from suite.go.rules import BLACK, EMPTY

Colour = tuple[int, int, int] | None
_WOOD, _LINE, _BLACK, _WHITE, _MARK = (222, 184, 120), (60, 45, 25), (20, 20, 20), (245, 245, 240), (30, 90, 200)


def draw(
    stones: Sequence[int],
    size: int,
    marks: Mapping[int, str] = {},
    last: int | None = None,
    cell: int = 32,
    names: bool = True,
) -> np.ndarray:
    """A board as a picture, uint8 (H, W, 3), the first row at the bottom.

    Args:
        stones: N² colours: 0 empty, 1 black, 2 white.
        size: N.
        marks: Point to a text of one or two letters, in a blue disc.
        last: The point of the last move, which gets a red ring.
        cell: Pixels from line to line.
        names: Whether letters and numbers stand at the edges.
    """
    margin = cell * 3 // 2 if names else cell
    extent = (size - 1) * cell
    image = Image.new("RGB", (extent + 2 * margin, extent + 2 * margin), _WOOD)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(cell * 0.45)

    def place(point: int) -> tuple[int, int]:
        row, column = divmod(point, size)
        return margin + column * cell, margin + (size - 1 - row) * cell

    def disc(point: int, radius: float, fill: Colour = None, outline: Colour = None, width: int = 1) -> None:
        x, y = place(point)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill, outline, width)

    for i in range(size):
        at = margin + i * cell
        pen.line([(margin, at), (margin + extent, at)], fill=_LINE)
        pen.line([(at, margin), (at, margin + extent)], fill=_LINE)
        if names:
            for edge in (margin // 2 - cell // 8, extent + margin + margin // 2 + cell // 8):
                pen.text((at, edge), COLUMNS[i], fill=_LINE, font=font, anchor="mm")
                pen.text((edge, at), str(size - i), fill=_LINE, font=font, anchor="mm")
    for point in _stars(size):
        disc(point, max(2, cell // 12), fill=_LINE)
    for point, stone in enumerate(stones):
        if stone != EMPTY:
            disc(point, cell * 0.47, fill=_BLACK if stone == BLACK else _WHITE, outline=_LINE)
    if last is not None and last < size * size:
        disc(last, cell * 0.25, outline=(210, 40, 40), width=max(2, cell // 12))
    for point, text in marks.items():
        disc(point, cell * 0.4, fill=_MARK)
        pen.text(place(point), text, fill="white", font=font, anchor="mm")
    return np.asarray(image)


def _stars(size: int) -> list[int]:
    """The points that are marked on a board, for orientation."""
    if size < 9:
        return []
    edge = 2 if size < 13 else 3
    lines = sorted({edge, size // 2, size - 1 - edge} if size % 2 else {edge, size - 1 - edge})
    return [row * size + column for row in lines for column in lines]
