"""`eval`: a painter beside Gatys, on photographs that it did not learn from."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from suite.config import load
from suite.console import quiet
from suite.errors import InputError
from suite.style.config import Config, DataConfig, Source, Split

PARTS = ("total", "style", "content")


@dataclass(frozen=True)
class EvalData:
    """What is painted; by default what the painter was trained on, of which a part was kept apart.

    Args:
        source: photographs or folder.
        path: A folder of photographs.
        styles: The paintings: a folder, or files; each of the painter's styles is to be among them.
        split: train, validation or all; by default validation.
    """

    source: Source | None = None
    path: str | None = None
    styles: tuple[str, ...] = ()
    split: Split | None = None


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


def evaluate(
    artefact: str,
    *,
    data: EvalData = EvalData(),
    pairs: int = 6,
    size: int = 256,
    steps: tuple[int, ...] = (50, 300),
    net: str | None = None,
    sheet: str = "style_eval.png",
    report: str | None = None,
) -> Comparison:
    """Holds a painter against Gatys (Adam, from the photograph; same feature net, losses and size), pair by pair.

    Args:
        artefact: A run, a .keras, a SavedModel folder or a .tflite.
        pairs: Number of photographs, each in a style of its own as long as there are styles.
        size: Side of the squares that are painted, in pixels; a .tflite of a fixed size paints that.
        steps: Numbers of Gatys' steps after which the two are held against each other.
        net: Feature net of the losses; by default the one that the painter learned from.
        sheet: File to write the pictures to: photograph, painting, painter, Gatys.
        report: File to write the figures to, as JSON.

    Returns:
        The Comparison.
    """
    if pairs < 1 or size < 64 or not steps or min(steps) < 1:
        raise InputError(f"pairs: {pairs}, size: {size}, steps: {steps}: expected pairs and steps from 1, size from 64")
    if not sheet.lower().endswith(".png"):
        raise InputError(f"{sheet}: is to be a picture; name a .png file")
    with quiet.native_stderr():
        import numpy as np

        from suite.files import write
        from suite.nets import vgg as features
        from suite.style import comparison, memory, networks, painter, pipeline, samples
        from suite.style import data as sources
        from suite.style import inputs as pictures
        from suite.style.losses import Judge

    model = painter.load(artefact)
    source, loss = _source(Path(artefact), data)
    loss = replace(loss, net=net or loss.net)
    size = model.size or pictures.rounded_up(size, networks.GRID)
    split = data.split or "validation"
    photographs = sources.photographs(source, split, size)
    paintings = [_named(sources.styles(source.styles, source.painting), name, source) for name in model.styles]
    judge = Judge(loss, features.load(loss.net, loss.layers))
    memory.check(partial(memory.needed, judge.net), (size, size))
    grams = [judge.style_of(painting.pixels[None]) for painting in paintings]
    grams = {layer: np.concatenate([one[layer] for one in grams]) for layer in loss.style_layers}
    squares, chosen = pipeline.held_out(photographs, pairs, size, pairs)
    chosen = np.arange(pairs) % len(model.styles)
    print(f"{pairs} pairs at {size}x{size}, Gatys with {max(steps)} steps each")
    done = comparison.compare(
        lambda picture, weights: model.run(picture[0], weights[0], 1.0)[None],
        judge,
        grams,
        squares,
        chosen,
        steps,
        lambda pair: print(_line(pair, model.styles), flush=True),
    )
    result = _summed(artefact, photographs.description, loss.net, size, model.styles, done, steps)
    rows = [
        [pair.photograph for pair in done],
        [pictures.square(paintings[pair.style].pixels, size) for pair in done],
        [pair.fast for pair in done],
        *[[pair.gatys[number].picture for pair in done] for number in steps],
    ]
    samples.write(samples.grid(rows, [model.styles[pair.style] for pair in done]), Path(sheet))
    print(f"\n{result.table()}\n\nthe pictures: {sheet} (rows: photograph, painting, painter, Gatys {steps})")
    if report:
        write(Path(report), result.to_json())
        print(f"the report: {report}")
    return result


def _source(artefact: Path, data: EvalData):
    """What to paint, and the losses: what the caller says, over what the run or the version says."""
    from suite.artefacts import runtime

    file = runtime.config_beside(artefact)
    known = load(Config, file) if file else Config()
    if not (file or data.path or data.source):
        raise InputError(f"{artefact}: does not say what it was trained on; name photographs by --data.path")
    kind = data.source or ("folder" if data.path else known.data.kind)
    path = (data.path or known.data.path) if kind == "folder" else None
    return replace(known.data, source=kind, path=path, styles=data.styles or known.data.styles), known.loss


def _named(paintings, name: str, source: DataConfig):
    """The painting of a style."""
    found = next((painting for painting in paintings if painting.name == name), None)
    if not found:
        raise InputError(
            f"data.styles: {', '.join(source.styles)}: no painting called {name}, which the painter paints"
        )
    return found


def _line(pair, styles) -> str:
    ratios = ", ".join(f"{pair.ratio(number):.2f} of Gatys after {number} steps" for number in pair.gatys)
    return f"{styles[pair.style]}: total loss {pair.losses['total']:.3f}, {ratios}"


def _summed(artefact: str, split: str, net: str, size: int, styles, done, steps) -> Comparison:
    from statistics import mean

    losses = {"painter": {part: mean(pair.losses[part] for pair in done) for part in PARTS}}
    losses |= {str(n): {part: mean(pair.gatys[n].losses[part] for pair in done) for part in PARTS} for n in steps}
    seconds = {"painter": mean(pair.seconds for pair in done)}
    seconds |= {str(n): mean(pair.gatys[n].seconds for pair in done) for n in steps}
    ratios = {str(n): {part: mean(pair.ratio(n, part) for pair in done) for part in PARTS} for n in steps}
    pairs = [{"style": styles[pair.style], "ratios": {str(n): round(pair.ratio(n), 4) for n in steps}} for pair in done]
    return Comparison(artefact, split, net, size, _rounded(ratios), _rounded(losses), seconds, pairs)


def _rounded(table: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {name: {part: round(value, 4) for part, value in row.items()} for name, row in table.items()}
