"""Photographs to train on, and paintings, whose styles are learned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.data import pictures
from suite.data.folders import files_below
from suite.data.reading import read_all
from suite.data.splits import draw, stratified
from suite.errors import InputError
from suite.style import images
from suite.style.config import DataConfig
from suite.task import Examples, Shapes

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

HELD_OUT = 0.1  # share of the validation split
VALIDATION = 12  # photographs
MOST = 4000  # photographs in memory
SHORTEST = 64  # pixels of a photograph


def load(config: DataConfig, split: str, about: Metadata | None = None, limit: int | None = None) -> Examples:
    """One split of the photographs, see `Task.load`, each uint8 (H, W, 3); the labels are the names of the styles.

    The validation split has a dozen, or one for each style: `encode` gives each photograph a style, in turn.
    """
    labels = about.labels if about else tuple(_paintings(config.styles))
    shorter = round(config.size / config.smallest)
    if split != "train":
        shorter = max(shorter, config.painting)
    found = photographs(config, split, shorter, limit, labels)
    if split != "validation":
        return found
    count = max(min(VALIDATION, len(found)), len(labels))
    return replace(found, raw=[found.raw[i % len(found)] for i in range(count)])


def photographs(
    config: DataConfig, split: str, shorter: int, limit: int | None = None, labels: Sequence[str] = ()
) -> Examples:
    """The photographs of a split; a tenth of them is the validation split.

    Args:
        config: The source.
        split: train, validation or all.
        shorter: Pixels to which a longer shorter side is reduced.
        limit: Number of photographs at most.
        labels: The names of the styles.

    Raises:
        InputError: There are fewer than two, or too many of them cannot be read.
    """
    files = _files(config)
    if len(files) < 2:
        raise InputError(f"{config.path}: has {len(files)} pictures; training needs at least two photographs")
    files = [files[i] for i in np.linspace(0, len(files) - 1, min(len(files), MOST)).astype(int)]
    if split != "all":
        rows = draw(stratified(np.zeros(len(files)), config.seed, HELD_OUT, 0)[split], limit)
        files = [files[row] for row in rows]
    found, read = read_all(files, lambda file: _photograph(file, shorter), "photographs")
    source = Path(config.path).resolve().name if config.path else "scikit-learn's photographs"
    return Examples(found, None, tuple(labels), f"{split} of {source}, {len(read)} photographs")


def learned(about: Metadata) -> list[str]:
    """The styles that a painter's training had paintings of: all, or those that it added to another painter's."""
    added = about.settings.get("learned") or ()
    return [name for name in about.labels if name in added] or [*about.labels]


def encode(raw: Sequence[np.ndarray], about: Metadata, shapes: Shapes) -> dict[str, np.ndarray]:
    """The middles of photographs as squares, each with a style, in turn, at full strength.

    Returns:
        image float32 (N, size, size, 3) in 0..255, styles (N, S) one-hot, strength (N, 1).
    """
    size = next(iter(shapes["image"]), None) or about.settings.get("size", 256)
    squares = [pictures.centre_square(picture, size) for picture in raw]
    places = [about.labels.index(name) for name in learned(about)]
    weights = np.eye(len(about.labels), dtype=np.float32)[np.resize(places, len(squares))]
    return {
        "image": np.stack(squares).astype(np.float32),
        "styles": weights,
        "strength": np.ones((len(squares), 1), np.float32),
    }


def paintings(paths: Sequence[str], shorter: int) -> dict[str, np.ndarray]:
    """The paintings, float32 (H, W, 3) in 0..255, by the names of their styles, which are sorted.

    Args:
        paths: Folders of pictures, or pictures.
        shorter: Length of the shorter side, in pixels: it decides how large the brush strokes are.

    Raises:
        InputError: There is none, one cannot be read, or two have the same name.
    """
    files = _paintings(paths)
    return {name: pictures.resized_shorter(images.read(file), shorter, grow=True) for name, file in files.items()}


def paintings_of(about: Metadata, paths: Sequence[str], shorter: int) -> dict[str, np.ndarray]:
    """The paintings of a painter's styles, in their order, see `paintings`.

    Of a painter to which styles were added, at least those of these.

    Raises:
        InputError: One is not there.
    """
    found = paintings(paths, shorter)
    if missing := [name for name in learned(about) if name not in found]:
        raise InputError(f"data.styles: {', '.join(paths)}: no painting called {missing[0]}, which the painter paints")
    return {name: found[name] for name in about.labels if name in found}


def _paintings(paths: Sequence[str]) -> dict[str, Path]:
    """The paintings' files by the names of their styles, sorted: starry_night for "Starry Night.jpg"."""
    named: dict[str, Path] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise InputError(f"data.styles: {path}: not found; name a folder with paintings, or paintings")
        for file in files_below(path, pictures.EXTENSIONS) if path.is_dir() else [path]:
            name = re.sub(r"\W+", "_", file.stem.lower()).strip("_") or "style"
            if name in named:
                raise InputError(f"data.styles: two are called {name}; give each file a name of its own")
            named[name] = file
    if not named:
        where = ", ".join(paths) or "not given"
        raise InputError(f"data.styles: {where}: name a folder with paintings, or paintings")
    return dict(sorted(named.items()))


def _files(config: DataConfig) -> list[Path]:
    if config.kind == "folder":
        folder = Path(str(config.path))
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; data.path is to be a folder of photographs")
        return files_below(folder, pictures.EXTENSIONS)
    import sklearn.datasets

    return sorted((Path(sklearn.datasets.__file__).parent / "images").glob("*.jpg"))


def _photograph(file: Path, shorter: int) -> np.ndarray:
    picture = images.read(file)
    if min(picture.shape[:2]) < SHORTEST:
        raise InputError(f"{file}: smaller than {SHORTEST} pixels")
    return pictures.resized_shorter(picture, shorter).round().astype(np.uint8)
