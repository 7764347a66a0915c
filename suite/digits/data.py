"""Pictures to train and to score on: scikit-learn's scans, MNIST, or a folder for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.data import downloads, folders, idx, pictures, reading
from suite.data.downloads import Asset
from suite.data.splits import SPLITS, draw, label_indices, stratified
from suite.digits import inputs
from suite.digits.config import SIZE, DataConfig
from suite.errors import InputError
from suite.task import Examples, Shapes

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

DIGITS = tuple("0123456789")
# As keras.datasets pins it; fetched by the suite's own code, which resumes and unpickles nothing.
MNIST = Asset(
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    "mnist.npz",
)
COLOURED = 24  # levels between a pixel's channels from which a picture has colour; JPEG gives grey a little


def splits(config: DataConfig) -> tuple[str, ...]:
    """The splits that a source has; only names are read."""
    if config.kind == "folder":
        names = _files(config)[1]
        rows = _rows(names, config)
        return tuple(split for split in SPLITS if len(rows[split]))
    if config.kind == "digits" or not config.path:
        return SPLITS
    pairs = {split: idx.find_pair(Path(config.path), split) for split in idx.PAIRS}
    return tuple(split for split in SPLITS if pairs["test" if split == "test" else "train"])


def load(config: DataConfig, split: str, about: Metadata | None = None, limit: int | None = None) -> Examples:
    """One split of the configured source.

    Args:
        config: The source.
        split: train, validation, test, or all of them.
        about: Metadata of the model that is scored, for its labels, channels, size and preparation.
        limit: Number of examples at most, drawn at random before anything is decoded.

    Returns:
        Examples of pictures, uint8 (N, H, W, C); of prepared digits, ink is 255 and paper 0.

    Raises:
        InputError: The source is missing, unfit or has no such split.
    """
    if about:
        settings = about.settings
        size, prepare = settings.get("size", SIZE), settings["prepare"] if config.kind == "folder" else None
        config = replace(config, channels=0, size=SIZE, prepare=prepare)
        config = replace(config, size=size) if prepare == "picture" else config
    there = splits(config)
    if split != "all" and split not in there:
        raise InputError(f"{config.path or config.kind}: has no {split} part; add it, or choose another --data.split")
    read = {"digits": _scans, "mnist": _mnist, "folder": _folder}[config.kind]
    parts = [read(config, name, about, limit) for name in (there if split == "all" else (split,))]
    if split != "all":
        return parts[0]
    raw, targets = np.concatenate([p.raw for p in parts]), np.concatenate([p.targets for p in parts])
    return Examples(raw, targets, parts[0].labels, f"all of {parts[-1].description.partition(' of ')[2]}")


def rescored(known: DataConfig, given: Mapping[str, Any]) -> DataConfig:
    """The source that `eval` scores on; its pictures are prepared as the model's were."""
    from suite.commands.evaluate import other_source

    return other_source(known, given, prepare=None, channels=0, size=SIZE)


def encode(raw: np.ndarray, about: Metadata, shapes: Shapes) -> dict[str, np.ndarray]:
    """Pictures uint8 (N, H, W, C) as float32 in 0..255, with as many channels as the model takes."""
    ((name, shape),) = shapes.items()
    return {name: np.float32(raw if shape[2] == raw.shape[3] else np.repeat(raw, shape[2] or 1, axis=3))}


def _coloured(pixels: np.ndarray, about: Metadata | None) -> np.ndarray:
    """Grey pictures (N, H, W, 1) with as many channels as a model takes."""
    return np.repeat(pixels, about.settings["channels"], axis=3) if about else pixels


def _scans(config: DataConfig, split: str, about: Metadata | None, limit: int | None) -> Examples:
    """scikit-learn's 1,797 scans of 8x8 pixels, enlarged and centred as every other picture of a digit is.

    Alpaydin and Kaynak 1998, the test part of UCI's "Optical Recognition of Handwritten Digits".
    """
    from sklearn.datasets import load_digits

    scans = load_digits()
    chosen = draw(stratified(scans.target, config.seed, validation=0.1, test=0.2)[split], limit)
    pixels = np.stack([inputs.centre(scan * (255 / 16)) for scan in scans.images[chosen]])[..., None]
    targets, labels = label_indices(scans.target[chosen], DIGITS, about, "scikit-learn's digits")
    description = f"{split} split of scikit-learn's digits, stratified, seed {config.seed}"
    return Examples(_coloured(pictures.to_uint8(pixels), about), targets, labels, description)


def _mnist(config: DataConfig, split: str, about: Metadata | None, limit: int | None) -> Examples:
    """MNIST: the official test part, read only where it is asked for; a twelfth of the training part validates."""
    part = "test" if split == "test" else "train"
    if config.path:
        pixels, targets = idx.read_pair(Path(config.path), part)
        if pixels.shape[1:] != (SIZE, SIZE):
            raise InputError(f"{config.path}: pictures of {pixels.shape[1]}x{pixels.shape[2]}; expected {SIZE}x{SIZE}")
        if targets.max() > 9:
            raise InputError(f"{config.path}: the label {targets.max()} in its {part} part; expected 0 to 9")
    else:
        with np.load(downloads.fetch(MNIST), allow_pickle=False) as stored:
            pixels, targets = stored[f"x_{part}"], stored[f"y_{part}"]
    rows = np.arange(len(targets))
    if part == "train":
        rows = stratified(targets, config.seed, validation=1 / 12, test=0)[split]
    rows = draw(rows, limit)
    indices, labels = label_indices(targets[rows].astype(int), DIGITS, about, "MNIST")
    how = "official" if split == "test" else f"stratified, seed {config.seed}"
    return Examples(_coloured(pixels[rows][..., None], about), indices, labels, f"{split} split of MNIST, {how}")


def _folder(config: DataConfig, split: str, about: Metadata | None, limit: int | None) -> Examples:
    """A folder of pictures for each class."""
    files, names = _files(config)
    classes = tuple(dict.fromkeys(names))
    rows = draw(_rows(names, config)[split], limit)
    found = config.preparation == "digit"  # which is grey, whatever the pen's colour
    known = about.settings["channels"] if about else config.channels
    channels = known or (1 if found else _channels(files, config.size))
    decoded, read = reading.read_all(
        [files[row] for row in rows], lambda file: prepare(file, config, channels), "pictures"
    )
    if not read:
        raise InputError(f"{config.path}: its {split} split is empty; add pictures")
    numbers = np.array([classes.index(names[rows[i]]) for i in read])
    targets, labels = label_indices(numbers, classes, about, str(config.path))
    if not about and (missing := set(range(len(classes))) - set(numbers)):
        raise InputError(f"{config.path}: no picture of {classes[min(missing)]!r} to train on; two are needed at least")
    description = f"{split} split of {Path(str(config.path)).resolve().name}, stratified, seed {config.seed}"
    return Examples(pictures.to_uint8(np.stack(decoded)), targets, labels, description)


def prepare(file: Path, config: DataConfig, channels: int) -> np.ndarray:
    """A picture of one thing as a model takes it, float32 (H, W, C) in 0..255.

    Raises:
        InputError: The file is no picture, or shows no digit or several where one is looked for.
    """
    if config.preparation == "picture":
        return inputs.fit(pictures.read(file, channels), channels, config.size)
    found = inputs.find(pictures.read(file))
    if len(found) != 1:
        raise InputError(f"{file}: {len(found) or 'no'} digits found; cut out one digit")
    return np.repeat(found[0][..., None], channels, axis=2)


def _files(config: DataConfig) -> tuple[list[Path], list[str]]:
    root = Path(str(config.path))
    files, names = folders.class_folders(root, pictures.EXTENSIONS, "pictures", "PNG or JPEG")
    folders.check_enough(root, names, "pictures")
    return files, names


def _rows(names: Sequence[str], config: DataConfig) -> dict[str, np.ndarray]:
    return stratified(names, config.seed, validation=0.1, test=0.1)


def _channels(files: Sequence[Path], size: int) -> int:
    """3 where any picture has colour, otherwise 1; a file that cannot be read decides nothing."""

    def coloured(file: Path) -> bool:
        try:
            picture = inputs.fit(pictures.read(file, 3), 3, size)
        except InputError:
            return False
        return float(np.ptp(picture, axis=2).max()) > COLOURED

    return 3 if any(map(coloured, files)) else 1
