"""Loads .keras files of strangers: no code of theirs runs, and no file but theirs is read.

A .keras file names classes, which Keras imports and calls with the arguments in the file; `safe_mode` forbids some of
them, and others have led to code of the file's author again and again (CVE-2024-3660, CVE-2025-1550, CVE-2025-8747,
CVE-2025-9905, CVE-2025-9906, CVE-2025-12058). So the file is read first: its classes must be on the list below, and its
weights must lie in it.
"""

from __future__ import annotations

import importlib
import io
import json
import math
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite import files
from suite.console import quiet
from suite.errors import InputError

if TYPE_CHECKING:
    import h5py
    import keras

_LAYERS = """
Activation Add Average AveragePooling1D AveragePooling2D BatchNormalization Concatenate Conv1D Conv2D Conv2DTranspose
Cropping1D Cropping2D Dense DepthwiseConv1D DepthwiseConv2D Dropout Embedding Flatten GlobalAveragePooling1D
GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D GroupNormalization InputLayer LayerNormalization LeakyReLU
MaxPooling1D MaxPooling2D Maximum Minimum Multiply Normalization PReLU Permute ReLU RepeatVector Rescaling Reshape
SeparableConv1D SeparableConv2D Softmax SpatialDropout1D SpatialDropout2D Subtract UnitNormalization UpSampling1D
UpSampling2D ZeroPadding1D ZeroPadding2D
""".split()  # noqa: SIM905
_MODULES: dict[str | None, tuple[str, ...]] = {  # module to the classes that a file may name
    "keras": ("DTypePolicy", "Functional", "Sequential"),
    "keras.layers": tuple(_LAYERS),
    "keras.src.models.functional": ("Functional",),
    "keras.initializers": (
        *("Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "Ones"),
        *("Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros"),
    ),
    "keras.regularizers": ("L1", "L2", "L1L2"),
    "keras.losses": ("CategoricalCrossentropy", "SparseCategoricalCrossentropy"),  # of a model in a model
    "keras.optimizers": ("Adam", "AdamW", "SGD"),
    "keras.optimizers.schedules": ("CosineDecay",),
    None: ("__keras_tensor__", "__tuple__"),
}
_LARGEST = 2**30  # bytes of the members
_WIDEST = 2**28  # elements of a layer's output, for one example
_LOCK = threading.Lock()  # of the change to Keras's Layer, which holds for all threads


def load(path: Path, layers_module: str) -> keras.Model:
    """The model of a .keras file.

    Args:
        path: The file.
        layers_module: Module that registers the task's own layers; the blocks' are always registered.

    Raises:
        InputError: It is damaged, names a class that is not allowed, or sizes that it has no weights for.
    """
    with quiet.native_stderr():
        import keras

        for module in ("suite.blocks.layers", layers_module):
            importlib.import_module(module)
        try:
            with zipfile.ZipFile(path) as archive:
                stored = _checked(path, archive)
            with _LOCK, _no_more_weights_than(stored, path):
                model = keras.saving.load_model(path, compile=False)
            if not isinstance(model, keras.Model):
                raise ValueError("a layer, not a model")
            shapes = list(_output_shapes(model))
        except InputError:
            raise
        except Exception as error:  # h5py's and Keras's readers raise a dozen kinds on damaged files
            reason = " ".join(str(error).split())[:160]
            raise InputError(f"{path}: Keras cannot load it ({reason or type(error).__name__})") from None
    for shape in shapes:
        if math.prod(size or 1 for size in shape) > _WIDEST:
            raise InputError(f"{path}: a layer of it has outputs of shape {shape}; nothing here needs as many")
    return model


def _checked(path: Path, archive: zipfile.ZipFile) -> int:
    """Number of the stored weights of a file that is safe to load."""
    if not {"config.json", "model.weights.h5"} <= set(archive.namelist()):
        raise InputError(f"{path}: not a model that this suite saved; train or export it again")
    files.check_zip(archive, path, _LARGEST)
    import h5py
    import keras

    config = json.loads(archive.read("config.json"))
    if (size := max(_declared(config), default=0)) > _WIDEST:
        raise InputError(f"{path}: declares {size:,} elements; nothing here needs as many")
    for module, kind, registered in _classes(config):
        own = registered.startswith("suite") and keras.saving.get_registered_object(registered) is not None
        if not own and kind not in _MODULES.get(module, ()):
            place = f"{module}.{kind}"[:80]
            raise InputError(f"{path}: uses {place}, which the suite's models do not; it may run code of its author")

    with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
        return sum(_sizes(path, file, set()))


def _classes(content: Any) -> Iterator[tuple[str | None, str, str]]:
    """Module, name and registered name of each class, or function, that a configuration names."""
    if isinstance(content, dict):
        if "class_name" in content:
            module, kind, registered = (content.get(name) for name in ("module", "class_name", "registered_name"))
            yield None if module is None else str(module), str(kind), str(registered or "")
        content = list(content.values())
    for part in content if isinstance(content, list) else ():
        yield from _classes(part)


def _declared(content: Any, name: str = "") -> Iterator[int]:
    """The sizes in a configuration: its numbers, but for seeds, and the products of its lists, such as shapes."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _declared(value, key)
    elif isinstance(content, list):
        whole = [part for part in content if type(part) is int]
        yield math.prod(map(abs, whole)) if len(whole) > 1 else 0
        for part in content:
            yield from _declared(part, name)
    elif type(content) is int and "seed" not in name and name != "shared_object_id":
        yield abs(content)


def _sizes(path: Path, group: h5py.Group, seen: set[int]) -> Iterator[int]:
    """Number of elements of each data set in a file of weights; links and data outside of the file are refused.

    Args:
        path: The file, for messages.
        group: Where to look.
        seen: Addresses of what was seen, none of which may come again: links within a file can make it endless.
    """
    import h5py

    for name in group:
        link = group.get(name, getlink=True)
        node = group[name] if isinstance(link, h5py.HardLink) else None
        if node is not None and (place := h5py.h5o.get_info(node.id).addr) not in seen:
            seen.add(place)
        else:
            node = None
        if isinstance(node, h5py.Group):
            yield from _sizes(path, node, seen)
        elif isinstance(node, h5py.Dataset) and not node.external and not node.is_virtual and not node.compression:
            if node.size and node.id.get_storage_size() < node.size:
                raise InputError(f"{path}: its weights are not in it; copy the file again")
            yield node.size
        else:
            raise InputError(f"{path}: its weights are not in it ({name[:40]} is a link); it may read other files")


@contextmanager
def _no_more_weights_than(stored: int, path: Path) -> Iterator[None]:
    """Refuses a model that declares more weights than its file has, before they are allocated."""
    import keras

    original, declared = keras.layers.Layer.add_weight, 0

    def add_weight(layer: keras.Layer, shape: Any = None, *args: Any, **options: Any) -> Any:
        nonlocal declared
        declared += math.prod((shape,) if isinstance(shape, int) else shape or ())
        if declared > stored:
            raise InputError(f"{path}: declares more weights than it has ({stored:,}); copy the file again")
        return original(layer, shape, *args, **options)

    keras.layers.Layer.add_weight = add_weight
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = original


def _output_shapes(model: keras.Model) -> Iterator[tuple[int | None, ...]]:
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _output_shapes(layer)
        for output in keras.tree.flatten(layer.output):
            yield output.shape
