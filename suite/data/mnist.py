"""MNIST (LeCun, Cortes and Burges 1998): a folder of IDX files, or the copy that Keras publishes.

IDX: LeCun, http://yann.lecun.com/exdb/mnist, "file formats".
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from suite.data.downloads import Asset, fetch
from suite.errors import InputError

# As keras.datasets pins it; fetched by the suite's own code, which resumes and unpickles nothing.
MNIST = Asset(
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    "mnist.npz",
)
PAIRS = {"train": "train", "test": "t10k"}  # the beginning of the file names by part
MOST_VALUES = 2**30  # of a file: five times EMNIST's largest


def read(path: str | None, part: str) -> tuple[np.ndarray, np.ndarray]:
    """The pictures uint8 (N, 28, 28) and the labels (N,), 0 to 9, of the part train or test.

    Args:
        path: Folder of IDX files; None for the download.
        part: train or test.

    Raises:
        InputError: The files are not there, damaged, or not MNIST's; or the download failed.
    """
    if not path:
        with np.load(fetch(MNIST), allow_pickle=False) as stored:
            return stored[f"x_{part}"], stored[f"y_{part}"]
    pixels, labels = read_pair(Path(path), part)
    if pixels.shape[1:] != (28, 28):
        raise InputError(f"{path}: pictures of {pixels.shape[1]}x{pixels.shape[2]}; expected 28x28")
    if labels.max() > 9:
        raise InputError(f"{path}: the label {labels.max()} in its {part} part; expected 0 to 9")
    return pixels, labels


def find_pair(folder: Path, split: str) -> tuple[Path, Path] | None:
    """The files of images and labels of a split; None where there are none.

    Args:
        folder: Holds train-images-idx3-ubyte and so on, gzipped or not.
        split: train or test.

    Raises:
        InputError: No such folder, or one file of the pair is missing.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder of MNIST's IDX files")
    found = []
    for kind in ("images-idx3", "labels-idx1"):
        stem = f"{PAIRS[split]}-{kind}-ubyte"
        names = (stem, f"{stem}.gz", stem.replace("-idx", ".idx"), stem.replace("-idx", ".idx") + ".gz")
        found.append(next((folder / name for name in names if (folder / name).is_file()), None))
    images, labels = found
    if images and labels:
        return images, labels
    if lone := images or labels:
        raise InputError(f"{lone}: the other file of its pair is missing; put it beside")
    return None


def read_pair(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """The images uint8 (N, H, W) and the labels uint8 (N,) of a split.

    Raises:
        InputError: The files are not there, damaged, or do not belong together.
    """
    pair = find_pair(folder, split)
    if pair is None:
        raise InputError(f"{folder}: no {PAIRS[split]}-images-idx3-ubyte, gzipped or not; give MNIST's folder")
    images, labels = read_idx(pair[0], 3), read_idx(pair[1], 1)
    if len(images) != len(labels):
        raise InputError(f"{pair[1]}: {len(labels):,} labels for {len(images):,} pictures; fetch both files anew")
    return images, labels


def read_idx(path: Path, axes: int) -> np.ndarray:
    """The array in an IDX file of unsigned bytes: two zero bytes, the type (8), the axes, their lengths, the values.

    Raises:
        InputError: It is another kind of file, damaged or cut off.
    """
    try:
        with path.open("rb") as raw, gzip.open(raw) if _gzipped(raw) else raw as file:
            head = file.read(4 + 4 * axes)
            if len(head) < 4 + 4 * axes or head[:4] != bytes((0, 0, 8, axes)):
                raise InputError(f"{path}: not an IDX file of bytes with {axes} axes; copy or fetch it again")
            shape = struct.unpack(f">{axes}I", head[4:])
            size = math.prod(shape)
            if not 0 < size <= MOST_VALUES:
                raise InputError(f"{path}: says that it holds {size:,} values; copy or fetch it again")
            content = file.read(size + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path}: damaged or cut off ({error}); copy or fetch it again") from None
    if len(content) != size:
        more = "more" if len(content) > size else f"{len(content):,}"
        raise InputError(f"{path}: should hold {size:,} values and holds {more}; copy or fetch it again")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _gzipped(file: BinaryIO) -> bool:
    """Whether a file begins as gzip's do, whatever its name; the position stays at its beginning."""
    start = file.read(2)
    file.seek(0)
    return start == b"\x1f\x8b"
