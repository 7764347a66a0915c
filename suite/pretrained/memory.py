"""Checks that a picture fits into memory before a network works on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from suite.errors import InputError

if TYPE_CHECKING:
    import keras

_EACH = 12.0  # bytes of a feature at the peak, with its gradient and what is mirrored; measured at 512 and 1,024
_RESNET = 900.0  # bytes of a pixel that ResNet50 and its gradient take up to conv4_block3_out; measured at 512
REST = 0.9e9  # bytes of TensorFlow and the net; measured


def needed(net: keras.Model, height: int, width: int) -> float:
    """Bytes that a feature net and its gradient take for a picture of this size."""
    features, share = 0.0, 1.0  # a pixel of the picture; places of a layer, as a share of the picture's
    for layer in net.layers:  # in the order in which they are applied
        share /= max(getattr(layer, "strides", (1,))) ** 2
        features += share * getattr(layer, "filters", 0)
    return REST + height * width * (_EACH * features or _RESNET)  # a ResNet50's layers are in a model of their own


def available() -> float:
    """Bytes of free memory."""
    import psutil

    return float(psutil.virtual_memory().available)


def check(bytes_of: Callable[[int, int], float], shape: tuple[int, ...]) -> None:
    """Raises InputError, with the size that would fit, if a picture (H, W, 3) needs more bytes than are free."""
    height, width = shape[:2]
    free, wanted = available(), bytes_of(height, width)
    if wanted <= free:
        return
    share = max(0.0, (free - REST) / (wanted - REST)) ** 0.5
    fits = int(share * max(height, width))
    remedy = f"use --size {fits}" if fits >= 32 else "close other programs"
    raise InputError(
        f"{width}x{height} pixels need {wanted / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are free; {remedy}"
    )
