"""Sources of pictures: scikit-learn's scans, MNIST, or a folder for each class."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.config import other_source
from suite.data import decoded, folders, mnist, pictures
from suite.data.splits import SPLITS, draw, label_indices, stratified
from suite.digits import preprocessing
from suite.digits.config import SIZE, DataConfig
from suite.errors import InputError
from suite.task import Examples, Shapes

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

DIGITS = tuple("0123456789")
COLOURED = 24  # levels between a pixel's channels above which a picture has colour; JPEG adds some to grey


def splits(config: DataConfig) -> tuple[str, ...]:
    """The splits of a source; only file names are read."""
    if config.kind == "folder":
        _, _, rows = _files(config)
        return tuple(split for split in SPLITS if len(rows[split]))
    if config.kind == "digits" or not config.path:
        return SPLITS
    pairs = {split: mnist.find_pair(Path(config.path), split) for split in mnist.PAIRS}
    return tuple(split for split in SPLITS if pairs["test" if split == "test" else "train"])


def load(config: DataConfig, split: str, about: Metadata | None = None, limit: int | None = None) -> Examples:
    """One split of the configured source, see `Task.load`: pictures uint8 (N, H, W, C); of digits, ink is 255.

    Raises:
        InputError: The source is missing or unfit.
    """
    if about and config.kind == "folder":
        settings = {name: about.settings[name] for name in ("prepare", "channels")}
        config = replace(config, size=about.settings.get("size", SIZE), **settings)
    return {"digits": _scans, "mnist": _mnist, "folder": _folder}[config.kind](config, split, about, limit)


def eval_data(known: DataConfig, given: Mapping[str, Any]) -> DataConfig:
    """The source that `eval` scores on; its pictures are prepared as the model's were."""
    return other_source(known, given, prepare=None, channels=0, size=SIZE)


def encode(raw: np.ndarray, about: Metadata, shapes: Shapes) -> dict[str, np.ndarray]:
    """Pictures (N, H, W, C) or (N, H, W) in 0..255 as float32, with as many channels as the model takes."""
    ((name, shape),) = shapes.items()
    raw = np.asarray(raw) if np.ndim(raw) == 4 else np.asarray(raw)[..., None]
    return {name: np.asarray(raw if shape[2] == raw.shape[3] else np.repeat(raw, shape[2] or 1, axis=3), np.float32)}


def _scans(config: DataConfig, split: str, about: Metadata | None, limit: int | None) -> Examples:
    """scikit-learn's 1,797 scans of 8x8 pixels, enlarged and centred like every other picture of a digit.

    Alpaydin and Kaynak 1998, the test part of UCI's "Optical Recognition of Handwritten Digits".
    """
    from sklearn.datasets import load_digits

    scans = load_digits()
    chosen = draw(stratified(scans.target, config.seed, validation=0.1, test=0.2)[split], limit)
    pixels = np.stack([preprocessing.centre(scan * (255 / 16)) for scan in scans.images[chosen]])[..., None]
    targets, labels = label_indices(scans.target[chosen], DIGITS, about, "scikit-learn's digits")
    description = f"{split} split of scikit-learn's digits, stratified, seed {config.seed}"
    return Examples(pictures.to_uint8(pixels), targets, labels, description)


def _mnist(config: DataConfig, split: str, about: Metadata | None, limit: int | None) -> Examples:
    """MNIST: the official test part; a twelfth of the training part is the validation split."""
    part = "test" if split == "test" else "train"
    pixels, targets = mnist.read(config.path, part)
    rows = np.arange(len(targets))
    if part == "train":
        rows = stratified(targets, config.seed, validation=1 / 12, test=0)[split]
    rows = draw(rows, limit)
    indices, labels = label_indices(targets[rows].astype(int), DIGITS, about, "MNIST")
    how = "official" if split == "test" else f"stratified, seed {config.seed}"
    return Examples(pixels[rows][..., None], indices, labels, f"{split} split of MNIST, {how}")


def _folder(config: DataConfig, split: str, about: Metadata | None, limit: int | None) -> Examples:
    """A folder of pictures for each class."""
    files, names, splits = _files(config)
    classes, rows = tuple(dict.fromkeys(names)), draw(splits[split], limit)
    channels = config.channels or _channels(files, config)
    chosen = [files[row] for row in rows]
    key = repr((config.preparation, config.size, channels, *map(inspect.getsource, (preprocessing, pictures))))
    one = functools.partial(_read, config=config, channels=channels)
    pixels, read = decoded.read(chosen, one, "pictures", key, files)
    if not read:
        raise InputError(f"{config.path}: its {split} split is empty; add pictures")
    numbers = np.array([classes.index(names[rows[i]]) for i in read])
    targets, labels = label_indices(numbers, classes, about, str(config.path))
    if not about and (missing := set(range(len(classes))) - set(numbers)):
        raise InputError(f"{config.path}: no picture of {classes[min(missing)]!r} to train on; two are needed at least")
    description = f"{split} split of {Path(str(config.path)).resolve().name}, stratified, seed {config.seed}"
    return Examples(pixels, targets, labels, description)


def _read(file: Path, config: DataConfig, channels: int) -> tuple[np.ndarray, str]:
    """A picture of one thing, uint8 (H, W, C), and no remark."""
    found = preprocessing.read(file, config.preparation, config.size, channels)
    if len(found) > 1:
        raise InputError(f"{file}: {len(found)} digits found; cut out one digit")
    return pictures.to_uint8(found[0]), ""


def _files(config: DataConfig) -> tuple[list[Path], list[str], dict[str, np.ndarray]]:
    """The files of a folder, their classes, and the rows of each split."""
    root = Path(str(config.path))
    files, names = folders.class_folders(root, pictures.EXTENSIONS, "pictures", "PNG or JPEG")
    folders.check_enough(root, names, "pictures")
    return files, names, stratified(names, config.seed, validation=0.1, test=0.1)


def _channels(files: Sequence[Path], config: DataConfig) -> int:
    """Number of channels: 3 if one of 200 pictures, drawn at random, is in colour, otherwise 1; always 1 for digits."""

    def coloured(file: Path) -> bool:
        try:
            picture = preprocessing.read(file, "picture", config.size, 3)
        except InputError:
            return False
        return float(np.ptp(picture, axis=-1).max()) > COLOURED

    some = draw(np.arange(len(files)), 200)
    return 3 if config.preparation == "picture" and any(coloured(files[row]) for row in some) else 1
