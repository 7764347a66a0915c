"""A judge of painted pictures: a network that no loss used and no painter was trained against, EfficientNet-Lite0.

    style    mean over the layers of |G - A| / |A|, G and A the picture's and the painting's Gram matrices
    content  mean over the layers of |u - v|^2, u and v the features of picture and photograph at a place, of length 1

Both are distances: less is better. A photograph that was not touched has content 0, and a style distance of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean

import keras
import numpy as np
import tensorflow as tf

from suite.console import plots
from suite.console.progress import progress
from suite.data import pictures
from suite.pretrained import memory
from suite.problems import Report
from suite.style import data, networks
from suite.style.artefact import Painter
from suite.style.config import DataConfig
from suite.style.losses import gram, relative


@dataclass(frozen=True)
class Verdict(Report):
    """A judge's distances of a painter's pictures, means over the photographs.

    Args:
        artefact: The painter.
        split: Description of the photographs.
        size: Side of the squares, in pixels.
        styles: By style: `style` and `content` of its pictures, `photograph`, the style distance of the photographs
            themselves, and `share`, the first over the last.
        n: Number of photographs.
    """

    artefact: str
    split: str
    size: int
    styles: dict[str, dict[str, float]]
    n: int

    def plot(self, path: Path) -> None:
        """Draws the distances as PNG."""
        columns = {title: {name: row[title] for name, row in self.styles.items()} for title in ("style", "content")}
        plots.bars(columns, self.split, path)

    def table(self) -> str:
        """A row for each style."""
        width = max(map(len, (*self.styles, "style")))
        lines = [f"{'style':{width}}  distance  photograph's  share  content"]
        for name, row in self.styles.items():
            lines.append(
                f"{name:{width}}  {row['style']:8.3f}  {row['photograph']:12.3f}  {row['share']:5.2f}  "
                f"{row['content']:7.3f}"
            )
        lines.append(
            f"less is better; means of {self.n} photographs at {self.size}x{self.size}, {self.split}; judged by "
            "EfficientNet-Lite0, which no loss used"
        )
        return "\n".join(lines)


def judge(painter: Painter, net: keras.Model, source: DataConfig, split: str, size: int, count: int) -> Verdict:
    """Scores every style of a painter on the same photographs.

    Args:
        painter: The painter.
        net: See `suite.pretrained.efficientnet.load`.
        source: The photographs and the paintings.
        split: Of the photographs.
        size: Side of their squares, and a painting's shorter side, in pixels, whatever it had in training.
        count: Number of photographs, at most those that there are.
    """
    size = painter.size or networks.on_grid(size)
    memory.check(partial(memory.needed, net), (size, size))
    photographs = data.photographs(source, split, size)
    squares = [pictures.centre_square(picture, size) for picture in photographs.raw[:count]]
    paintings = data.paintings_of(painter.artefact.about, source.styles, size)
    wanted = {name: [gram(layer) for layer in net(painting[None])] for name, painting in paintings.items()}
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in wanted}
    report = progress("judging", "pictures")
    for number, square in enumerate(squares):
        plain = net(square[None].astype(np.float32))
        for place, (name, target) in enumerate(wanted.items(), start=1):
            painted = net(painter.run(square, painter.weights({name: 1.0}), 1.0)[None].astype(np.float32))
            found[name].append((_style(painted, target), _content(painted, plain), _style(plain, target)))
            report(number * len(wanted) + place, len(squares) * len(wanted))
    rows = {}
    for name, distances in found.items():
        style, content, own = map(mean, zip(*distances, strict=True))
        rows[name] = {"style": style, "content": content, "photograph": own, "share": style / own}
    return Verdict(str(painter.artefact.path), photographs.description, size, rows, len(squares))


def _style(features: Sequence[tf.Tensor], wanted: Sequence[tf.Tensor]) -> float:
    return mean(float(relative(gram(layer), target)[0]) ** 0.5 for layer, target in zip(features, wanted, strict=True))


def _content(features: Sequence[tf.Tensor], wanted: Sequence[tf.Tensor]) -> float:
    pairs = zip(features, wanted, strict=True)
    units = [(tf.math.l2_normalize(one, -1), tf.math.l2_normalize(other, -1)) for one, other in pairs]
    return mean(float(tf.reduce_mean(tf.reduce_sum(tf.square(one - other), -1))) for one, other in units)
