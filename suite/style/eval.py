"""Measures painters: their losses beside those of Gatys' method, on photographs that were not trained on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean

import numpy as np
import tensorflow as tf

from suite.artefacts.runtime import Artefact
from suite.console import plots
from suite.console.log import LOG
from suite.data import pictures
from suite.pretrained import efficientnet, memory
from suite.problems import Report
from suite.style import data, gatys, images, networks
from suite.style.artefact import Painter
from suite.style.config import Config, EvalOptions, LossConfig
from suite.style.judge import Verdict, judge
from suite.style.losses import Grams, PerceptualLoss

PARTS = ("total", "style", "content")


@dataclass(frozen=True)
class Pair:
    """A photograph painted in a style by the painter and by Gatys' method.

    Args:
        style: The style's name.
        photograph: float32 (H, W, 3) in 0..255.
        painted: The painter's picture, likewise.
        losses: Losses of that picture: total, style, content and variation.
        seconds: Time of the painter.
        gatys: Number of Gatys' steps to the best picture by then, with its losses and time.
    """

    style: str
    photograph: np.ndarray
    painted: np.ndarray
    losses: dict[str, float]
    seconds: float
    gatys: dict[int, gatys.State]

    def ratio(self, steps: int, part: str = "total") -> float:
        """The painter's loss over that of Gatys after so many steps."""
        return self.losses[part] / self.gatys[steps].losses[part]


@dataclass(frozen=True)
class Comparison(Report):
    """Report on a painter beside Gatys' method.

    Args:
        artefact: The painter.
        split: Description of the photographs.
        net: The feature net of the losses, or both.
        size: Side of the squares, in pixels.
        ratios: Number of Gatys' steps to the mean of the painter's loss over Gatys', for total, style and content.
        losses: Mean losses: `painter`, and Gatys by number of steps.
        seconds: Mean time of one picture, of the same.
        pairs: Style of each pair and its ratios of the total loss.
    """

    artefact: str
    split: str
    net: str
    size: int
    ratios: dict[str, dict[str, float]]
    losses: dict[str, dict[str, float]]
    seconds: dict[str, float]
    pairs: list[dict]

    def plot(self, path: Path) -> None:
        """Draws the ratios of the losses as PNG."""
        plots.bars({f"/ Gatys {steps}": parts for steps, parts in self.ratios.items()}, self.split, path)

    def table(self) -> str:
        """A row for each pair, then the means."""
        width = max(8, *(len(pair["style"]) for pair in self.pairs))
        lines = [f"{'total loss':{width}}" + "".join(f"{f'/ Gatys {steps}':>14}" for steps in self.ratios)]
        for pair in self.pairs:
            lines.append(f"{pair['style']:{width}}" + "".join(f"{ratio:14.2f}" for ratio in pair["ratios"].values()))
        for part in PARTS:
            name = "mean" if part == "total" else f"  {part}"
            lines.append(f"{name:{width}}" + "".join(f"{parts[part]:14.2f}" for parts in self.ratios.values()))
        lines.append(f"below 1: better than Gatys; {self.net} at {self.size}x{self.size}, {self.split}")
        painter, *gatys = [f"{seconds:.2f}" for seconds in self.seconds.values()]
        times = [f", Gatys {steps} steps {seconds}" for steps, seconds in zip(self.ratios, gatys, strict=True)]
        return "\n".join([*lines, f"seconds a picture: painter {painter}{''.join(times)}"])


def report(model: Artefact, config: Config, split: str, options: EvalOptions) -> Comparison | Verdict:
    """Compares a painter with Gatys' method (Adam, from the photograph; same feature net, losses and size).

    With options.judge, scores its pictures by `suite.style.judge` instead.
    """
    painter, source = Painter(model), config.data
    if options.judge:
        return judge(painter, efficientnet.load(), source, split, options.size, options.photographs)
    pictures.output_file(options.sheet, [])
    size = painter.size or networks.on_grid(options.size)
    photographs = data.photographs(source, split, size)
    paintings = data.paintings_of(model.about, source.styles, source.painting)
    names = [*paintings]
    settings = config.loss.by(options.net) if options.net else config.loss
    loss = PerceptualLoss(replace(settings, precision="float32"))
    memory.check(loss.needed, (size, size))
    LOG.info(f"{options.pairs} pairs at {size}x{size}, Gatys with {max(options.steps)} steps each")
    pairs = []
    for number in range(options.pairs):
        square = pictures.centre_square(photographs.raw[number % len(photographs)], size)
        style = names[number % len(names)]
        paint = partial(painter.run, weights=painter.weights({style: 1.0}), strength=1.0)
        pairs.append(compare(paint, loss.of(style), square, style, paintings[style], options.steps))
        ratios = ", ".join(f"{pairs[-1].ratio(steps):.2f} of Gatys after {steps} steps" for steps in options.steps)
        LOG.info(f"{style}: total loss {pairs[-1].losses['total']:.3f}, {ratios}")
    rows = [
        [pair.photograph for pair in pairs],
        [pictures.centre_square(paintings[pair.style], size) for pair in pairs],
        [pair.painted for pair in pairs],
        *[[pair.gatys[steps].values for pair in pairs] for steps in options.steps],
    ]
    pictures.write(images.sheet(rows, [pair.style for pair in pairs]), Path(options.sheet))
    LOG.info(f"\nthe pictures: {options.sheet} (rows: photograph, painting, painter, Gatys {options.steps})\n")
    return _report(str(model.path), photographs.description, _nets(settings), size, pairs, options.steps)


def compare(
    paint: Callable[[np.ndarray], np.ndarray],
    loss: PerceptualLoss,
    photograph: np.ndarray,
    style: str,
    painting: np.ndarray,
    steps: Sequence[int],
) -> Pair:
    """Paints a photograph both ways: by a painter, and by Gatys' method with Adam from the photograph.

    Args:
        paint: The painter: a photograph (H, W, 3) to a picture (H, W, 3), in 0..255.
        loss: The losses.
        photograph: float32 (H, W, 3) in 0..255.
        style: The style's name.
        painting: The painting, (H', W', 3) in 0..255.
        steps: Numbers of steps after which Gatys is compared.
    """
    targets = loss.content_features(photograph[None]), loss.style_grams(painting[None])
    paint(photograph)  # the first call also builds the graph
    started = time.monotonic()
    painted = np.asarray(paint(photograph), np.float32)
    seconds = time.monotonic() - started
    losses = {name: float(value[0]) for name, value in loss(tf.constant(painted[None]), *targets).items()}
    return Pair(style, photograph, painted, losses, seconds, _best_after(loss, targets, photograph, steps))


def _best_after(
    loss: PerceptualLoss, targets: tuple[tf.Tensor, Grams], start: np.ndarray, steps: Sequence[int]
) -> dict[int, gatys.State]:
    """The best picture of the optimisation after each of these numbers of steps."""
    best: gatys.State | None = None
    found = {}

    def note(state: gatys.State) -> None:
        nonlocal best
        if best is None or state.losses["total"] < best.losses["total"]:
            best = state
        if state.step in steps:
            found[state.step] = replace(best, step=state.step, seconds=state.seconds)

    gatys.optimise(loss, *targets, start, max(steps), callback=note)
    if len(found) < len(set(steps)):
        raise KeyboardInterrupt  # which ended the optimisation
    return found


def _report(artefact: str, split: str, net: str, size: int, pairs: Sequence[Pair], steps: Sequence[int]) -> Comparison:
    losses = {"painter": {part: mean(pair.losses[part] for pair in pairs) for part in PARTS}}
    losses |= {str(n): {part: mean(pair.gatys[n].losses[part] for pair in pairs) for part in PARTS} for n in steps}
    seconds = {"painter": mean(pair.seconds for pair in pairs)}
    seconds |= {str(n): mean(pair.gatys[n].seconds for pair in pairs) for n in steps}
    ratios = {str(n): {part: mean(pair.ratio(n, part) for pair in pairs) for part in PARTS} for n in steps}
    rows = [{"style": pair.style, "ratios": {str(n): round(pair.ratio(n), 4) for n in steps}} for pair in pairs]
    return Comparison(artefact, split, net, size, _rounded(ratios), _rounded(losses), seconds, rows)


def _nets(config: LossConfig) -> str:
    return f"{config.net}, content by {config.content_net}" if config.content_net else config.net


def _rounded(table: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {name: {part: round(value, 4) for part, value in row.items()} for name, row in table.items()}
