"""Arrays of an HDF5 file of weights, which may come from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from suite.errors import InputError

_LARGEST = 2**28  # elements of all arrays: VGG19 has 144 million


def arrays(path: Path, net: str, wanted: Callable[[str], bool]) -> dict[str, np.ndarray]:
    """The wanted arrays by their names in the file, float32; links are not followed.

    Args:
        path: The file.
        net: The name of the net in messages.
        wanted: Whether an array of this name is read.

    Raises:
        InputError: It is no HDF5 file, damaged, has an array that is too large, or one that lies in another file.
    """
    import h5py

    found: dict[str, np.ndarray] = {}

    def visit(name: str, node: Any) -> None:
        if isinstance(node, h5py.Dataset) and wanted(name):
            stored = node.compression or node.id.get_storage_size() >= node.size  # a byte an element at least
            if node.external or node.is_virtual or not stored:
                raise ValueError(f"{name[:60]} does not lie in it")
            if node.size + sum(array.size for array in found.values()) > _LARGEST:
                raise ValueError(f"more than {_LARGEST:,} weights")
            found[name] = np.asarray(node, np.float32)

    try:
        with h5py.File(path) as file:
            file.visititems(visit)
    except Exception as error:  # h5py raises many kinds on damaged files
        reason = " ".join(str(error).split())[:100]
        raise InputError(f"{net}: cannot be read as weights ({reason}); use a .h5 file that Keras wrote") from None
    return found
