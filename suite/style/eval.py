"""The measure of painters: their losses beside those of Gatys' method, on photographs that were not trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean

import numpy as np

from suite.artefacts.runtime import Artefact
from suite.console import plots
from suite.errors import InputError
from suite.nets import vgg
from suite.style import comparison, data, inputs, memory, networks, samples
from suite.style.config import Config, DataConfig, EvalOptions
from suite.style.losses import Judge
from suite.style.painter import Painter

PARTS = ("total", "style", "content")


@dataclass(frozen=True)
class Comparison:
    """A painter beside Gatys.

    Args:
        artefact: The painter.
        split: Which photographs.
        net: The feature net of the losses.
        size: Side of the squares, in pixels.
        ratios: Number of Gatys' steps to the mean of the painter's loss over Gatys', for total, style and content.
        losses: Mean losses: `painter`, and Gatys by number of steps.
        seconds: Mean times of one picture, of the same.
        pairs: Each pair's style and ratios of the total loss.
    """

    artefact: str
    split: str
    net: str
    size: int
    ratios: dict[str, dict[str, float]]
    losses: dict[str, dict[str, float]]
    seconds: dict[str, float]
    pairs: list[dict]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"

    def plot(self, path: Path) -> None:
        """Draws the ratios of the losses as PNG."""
        plots.bars({f"/ Gatys {steps}": parts for steps, parts in self.ratios.items()}, self.split, path)

    def table(self) -> str:
        """A row a pair, then the means."""
        steps = list(self.ratios)
        width = max(8, *(len(pair["style"]) for pair in self.pairs))
        head = "".join(f"{f'/ Gatys {number}':>14}" for number in steps)
        lines = [f"{'total loss':{width}}{head}"]
        for pair in self.pairs:
            lines.append(f"{pair['style']:{width}}" + "".join(f"{pair['ratios'][number]:14.2f}" for number in steps))
        for part in PARTS:
            name = "mean" if part == "total" else f"  {part}"
            lines.append(f"{name:{width}}" + "".join(f"{self.ratios[number][part]:14.2f}" for number in steps))
        seconds = ", ".join(
            f"{'painter' if name == 'painter' else f'Gatys {name} steps'} {value:.2f}"
            for name, value in self.seconds.items()
        )
        lines.append(f"below 1: better than Gatys; {self.net} at {self.size}x{self.size}, {self.split}")
        return "\n".join([*lines, f"seconds a picture: {seconds}"])


def measure(model: Artefact, config: Config, split: str, options: EvalOptions) -> Comparison:
    """Compares a painter with Gatys' method (Adam, from the photograph; same feature net, losses and size)."""
    painter, loss, source = Painter(model), replace(config.loss, net=options.net or config.loss.net), config.data
    pairs, steps = options.pairs, options.steps
    size = painter.size or inputs.rounded_up(options.size, networks.GRID)
    photographs = data.photographs(source, split, size)
    named = data.styles(source.styles, source.painting)
    paintings = [_named(named, name, source) for name in painter.styles]
    judge = Judge(loss, vgg.load(loss.net, loss.layers))
    memory.check(partial(memory.needed, judge.net), (size, size))
    grams = [judge.style_of(painting.pixels[None]) for painting in paintings]
    stacked = {layer: np.concatenate([one[layer] for one in grams]) for layer in loss.style_layers}
    squares = [inputs.square(np.float32(photographs.raw[i % len(photographs)]), size) for i in range(pairs)]
    print(f"{pairs} pairs at {size}x{size}, Gatys with {max(steps)} steps each")
    done = comparison.compare(
        lambda picture, weights: painter.run(picture[0], weights[0], 1.0)[None],
        judge,
        stacked,
        np.stack(squares),
        list(np.arange(pairs) % len(painter.styles)),
        steps,
        lambda pair: print(_line(pair, painter.styles), flush=True),
    )
    rows = [
        [pair.photograph for pair in done],
        [inputs.square(paintings[pair.style].pixels, size) for pair in done],
        [pair.fast for pair in done],
        *[[pair.gatys[number].picture for pair in done] for number in steps],
    ]
    samples.write(samples.grid(rows, [painter.styles[pair.style] for pair in done]), Path(options.sheet))
    print(f"\nthe pictures: {options.sheet} (rows: photograph, painting, painter, Gatys {steps})\n")
    return _summed(str(model.path), photographs.description, loss.net, size, painter.styles, done, steps)


def _named(paintings: Sequence[data.Style], name: str, source: DataConfig) -> data.Style:
    """The painting of a style."""
    found = next((painting for painting in paintings if painting.name == name), None)
    if not found:
        raise InputError(
            f"data.styles: {', '.join(source.styles)}: no painting called {name}, which the painter paints"
        )
    return found


def _line(pair: comparison.Pair, styles: Sequence[str]) -> str:
    ratios = ", ".join(f"{pair.ratio(number):.2f} of Gatys after {number} steps" for number in pair.gatys)
    return f"{styles[pair.style]}: total loss {pair.losses['total']:.3f}, {ratios}"


def _summed(
    artefact: str,
    split: str,
    net: str,
    size: int,
    styles: Sequence[str],
    done: Sequence[comparison.Pair],
    steps: Sequence[int],
) -> Comparison:
    losses = {"painter": {part: mean(pair.losses[part] for pair in done) for part in PARTS}}
    losses |= {str(n): {part: mean(pair.gatys[n].losses[part] for pair in done) for part in PARTS} for n in steps}
    seconds = {"painter": mean(pair.seconds for pair in done)}
    seconds |= {str(n): mean(pair.gatys[n].seconds for pair in done) for n in steps}
    ratios = {str(n): {part: mean(pair.ratio(n, part) for pair in done) for part in PARTS} for n in steps}
    pairs = [{"style": styles[pair.style], "ratios": {str(n): round(pair.ratio(n), 4) for n in steps}} for pair in done]
    return Comparison(artefact, split, net, size, _rounded(ratios), _rounded(losses), seconds, pairs)


def _rounded(table: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {name: {part: round(value, 4) for part, value in row.items()} for name, row in table.items()}
