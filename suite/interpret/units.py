"""`filters`, `neurons` and `outputs`: inputs that excite a unit of a network most, made and natural ones."""

from __future__ import annotations

import json as json_format
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from suite.console import log, quiet
from suite.console.arguments import FIELDS
from suite.console.progress import progress
from suite.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from suite.artefacts.runtime import Artefact
    from suite.interpret.ascent import Maximised
    from suite.interpret.load import Inspected
    from suite.task import Examples

Function = Callable[[Any], Any]
Measure = Callable[[Any, Any], Any]
Tile = tuple[Any, str]  # a picture with its title
Row = list[Tile]
Kind = Literal["filters", "neurons", "outputs"]
NATURAL = 3  # natural inputs beside a made one
_SHOWN = 25  # units, where none are named


@dataclass(frozen=True)
class Unit:
    """A unit and what excites it.

    Args:
        unit: Layer and number, such as b2_conv:7, or of an output its label.
        activation: Of the made input: a filter's degree of activation a^k, the sum over its map after the ReLU; a
            neuron's output before it; an output's margin, the logarithm of p / (1 - p).
        start: The same before the first step.
        answer: The model's own answer to the made input.
        confidence: Its probability, or of an output the probability of that output.
        judge: The other model's answer, if there is one, and its probability.
        natural: Activations of the natural inputs beside it, the greatest first.
        text: Of a text classifier, the n-gram or the words that were found.
        natural_texts: The natural n-grams.
        words: What each word adds to an output.
        file: The made input as a file, of sounds.
    """

    unit: str
    activation: float
    start: float
    answer: str = ""
    confidence: float = 0.0
    judge: str = ""
    judge_confidence: float = 0.0
    natural: list[float] = field(default_factory=list)
    text: str = ""
    natural_texts: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    file: str = ""


@dataclass(frozen=True)
class UnitOptions:
    """How inputs are made and shown: the options that `filters`, `neurons` and `outputs` share.

    Args:
        prior: Cost of unnatural inputs: none, l1 or natural (sparse, smooth, and seen through random transforms).
        exemplars: Real inputs, as for `eval --data.path`; by default those of the training, or of the packages.
        judge: Another model, best of another network, that says what it makes of the inputs.
        seed: Seed of the start and of the transforms.
        canvas: What is optimised: pixels or fourier of a picture, vocoder of a sound; by default the first.
        steps: Number of steps; 0 for the prior's own.
        each: Number of inputs for each unit.
        output: The sheet, a .png; figures go beside it as .json, sounds as .wav.
        json: Print the figures as JSON.
    """

    prior: Literal["none", "l1", "natural"] = "natural"
    exemplars: str | None = None
    judge: str | None = None
    seed: int = 1
    canvas: str = ""
    steps: int = 0
    each: int = 1
    output: str = "units.png"
    json: bool = False

    def __post_init__(self) -> None:
        for name, (low, high) in {"seed": (0, 2**31 - 1), "steps": (0, 100_000), "each": (1, 1000)}.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name}: {getattr(self, name)}: expected {low} to {high}")


Options = Annotated[UnitOptions, FIELDS]


def filters(
    artefact: str,
    *,
    layer: tuple[str, ...] = (),
    units: tuple[str, ...] = (),
    options: Options = UnitOptions(prior="none", output="filters.png"),
) -> list[Unit]:
    """What excites the filters of a convolution most: x* = argmax a^k by gradient ascent.

    Of a text classifier these are n-grams, found exactly.

    Args:
        artefact: A run, a .keras or a version's folder.
        layer: Convolution layers, such as b2_conv, or b2_conv:7 for one filter, or all; by default the last one.
        units: Numbers of filters, such as 0-24 or 3,7, or all; by default the first 25.
        options: How inputs are made and shown.

    Returns:
        The filters, in their order.

    Raises:
        InputError: The artefact, the judge, the exemplars, a layer or a unit cannot be used.
    """
    return _units("filters", artefact, layer, units, options)


def neurons(
    artefact: str,
    *,
    layer: tuple[str, ...] = (),
    units: tuple[str, ...] = (),
    options: Options = UnitOptions(output="neurons.png"),
) -> list[Unit]:
    """What excites the neurons of a dense layer most: whole pictures, not small patterns.

    Args:
        artefact: A run, a .keras or a version's folder.
        layer: Dense layers, such as dense1, or dense1:7 for one neuron, or all; by default the last hidden one.
        units: Numbers of neurons, such as 0-24 or 3,7, or all; by default the first 25.
        options: How inputs are made and shown.

    Returns:
        The neurons, in their order.

    Raises:
        InputError: As of `filters`.
    """
    return _units("neurons", artefact, layer, units, options)


def outputs(
    artefact: str, *, units: tuple[str, ...] = (), options: Options = UnitOptions(output="outputs.png")
) -> list[Unit]:
    """What a network takes for each label with the greatest certainty.

    Without a prior it is noise that fools the network (Nguyen, Yosinski and Clune 2015, "Deep Neural Networks are
    Easily Fooled"); the natural prior gives what another network recognises too. Of a text classifier these are the
    words that add most to a label.

    Args:
        artefact: A run, a .keras or a version's folder.
        units: Labels, or their numbers; by default all.
        options: How inputs are made and shown.

    Returns:
        The outputs, in their order.

    Raises:
        InputError: As of `filters`.
    """
    return _units("outputs", artefact, (), units, options)


def _units(kind: Kind, artefact: str, layer: Sequence[str], units: Sequence[str], options: UnitOptions) -> list[Unit]:
    from suite.data import pictures

    sheet = pictures.output_file(options.output, [artefact], (".png",), ["{}.json", "{}_*.wav"])
    if options.json:
        log.only_warnings()
    with quiet.native_stderr():
        from suite.interpret import load

        model = load.load(artefact)
    judging = load.judge(options.judge, model.about) if options.judge else None
    chosen = select(model, kind, layer, units)
    natural = load.examples(model, options.exemplars)
    log.LOG.info(f"natural inputs: {natural.description if natural else 'none; name some by --exemplars'}")
    rows: list[Row] = []
    if model.canvas.words:
        from suite.interpret import sentences

        if options.canvas or options.steps or options.each > 1:
            raise InputError("canvas, steps, each: are for pictures and sounds; leave them out for a text classifier")
        found = sentences.units(model, kind, chosen, natural, judging)
    elif not model.canvas.surfaces:
        from suite.interpret import patterns

        if options.canvas or options.steps or options.each > 1:
            raise InputError("canvas, steps, each: are for what can be optimised; leave them out for this model")
        found, rows = patterns.units_of(model, kind, chosen, natural, judging)
    else:
        search, found = _Search(model, kind, options, natural, judging, sheet), []
        for name, numbers in chosen.items():
            some, pictured = search.layer(name, numbers)
            found, rows = [*found, *some], [*rows, *pictured]
    write(found, rows, sheet, options.json, kind)
    return found


def select(model: Inspected, kind: Kind, layers: Sequence[str], units: Sequence[str]) -> dict[str, list[int]]:
    """The numbers of the units that are asked for, by layer.

    Raises:
        InputError: There is no such layer or unit; the message names those that there are.
    """
    sizes = _layers(model, kind)
    if not sizes:
        raise InputError(f"{model.path}: its network has no dense layer before the logits; use outputs or filters")
    addressed = [unit.partition(":") for unit in (*layers, *(unit for unit in units if ":" in unit))]
    names = list(dict.fromkeys(name for name, _, _ in addressed)) or [list(sizes)[-1]]
    if names == ["all"]:
        names = list(sizes)
    if missing := [name for name in names if name not in sizes]:
        raise InputError(f"{model.path}: has no layer {missing[0]} of {kind}; it has {', '.join(sizes)}")
    found: dict[str, list[int]] = {}
    for name in names:
        own = [number for place, colon, number in addressed if place == name and colon]
        found[name] = _numbers([*own, *(unit for unit in units if ":" not in unit)], model, kind, name, sizes[name])
    return found


def _layers(model: Inspected, kind: Kind) -> dict[str, int]:
    """The layers of a kind of units, by name, and their numbers of units."""
    import keras

    if kind == "outputs":
        return {"logits": len(model.about.labels)}
    if kind == "neurons":
        dense = [layer for layer in model.network.layers if isinstance(layer, keras.layers.Dense)]
        return {layer.name: layer.units for layer in dense if layer.name.startswith("dense")}
    # Of a separable block its depthwise filters see one channel each; the block's filters are those over all channels.
    kinds = (keras.layers.Conv1D, keras.layers.Conv2D)
    convolutions = [layer for layer in model.network.layers if isinstance(layer, kinds)]
    blocks = [layer for layer in convolutions if re.match(r"b\d+_", layer.name)]  # not those of a head
    return {layer.name: layer.filters for layer in blocks if not layer.name.endswith("shortcut")}


def _numbers(units: Sequence[str], model: Inspected, kind: Kind, layer: str, size: int) -> list[int]:
    """Numbers from words such as 3, 0-24, all or a label."""
    if not units or list(units) == ["all"]:
        return list(range(size if units or kind == "outputs" else min(size, _SHOWN)))
    found: list[int] = []
    for unit in units:
        if kind == "outputs" and unit in model.about.labels:
            found.append(model.about.labels.index(unit))
            continue
        match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?", unit)
        numbers = range(int(match[1]), int(match[2] or match[1]) + 1) if match else range(0)
        if not numbers or numbers[-1] >= size:
            have = ", ".join(model.about.labels) if kind == "outputs" else f"0-{size - 1}"
            raise InputError(f"{layer}: has no unit {unit}; it has {have}")
        found += numbers
    return found


@dataclass(frozen=True)
class _Search:
    """The search for the inputs that excite the units of a layer."""

    model: Inspected
    kind: Kind
    options: UnitOptions
    natural: Examples | None
    judging: Artefact | None
    sheet: Path

    def layer(self, layer: str, numbers: Sequence[int]) -> tuple[list[Unit], list[Row]]:
        """The units, and for each a row of pictures: the made input, then the natural ones."""
        import numpy as np
        import tensorflow as tf

        from suite.interpret import objectives

        model, labels = self.model, self.model.about.labels
        units = np.repeat(np.array(numbers, np.int32), self.options.each)
        response = model.activations(model.response(layer))
        objective = {"filters": objectives.filters, "neurons": objectives.neurons, "outputs": objectives.margins}
        measure = objectives.degree if self.kind == "filters" else objective[self.kind]
        made = self._made(layer, response, objective[self.kind], units)
        scores, starts = (measure(batched(response, some), units).numpy() for some in (made.inputs, made.first))
        answers = tf.nn.softmax(batched(model.activations("logits"), made.inputs)).numpy()
        shown = units if self.kind == "outputs" else answers.argmax(axis=1)
        best = _natural(model, response, measure, units, self.natural, self.kind == "outputs")
        files = self._files(layer, units, made.inputs)
        found = [
            Unit(
                unit=labels[unit] if self.kind == "outputs" else f"{layer}:{unit}",
                activation=round(float(scores[row]), 4),
                start=round(float(starts[row]), 4),
                answer=labels[int(answers[row].argmax())],
                confidence=round(float(answers[row, shown[row]]), 5),
                natural=[round(float(value), 4) for value, _ in best[row]],
                file=files[row],
            )
            for row, unit in enumerate(units)
        ]
        found, each = judged(found, self.judging, made.inputs), self.options.each
        tiles = [self._tile(unit, made.inputs[row]) for row, unit in enumerate(found)]
        rows = [[*tiles[i : i + each], *map(self._natural_tile, best[i])] for i in range(0, len(found), each)]
        return found, rows

    def _made(self, layer: str, response: Function, objective: Measure, units: np.ndarray) -> Maximised:
        import numpy as np

        from suite.interpret import ascent

        surfaces = self.model.canvas.surfaces
        name = self.options.canvas or next(iter(surfaces))
        if name not in surfaces:
            raise InputError(f"canvas: {name}: not of this model; it has {', '.join(surfaces)}")
        surface = surfaces[name]()
        prior = surface.priors[self.options.prior]
        prior = replace(prior, steps=self.options.steps or prior.steps)
        weighted = prior.l1 or prior.variation
        if self.judging:  # one of another size is refused before the work
            self.judging.predict_raw(np.asarray(surface.decode(surface.start(1, prior, 0))))
        return ascent.maximise(
            lambda inputs, own: objective(response(inputs), own),
            units,
            surface,
            prior,
            self.options.seed,
            margin(self.model, self.natural) / surface.margin if self.natural and weighted else 1.0,
            progress(f"maximising {len(units)} {self.kind} of {layer}", "steps"),
        )

    def _files(self, layer: str, units: np.ndarray, inputs: np.ndarray) -> list[str]:
        """Writes the made inputs that are no pictures; the names of the files."""
        canvas, names = self.model.canvas, []
        for row, unit in enumerate(units):
            name = self.model.about.labels[unit] if self.kind == "outputs" else f"{layer}_{unit}"
            name = re.sub(r"[^\w-]", "_", name)  # a label may have any letters
            copy = f"_{row % self.options.each + 1}" if self.options.each > 1 else ""
            file = self.sheet.with_name(f"{self.sheet.stem}_{name}{copy}{canvas.suffix}")
            if canvas.write:
                canvas.write(inputs[row], file)
            names.append(file.name if canvas.write else "")
        return names

    def _tile(self, unit: Unit, made: np.ndarray) -> Tile:
        assert self.model.canvas.picture
        value = f"{unit.confidence:.2f}" if self.kind == "outputs" else short(unit.activation)
        return self.model.canvas.picture(made), f"{unit.unit} {value} {unit.judge}".rstrip()

    def _natural_tile(self, natural: tuple[float, Any]) -> Tile:
        assert self.model.canvas.picture
        value, example = natural
        return self.model.canvas.picture(example), short(value)


def judged(found: Sequence[Unit], judge: Artefact | None, raw: Any) -> list[Unit]:
    """The units with a judge's answers to their raw inputs, if there is a judge."""
    if not judge:
        return list(found)
    shares = judge.predict_raw(raw)
    return [
        replace(unit, judge=judge.labels[int(row.argmax())], judge_confidence=round(float(row.max()), 5))
        for unit, row in zip(found, shares, strict=True)
    ]


def margin(model: Inspected, natural: Examples) -> float:
    """The network's margin on real inputs: its 90th percentile, so that some inputs of another kind do not matter."""
    import numpy as np

    from suite.interpret import objectives

    logits = batched(model.activations("logits"), model.encode(natural.raw))
    return max(1e-3, float(np.percentile(objectives.margins(logits, np.asarray(natural.targets, np.int32)), 90)))


def batched(function: Function, inputs: np.ndarray, size: int = 64) -> Any:
    """A function of a batch, some inputs at a time."""
    import tensorflow as tf

    return tf.concat([function(tf.constant(inputs[i : i + size])) for i in range(0, len(inputs), size)], 0)


def _natural(
    model: Inspected,
    response: Function,
    measure: Measure,
    units: np.ndarray,
    natural: Examples | None,
    own: bool,
) -> list[list[tuple[float, Any]]]:
    """For each unit the natural inputs that excite it most, of an output those of its label, with their activations."""
    import numpy as np

    if natural is None:
        return [[] for _ in units]

    def measured(inputs: np.ndarray) -> np.ndarray:
        maps = response(inputs)
        return np.stack([measure(maps, np.full(len(inputs), unit)).numpy() for unit in units], axis=1)

    values = np.asarray(batched(measured, model.encode(natural.raw)))  # (N, units)
    found = []
    for row, unit in enumerate(units):
        allowed = np.flatnonzero(np.asarray(natural.targets) == unit) if own else np.arange(len(values))
        order = allowed[np.argsort(-values[allowed, row])][:NATURAL]
        found.append([(values[i, row], natural.raw[i]) for i in order])
    return found


def write(found: Sequence[Unit], rows: Sequence[Row], sheet: Path, json: bool, kind: Kind) -> None:
    """Writes the sheet, of rows of pictures or of the lines themselves, and the figures; prints a line a unit."""
    from suite import files
    from suite.console import plots
    from suite.interpret import sheets

    lines = [_line(unit) for unit in found]
    if rows:
        # Several units abreast, so that the sheet is about as wide as it is high.
        abreast = 1 if len(rows) <= 6 else max(1, round((len(rows) / len(rows[0])) ** 0.5))
        joined = [[tile for row in rows[i : i + abreast] for tile in row] for i in range(0, len(rows), abreast)]
        plots.sheet(joined, [""] * len(joined), sheet)
    else:
        sheets.lines(lines, sheet)
    content = json_format.dumps([asdict(unit) for unit in found], indent=1, ensure_ascii=False)
    files.write(sheet.with_suffix(".json"), content + "\n")
    if json:
        print(content)
        return
    print("\n".join(lines))
    dead = f", {sum(unit.activation <= 1e-3 for unit in found)} dead" if kind == "filters" else ""
    print(f"\nthe sheet: {sheet} ({len(found)} units{dead}), figures: {sheet.with_suffix('.json')}")


def _line(unit: Unit) -> str:
    """A unit as text."""
    shown = ", ".join(unit.words) or unit.text
    natural = f", natural {short(unit.natural[0])}" if unit.natural else ""
    natural += f" ({'; '.join(unit.natural_texts)})" if unit.natural_texts else ""
    judged = f"; judge: {unit.judge} {unit.judge_confidence:.0%}" if unit.judge else ""
    words = f"  {shown}" if shown else ""
    other = ":" not in unit.unit and unit.answer != unit.unit  # of an output the confidence is its own
    answer = f"; read as {unit.answer}{f', {unit.unit}' if other else ''} {unit.confidence:.1%}" if unit.answer else ""
    return f"{unit.unit:<12}{short(unit.activation):>8}{words}{natural}{answer}{judged}"


def short(value: float) -> str:
    """A number in few letters."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
