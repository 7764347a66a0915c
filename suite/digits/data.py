"""Pictures to learn from and to score on: scikit-learn's scans, MNIST, or a folder for each class."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from suite.data import downloads as assets
from suite.data import reading, splits
from suite.data.downloads import Asset
from suite.digits import inputs
from suite.digits.config import DataConfig
from suite.digits.inputs import SIZE
from suite.errors import InputError

DIGITS = tuple("0123456789")
# As keras.datasets pins it; fetched by our own code, which goes on where it stopped and unpickles nothing.
MNIST = Asset(
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    "mnist.npz",
)
PAIRS = {"train": "train", "test": "t10k"}  # which of MNIST's files hold which part
MOST_PIXELS = 2**30  # of an IDX file: five times EMNIST's largest


@dataclass(frozen=True)
class Images:
    """One split of a source.

    Args:
        pixels: uint8 (N, 28, 28, C); of prepared digits, ink is 255 and the ground 0.
        targets: (N,), indices into labels.
        labels: The classes' names.
        description: Which split of which source, for reports.
    """

    pixels: np.ndarray
    targets: np.ndarray
    labels: tuple[str, ...]
    description: str

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def channels(self) -> int:
        return self.pixels.shape[3]


def load(config: DataConfig, split: str, labels: Sequence[str] | None = None, channels: int = 0) -> Images:
    """One split of the configured source.

    Args:
        config: The source.
        split: train, validation, test, or all of them.
        labels, channels: A model's, to score it on another source; by default the source's own.

    Raises:
        InputError: The source is missing, unfit or has no such split; says which file or folder and what to do.
    """
    if split == "all":
        return _joined([_load(config, name, labels, channels) for name in splits.SPLITS if has_split(config, name)])
    if not has_split(config, split):
        raise InputError(f"{config.path or config.kind}: has no {split} part; add it, or choose another --data.split")
    images = _load(config, split, labels, channels)
    if labels is None and split == "train":
        _check(images, config)
    return images


def _check(images: Images, config: DataConfig) -> None:
    """Raises InputError where a class has nothing to learn from, or nothing is left to validate on."""
    counts = np.bincount(images.targets, minlength=len(images.labels))
    if not counts.all():
        name = images.labels[int(np.argmin(counts))]
        raise InputError(f"{config.path or config.kind}: no picture of {name!r} to train on; two are needed at least")


def has_split(config: DataConfig, split: str) -> bool:
    """Whether the source has such a part; nothing is read but names."""
    if config.kind == "folder":
        _, names = _pictures(Path(config.path))
        return bool(len(_rows(names, config)[split]))
    if config.kind == "digits" or not config.path:
        return True
    return _pair(Path(config.path), "test" if split == "test" else "train") is not None


def _load(config: DataConfig, split: str, labels: Sequence[str] | None, channels: int) -> Images:
    return {"digits": _scans, "mnist": _mnist, "folder": _folder}[config.kind](config, split, labels, channels)


def _joined(parts: Sequence[Images]) -> Images:
    pixels, targets = np.concatenate([p.pixels for p in parts]), np.concatenate([p.targets for p in parts])
    _, _, source = parts[-1].description.partition(" of ")
    return Images(pixels, targets, parts[0].labels, f"all of {source}")


def _named(targets: np.ndarray, names: Sequence[str], labels: Sequence[str] | None, source: str) -> np.ndarray:
    """Targets as indices into a model's labels."""
    if labels is None:
        return targets
    strangers = [name for number, name in enumerate(names) if name not in labels and (targets == number).any()]
    if strangers:
        raise InputError(f"{source}: the model knows no class {strangers[0]!r}; its labels are {', '.join(labels)}")
    return np.array([labels.index(names[target]) for target in targets], int)


def _coloured(pixels: np.ndarray, channels: int) -> np.ndarray:
    """Grey pictures (N, 28, 28, 1) with as many channels as a model takes."""
    return np.repeat(pixels, channels, axis=3) if channels > pixels.shape[3] else pixels


# scikit-learn's digits


def _scans(config: DataConfig, split: str, labels: Sequence[str] | None, channels: int) -> Images:
    """1,797 scans of 8x8 pixels, enlarged and centred as every other picture of a digit is.

    Alpaydin and Kaynak 1998, the test part of UCI's "Optical Recognition of Handwritten Digits".
    """
    from sklearn.datasets import load_digits

    scans = load_digits()
    chosen = splits.stratified(scans.target, config.seed, validation=0.1, test=0.2)[split]
    pixels = np.stack([inputs.centre(scan * (255 / 16)) for scan in scans.images[chosen]])[..., None]
    targets = _named(scans.target[chosen], DIGITS, labels, "scikit-learn's digits")
    description = f"{split} split of scikit-learn's digits, stratified, seed {config.seed}"
    return Images(_coloured(_bytes(pixels), channels), targets, tuple(labels or DIGITS), description)


def _bytes(pixels: np.ndarray) -> np.ndarray:
    return np.round(np.clip(pixels, 0, 255)).astype(np.uint8)


# MNIST


def _mnist(config: DataConfig, split: str, labels: Sequence[str] | None, channels: int) -> Images:
    """The official test part, read only where it is asked for; a twelfth of the training part validates."""
    part = "test" if split == "test" else "train"
    if config.path:
        pixels, targets = _idx_pair(Path(config.path), part)
    else:
        with np.load(assets.fetch(MNIST), allow_pickle=False) as stored:
            pixels, targets = stored[f"x_{part}"], stored[f"y_{part}"]
    if part == "train":
        chosen = splits.stratified(targets, config.seed, validation=1 / 12, test=0)[split]
        pixels, targets = pixels[chosen], targets[chosen]
    targets = _named(targets.astype(int), DIGITS, labels, "MNIST")
    how = "official" if split == "test" else f"stratified, seed {config.seed}"
    return Images(
        _coloured(pixels[..., None], channels), targets, tuple(labels or DIGITS), f"{split} split of MNIST, {how}"
    )


def _pair(folder: Path, part: str) -> tuple[Path, Path] | None:
    """The files of pictures and labels of a part; None where there are none."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give the folder of MNIST's IDX files")
    found = []
    for kind in ("images-idx3", "labels-idx1"):
        stem = f"{PAIRS[part]}-{kind}-ubyte"
        names = (stem, f"{stem}.gz", stem.replace("-idx", ".idx"), stem.replace("-idx", ".idx") + ".gz")
        found.append(next((folder / name for name in names if (folder / name).is_file()), None))
    if any(found) and not all(found):
        raise InputError(f"{next(filter(None, found))}: the other file of its pair is missing; put it beside")
    return tuple(found) if all(found) else None


def _idx_pair(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    pair = _pair(folder, part)
    if pair is None:
        raise InputError(f"{folder}: no {PAIRS[part]}-images-idx3-ubyte, gzipped or not; give MNIST's folder")
    pixels, targets = _idx(pair[0], 3), _idx(pair[1], 1)
    if len(pixels) != len(targets):
        raise InputError(f"{pair[1]}: {len(targets):,} labels for {len(pixels):,} pictures; fetch both files anew")
    if pixels.shape[1:] != (SIZE, SIZE):
        raise InputError(f"{pair[0]}: pictures of {pixels.shape[1]}x{pixels.shape[2]}; expected {SIZE}x{SIZE}")
    if targets.max() > 9:
        raise InputError(f"{pair[1]}: the label {targets.max()}; expected 0 to 9")
    return pixels, targets


def _idx(path: Path, axes: int) -> np.ndarray:
    """An IDX file: two zero bytes, the type (8: unsigned bytes), the axes and their lengths, then the values.

    LeCun, http://yann.lecun.com/exdb/mnist, "file formats".
    """
    try:
        with path.open("rb") as raw, gzip.open(raw) if _gzipped(raw) else raw as file:
            head = file.read(4 + 4 * axes)
            if len(head) < 4 + 4 * axes or head[:4] != bytes((0, 0, 8, axes)):
                raise InputError(f"{path}: not an IDX file of bytes with {axes} axes; fetch it anew")
            shape = struct.unpack(f">{axes}I", head[4:])
            size = math.prod(shape)
            if not 0 < size <= MOST_PIXELS:
                raise InputError(f"{path}: says that it holds {size:,} values; fetch it anew")
            content = file.read(size + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path}: damaged or cut off ({error}); fetch it anew") from None
    if len(content) != size:
        more = "more" if len(content) > size else f"{len(content):,}"
        raise InputError(f"{path}: should hold {size:,} values and holds {more}; fetch it anew")
    return np.frombuffer(content, np.uint8).reshape(shape)


def _gzipped(file: BinaryIO) -> bool:
    """Whether a file begins as gzip's do, whatever its name; it stays at its beginning."""
    start = file.read(2)
    file.seek(0)
    return start == b"\x1f\x8b"


# A folder for each class


def _folder(config: DataConfig, split: str, labels: Sequence[str] | None, channels: int) -> Images:
    root = Path(config.path)
    files, names = _pictures(root)
    classes = tuple(dict.fromkeys(names))
    targets = np.array([classes.index(name) for name in names])
    rows = _rows(names, config)[split]
    found = config.preparation == "digit"  # which is grey, whatever the pen's colour
    channels = channels or config.channels or (1 if found else _channels(files))
    pixels, kept = reading.read_all(
        [files[row] for row in rows], lambda file: prepare(file, config.preparation, channels), "pictures"
    )
    if not kept:
        raise InputError(f"{root}: its {split} split is empty; add pictures")
    targets = _named(targets[rows][kept], classes, labels, str(root))
    description = f"{split} split of {root.resolve().name}, stratified, seed {config.seed}"
    return Images(_bytes(np.stack(pixels)), targets, tuple(labels or classes), description)


def _rows(names: Sequence[str], config: DataConfig) -> dict[str, np.ndarray]:
    return splits.stratified(names, config.seed, validation=0.1, test=0.1)


def prepare(file: Path, how: str, channels: int) -> np.ndarray:
    """A picture of one thing as a model sees it, float32 (28, 28, C) in 0..255.

    Raises:
        InputError: The file is no picture, or shows no digit or several where one is looked for.
    """
    if how == "picture":
        return inputs.fit(inputs.read(file, channels), channels)
    found = inputs.find(inputs.read(file))
    if len(found) != 1:
        raise InputError(f"{file}: {len(found) or 'no'} digits found; cut out one digit")
    return np.repeat(found[0][..., None], channels, axis=2)


def _pictures(root: Path) -> tuple[list[Path], list[str]]:
    """Every picture below the folders of root, and the name of its folder."""
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; it should hold a folder of pictures for each class")
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    files = [p for folder in folders for p in sorted(folder.rglob("*")) if _is_picture(p)]
    names = [file.relative_to(root).parts[0] for file in files]
    counts = Counter(names)
    if len(folders) < 2 or not files:
        raise InputError(f"{root}: needs two folders at least, one for each class, with PNG or JPEG pictures in them")
    for folder in folders:
        if counts[folder.name] < 2:
            raise InputError(
                f"{folder}: {counts[folder.name] or 'no'} picture; two are needed, to train and to validate; "
                "add some, or remove the folder"
            )
    return files, names


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in inputs.EXTENSIONS and not path.name.startswith(".")


def _channels(files: Sequence[Path]) -> int:
    """3 where any picture has colour, otherwise 1; a file that cannot be read decides nothing."""

    def coloured(file: Path) -> bool:
        try:
            picture = inputs.fit(inputs.read(file, 3), 3)
        except InputError:
            return False
        return float(np.ptp(picture, axis=2).max()) > 24  # JPEG gives grey a little colour

    return 3 if any(map(coloured, files)) else 1
