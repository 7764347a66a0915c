"""Photographs to learn from and paintings to learn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.data.reading import read_all
from suite.data.splits import stratified
from suite.errors import InputError
from suite.style import inputs
from suite.style.config import DataConfig

HELD_OUT = 0.1  # share of the photographs that choose the epoch
MOST = 4000  # photographs kept in memory
SHORTEST = 64  # pixels; a smaller picture teaches nothing


@dataclass(frozen=True)
class Photographs:
    """Pictures of one split.

    Args:
        pixels: N pictures, uint8 (H, W, 3), each of its own size.
        names: Their N names.
        description: Which pictures these are, for a report.
    """

    pixels: Sequence[np.ndarray]
    names: Sequence[str]
    description: str

    def __len__(self) -> int:
        return len(self.pixels)


@dataclass(frozen=True)
class Style:
    """A painting.

    Args:
        name: What it is called: its file's name in small letters, with underscores.
        pixels: float32 (H, W, 3) in 0..255.
    """

    name: str
    pixels: np.ndarray


def photographs(config: DataConfig, split: str, shorter: int) -> Photographs:
    """The photographs of a split: those that are learned from, and a tenth that is kept apart.

    Args:
        config: Where they are.
        split: train, validation or all.
        shorter: The shorter side is made this small, in pixels, where it is longer.

    Raises:
        InputError: There are fewer than two, or too many of them cannot be read.
    """
    files = _files(config)
    if len(files) < 2:
        raise InputError(f"{config.path}: has {len(files)} pictures; training needs at least two photographs")
    files = [files[i] for i in np.linspace(0, len(files) - 1, min(len(files), MOST)).astype(int)]
    if split != "all":
        rows = stratified(np.zeros(len(files)), config.seed, HELD_OUT, 0)[split]
        files = [files[row] for row in rows]
    pictures, kept = read_all(files, lambda file: _photograph(file, shorter), "photographs")
    of = config.path or "scikit-learn's photographs"
    return Photographs(pictures, [files[i].name for i in kept], f"{split} of {of}, {len(kept)} photographs")


def styles(paths: Sequence[str], shorter: int) -> list[Style]:
    """The paintings, in the order of their names.

    Args:
        paths: Folders of pictures, or pictures.
        shorter: Length of the shorter side, in pixels: it decides how large the brush strokes are.

    Raises:
        InputError: There is none, one cannot be read, or two have one name.
    """
    files = [file for path in paths for file in (_pictures(Path(path)) if Path(path).is_dir() else [Path(path)])]
    if not files:
        where = ", ".join(paths) or "not given"
        raise InputError(f"data.styles: {where}: name a folder with paintings, or paintings")
    named = [Style(style_name(file), inputs.scaled(inputs.read(file), shorter, grow=True)) for file in files]
    names = [style.name for style in named]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"data.styles: two are called {twice[0]}; give each file a name of its own")
    return sorted(named, key=lambda style: style.name)


def style_name(file: Path) -> str:
    """The style that a picture is of: starry_night for "Starry Night.jpg"."""
    return re.sub(r"\W+", "_", file.stem.lower()).strip("_") or "style"


def _files(config: DataConfig) -> list[Path]:
    if config.kind == "folder":
        folder = Path(config.path)
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; data.path is to be a folder of photographs")
        return _pictures(folder)
    import sklearn.datasets

    return _pictures(Path(sklearn.datasets.__file__).parent / "images")


def _pictures(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if inputs.is_picture(file))


def _photograph(file: Path, shorter: int) -> np.ndarray:
    picture = inputs.read(file)
    if min(picture.shape[:2]) < SHORTEST:
        raise InputError(f"{file}: smaller than {SHORTEST} pixels")
    return inputs.scaled(picture, shorter).round().astype(np.uint8)
