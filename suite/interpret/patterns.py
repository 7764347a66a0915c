"""The natural patterns that excite a unit most, of models whose inputs are not optimised, such as Go boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.errors import InputError
from suite.interpret import objectives, units
from suite.interpret.units import Row, Unit

if TYPE_CHECKING:
    from suite.artefacts.runtime import Artefact
    from suite.interpret.load import Inspected
    from suite.task import Examples

SHOWN = 5  # patterns of a unit


def units_of(
    model: Inspected,
    kind: units.Kind,
    chosen: Mapping[str, Sequence[int]],
    natural: Examples | None,
    judging: Artefact | None,
) -> tuple[list[Unit], list[Row]]:
    """The units, and for each a row of pictures of the natural patterns, the strongest first.

    A filter's pattern is what its field of view holds where it is most active; that of an output is the whole input.

    Args:
        model: The model.
        kind: filters or outputs.
        chosen: The numbers of the units by layer.
        natural: Real inputs.
        judging: Another model, which is asked about the strongest input of each unit.

    Raises:
        InputError: There are no real inputs.
    """
    if natural is None:
        raise InputError(f"{model.path}: needs real inputs; name some by --exemplars")
    found: list[Unit] = []
    rows: list[Row] = []
    for layer, numbers in chosen.items():
        response = model.activations(model.response(layer))
        size = _field_of_view(model, layer) if kind == "filters" else 0
        values, places = _strongest(model, response, kind, numbers, natural)
        for column, number in enumerate(numbers):
            own = np.asarray(natural.targets) == number if kind == "outputs" else np.ones(len(values), bool)
            best = [row for row in np.argsort(-values[:, column]) if own[row]][:SHOWN]
            name = model.about.labels[number] if kind == "outputs" else f"{layer}:{number}"
            strengths = [round(float(values[row, column]), 4) for row in best]
            unit = Unit(name, strengths[0] if best else 0.0, 0.0, natural=strengths)
            found += units.judged([unit], judging, natural.raw[best[:1]]) if best else [unit]
            rows.append(
                [
                    _tile(model, natural, row, places[row, column], size, found[-1], rank)
                    for rank, row in enumerate(best)
                ]
            )
    return found, [row for row in rows if row]


def _strongest(
    model: Inspected, response: units.Function, kind: units.Kind, numbers: Sequence[int], natural: Examples
) -> tuple[np.ndarray, np.ndarray]:
    """Greatest activation of each unit in each input (N, U), and where it is (N, U, 2), as shares of the axes."""

    def measured(inputs: Any) -> Any:
        maps = response(inputs)
        if kind == "outputs":
            margins = [objectives.margins(maps, np.full(len(inputs), number)) for number in numbers]
            values = np.stack(margins, axis=1)
            return np.stack([values, np.zeros_like(values), np.zeros_like(values)], axis=2)
        flat = np.asarray(maps).reshape(len(inputs), -1, maps.shape[-1])[..., list(numbers)]
        rows, columns = np.unravel_index(flat.argmax(axis=1), maps.shape[1:3])
        shares = [rows / maps.shape[1], columns / maps.shape[2]]  # of the input's extent
        return np.stack([flat.max(axis=1), *shares], axis=2)

    both = np.asarray(units.batched(measured, model.encode(natural.raw)))
    return both[..., 0], both[..., 1:]


def _field_of_view(model: Inspected, layer: str) -> int:
    """Places of the input along each axis that a filter of a layer sees."""
    import keras

    size, step = 1, 1.0  # step: places of the input between two of the map
    for found in model.network.layers:
        if isinstance(found, keras.layers.UpSampling2D):
            step /= found.size[0]
        kernel: tuple[int, ...] = getattr(found, "kernel_size", getattr(found, "pool_size", (1,)))
        size += round((kernel[0] - 1) * step)
        step *= getattr(found, "strides", (1,))[0]
        if found.name == layer:
            break
    return size


def _tile(
    model: Inspected, natural: Examples, row: int, place: np.ndarray, size: int, unit: Unit, rank: int
) -> tuple[Any, str]:
    canvas, raw = model.canvas, natural.raw[row]
    assert canvas.picture
    title = units.short(unit.natural[rank])
    title = f"{unit.unit} {title} {unit.judge}".rstrip() if rank == 0 else title
    if not size or not canvas.around:
        return canvas.picture(raw), title
    where = tuple(int(share * length + 1e-6) for share, length in zip(place, canvas.grid(raw), strict=True))
    return canvas.around(raw, where, size), title
