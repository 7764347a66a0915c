"""Pretrained networks that turn an image into features, for style transfer and interpretation.

Each module holds one family of networks and has `load(net, layers, precision)`.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

FAMILIES = {"hed_vgg16": "vgg", "vgg16": "vgg", "vgg19": "vgg"}  # a file's weights are those of a VGG


def load(net: str, layers: Sequence[str], precision: str = "float32") -> keras.Model:
    """Loads a feature network by its name or its file, as the `load` of its family does."""
    return importlib.import_module(f"suite.nets.{FAMILIES.get(net, 'vgg')}").load(net, layers, precision)
