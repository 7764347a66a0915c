"""Whether a picture's features and their gradients fit into memory, told before they are computed."""

from __future__ import annotations

from pathlib import Path

import keras

from suite.errors import InputError

_EACH = (
    12.0  # bytes that a feature takes at the peak, with its gradient and what is mirrored; measured at 512 and 1,024
)
_REST = 0.9e9  # bytes of TensorFlow and the feature net; measured


def needed(net: keras.Model, height: int, width: int) -> float:
    """Bytes that one look at a picture of this size takes, with its gradient."""
    convolutions = [layer for layer in net.layers if isinstance(layer, keras.layers.Conv2D)]
    features = sum(layer.filters / 4 ** (int(layer.name[len("block")]) - 1) for layer in convolutions)  # a pixel
    return _REST + _EACH * features * height * width


def available() -> float:
    """Bytes of memory that are free, as far as the system tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration):
        return float("inf")


def check(net: keras.Model, shape: tuple[int, ...]) -> None:
    """Refuses a picture (H, W, 3) for which there is too little memory.

    Raises:
        InputError: It names the size that would fit.
    """
    height, width = shape[:2]
    free = available()
    if needed(net, height, width) <= free:
        return
    share = max(0.0, (free - _REST) / (needed(net, height, width) - _REST)) ** 0.5
    fits = int(share * max(height, width))
    remedy = f"use --size {fits}" if fits >= 32 else "close other programs"
    raise InputError(
        f"{width}x{height} pixels need {needed(net, height, width) / 1e9:.1f} GB of memory, "
        f"{free / 1e9:.1f} GB are free; {remedy}"
    )
