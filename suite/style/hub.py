"""TensorFlow Hub modules that paint in any style: magenta's interface, two pictures in, one out.

Ghiasi et al. 2017, "Exploring the structure of a real-time, arbitrary neural artistic stylization network";
https://tfhub.dev/google/magenta/arbitrary-image-stylization-v1-256/2: both pictures float32 (1, H, W, 3) in 0..1, the
style best of 256 pixels; the output is a list of one picture of the content's size.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from suite.artefacts import runtime
from suite.data import pictures
from suite.errors import InputError

STYLE_SIZE = 256  # pixels, of the style picture
LARGEST = 1024  # pixels of the longer side that is painted


def paint(module: Any, picture: np.ndarray, style: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """A picture in the style of another.

    Args:
        module: See `suite.pretrained.hub.load`.
        picture: (H, W, 3) in 0..255; painted with at most 1,024 pixels of its longer side.
        style: (H', W', 3) in 0..255.
        strength: From 0, the picture itself, to 1; between them the two are blended.

    Returns:
        uint8 (H, W, 3), of the size painted.

    Raises:
        InputError: The module takes no two pictures, or gives none.
    """
    import tensorflow as tf

    picture = pictures.resized_longer(picture, min(LARGEST, max(picture.shape[:2])))
    style = pictures.resized_longer(style, STYLE_SIZE)
    given = [tf.constant(np.asarray(p[None], np.float32) / 255) for p in (picture, style)]
    try:
        painted = np.asarray(_called(module, *given))
    except (TypeError, ValueError, LookupError, tf.errors.OpError) as error:
        raise InputError(
            f"the module does not paint one picture in the style of another ({runtime.short(error)})"
        ) from None
    if painted.ndim != 4 or painted.shape[0] != 1 or painted.shape[3] != 3:
        raise InputError(f"the module gives {painted.shape}, and not a picture (1, H, W, 3)")
    painted = pictures.resized(255 * painted[0], *picture.shape[:2])  # modules round the size to their grid
    return pictures.to_uint8(picture + strength * (painted - picture))


def _called(module: Any, content: Any, style: Any) -> Any:
    """Output of a module, called itself or by its signature."""
    if callable(module):
        result = module(content, style)
    else:
        signature = module.signatures["serving_default"]
        names = sorted(signature.structured_input_signature[1])  # magenta's: placeholder, placeholder_1
        result = signature(**dict(zip(names, (content, style), strict=True)))
    if isinstance(result, dict):
        result = next(iter(result.values()))
    return result[0] if isinstance(result, (list, tuple)) else result
