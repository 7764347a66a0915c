"""SqueezeNet 1.0 (Iandola et al. 2016), trained on ImageNet: its convolutions up to the layers that are asked for.

squeezenet   of the ONNX Model Zoo; downloaded once, 5 MB
FILE.onnx    the same, from a file
FILE.npz     arrays conv1/kernel, conv1/bias, fire2/squeeze1x1/kernel, ..., filters as Keras has them, (H, W, C, N)

Of a fire module the output is what its two expanding convolutions give, side by side. Every convolution pads its input
by reflection: zero padding would be visible in the features as a frame.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

from suite import files
from suite.blocks.layers import ReflectionPadding
from suite.data.downloads import Asset, fetch
from suite.errors import InputError
from suite.pretrained.vgg import Centred

DOWNLOAD = Asset(
    "https://github.com/onnx/models/raw/main/validated/vision/classification/squeezenet/model/squeezenet1.0-12.onnx",
    "dec81a8684617770b3cf13fadc1d92565d1d453d23935fc6388b792d99c992bd",
    "squeezenet1.0-12.onnx",
)
LAYERS = ("conv1", *(f"fire{number}" for number in range(2, 10)))
_WIDTHS = dict(zip(LAYERS[1:], (16, 16, 32, 32, 48, 48, 64, 64), strict=True))  # of the squeezing convolutions
_POOLED = ("conv1", "fire4", "fire8")  # layers that a pooling follows; table 1 of the paper
_LARGEST = 2**26  # bytes of a file: the net has 5 MB

Weights = dict[str, tuple[np.ndarray, np.ndarray]]  # of conv1, fire2/squeeze1x1 and so on: filters (H, W, C, N), biases


def load(net: str, layers: Sequence[str], precision: str = "float32") -> keras.Model:
    """Loads the feature network.

    Args:
        net: squeezenet, or an .onnx or .npz file.
        layers: Names of the layers whose outputs the network returns: conv1, fire2 to fire9.
        precision: float32 or bfloat16.

    Returns:
        A frozen keras.Model from RGB images (B, H, W, 3) in 0..255 to {layer: (B, H', W', C)}, after the layer's ReLU.

    Raises:
        InputError: The weights are not found or not those of a SqueezeNet 1.0, or there is no such layer.
    """
    if missing := [name for name in layers if name not in LAYERS]:
        raise InputError(f"{net}: has no layer {missing[0]}; it has {', '.join(LAYERS)}")
    path = fetch(DOWNLOAD) if net == "squeezenet" else Path(net)
    weights = _checked(_read_onnx(path) if path.suffix == ".onnx" else _read_npz(path), net)
    return build(weights, layers, precision)


def is_one(net: str) -> bool:
    """Whether this names a SqueezeNet, and not a VGG."""
    return net == "squeezenet" or Path(net).suffix in (".onnx", ".npz")


def build(weights: Weights, layers: Sequence[str], precision: str = "float32") -> keras.Model:
    """Builds the feature network of these weights; layers, precision and result as in `load`."""
    policy = "mixed_bfloat16" if precision == "bfloat16" else precision

    def convolution(x: keras.KerasTensor, name: str, stride: int = 1) -> keras.KerasTensor:
        filters, biases = weights[name]
        margin, flat = filters.shape[0] // 2, name.replace("/", "_")
        if margin and stride == 1:
            x = ReflectionPadding(((margin, margin),) * 2, name=f"{flat}_pad", dtype=policy)(x)
        layer = keras.layers.Conv2D(
            filters.shape[-1], filters.shape[0], strides=stride, activation="relu", name=flat, dtype=policy
        )
        x = layer(x)
        layer.set_weights([filters, biases])
        return x

    image = keras.Input((None, None, 3), name="picture")
    x = convolution(Centred(name="centred")(image), "conv1", 2)
    outputs = {"conv1": x}
    for name in LAYERS[1 : 1 + max(map(LAYERS.index, layers))]:
        if (before := LAYERS[LAYERS.index(name) - 1]) in _POOLED:
            # Caffe's pooling keeps an incomplete window at the end: what is mirrored there is in it already.
            x = ReflectionPadding(((0, 1), (0, 1)), name=f"{before}_pool_pad", dtype=policy)(x)
            x = keras.layers.MaxPooling2D(3, 2, name=f"{before}_pool", dtype=policy)(x)
        squeezed = convolution(x, f"{name}/squeeze1x1")
        expanded = [convolution(squeezed, f"{name}/expand{size}") for size in ("1x1", "3x3")]
        x = outputs[name] = keras.layers.Concatenate(name=name, dtype=policy)(expanded)
    net = keras.Model(image, {name: outputs[name] for name in layers}, name="features")
    net.trainable = False
    return net


def _shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    """The name of each convolution and the shape of its filters, first to last."""
    yield "conv1", (7, 7, 3, 96)
    channels = 96
    for name, width in _WIDTHS.items():
        yield f"{name}/squeeze1x1", (1, 1, channels, width)
        yield f"{name}/expand1x1", (1, 1, width, 4 * width)
        yield f"{name}/expand3x3", (3, 3, width, 4 * width)
        channels = 8 * width


def _checked(weights: Weights, net: str) -> Weights:
    for name, shape in _shapes():
        filters, biases = weights.get(name, (np.zeros(0), np.zeros(0)))
        if filters.shape != shape or biases.shape != shape[-1:]:
            raise InputError(f"{net}: is not a SqueezeNet 1.0: {name} is missing, or has another shape")
        if not (np.isfinite(filters).all() and np.isfinite(biases).all()):
            raise InputError(f"{net}: {name} has weights that are not numbers; fetch the file again")
    return weights


def _read_onnx(path: Path) -> Weights:
    """The convolutions of an ONNX file, by their order and the size of their filters, whatever their names."""
    import onnx
    from onnx import external_data_helper, numpy_helper

    files.source(path, "a feature net")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path}: {path.stat().st_size:,} bytes, where a SqueezeNet has 5 million")
    try:
        graph = onnx.load(path, load_external_data=False).graph
        stored = {tensor.name: tensor for tensor in graph.initializer}
        if any(external_data_helper.uses_external_data(tensor) for tensor in stored.values()):
            raise InputError(f"{path}: keeps its weights in another file; save them in one")
        found: Weights = {}
        names = [name for name, _ in _shapes()]
        for node in graph.node:
            if node.op_type == "Conv" and len(node.input) == 3 and {*node.input[1:]} <= stored.keys():
                filters, biases = (np.asarray(numpy_helper.to_array(stored[name])) for name in node.input[1:3])
                size = "x".join(map(str, filters.shape[2:]))
                # Of a fire module's convolutions the squeezing one is first; the other two may come in any order.
                alike = [n for n in names if n not in found and (n == "conv1" or n.endswith(size))]
                if alike:
                    found[alike[0]] = (filters.transpose(2, 3, 1, 0).astype(np.float32), biases.astype(np.float32))
    except InputError:
        raise
    except Exception as error:  # protobuf and onnx raise many kinds on damaged files
        reason = " ".join(str(error).split())[:100]
        raise InputError(f"{path}: cannot be read as ONNX ({reason}); fetch it again") from None
    return found


def _read_npz(path: Path) -> Weights:
    try:
        with zipfile.ZipFile(files.source(path, "a feature net")) as archive:
            files.check_zip(archive, path, _LARGEST)
        with np.load(path, allow_pickle=False) as stored:
            names = [name for name, _ in _shapes() if {f"{name}/kernel", f"{name}/bias"} <= set(stored.files)]
            arrays = {name: (stored[f"{name}/kernel"], stored[f"{name}/bias"]) for name in names}
        return {
            name: (filters.astype(np.float32), biases.astype(np.float32)) for name, (filters, biases) in arrays.items()
        }
    except InputError:
        raise
    except Exception as error:  # the readers of zip and NumPy files raise many kinds on damaged bytes
        reason = " ".join(str(error).split())[:100]
        raise InputError(f"{path}: cannot be read as weights ({reason}); use an .npz file that NumPy wrote") from None
