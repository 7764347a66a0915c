"""The names of points, such as A1, and of passing."""

from __future__ import annotations

COLUMNS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"  # without I
PASS = "pass"
NAMES = {1: "black", 2: "white"}


def labels(size: int) -> tuple[str, ...]:
    """The points of a board, row by row: A1, B1, ... T19, and pass."""
    return (*(f"{column}{row}" for row in range(1, size + 1) for column in COLUMNS[:size]), PASS)


def point(name: str, size: int) -> int:
    """Number of a point, or size² for a pass.

    Raises:
        ValueError: There is no such point on a board of this size.
    """
    text = name.upper()
    if text == "PASS":
        return size * size
    column, row = COLUMNS[:size].find(text[:1]), text[1:]
    if not text[:1] or column < 0 or not row.isdecimal() or not 1 <= int(row) <= size:
        raise ValueError(f"{name}: no point of a {size}x{size} board")
    return (int(row) - 1) * size + column
