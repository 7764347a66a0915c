"""Every file that an export wrote paints, as a client runs it, and its pictures are held against the Keras model's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.artefacts import metadata, verify
from suite.console import tables
from suite.style import inputs, painter
from suite.style.painter import Painter

TIMES = 20  # pictures painted to measure the time


@dataclass(frozen=True)
class Example:
    """A square to paint, and what the Keras model makes of it.

    Args:
        picture: float32 (H, H, 3) in 0..255.
        weights: (S,) of the styles.
        strength: 0 to 1.
        reference: uint8 (H, H, 3).
    """

    picture: np.ndarray
    weights: np.ndarray
    strength: float
    reference: np.ndarray


@dataclass(frozen=True)
class Score:
    """How near a file's pictures are to the Keras model's.

    Args:
        file: Its name in the version folder.
        size: Side of the square that was painted.
        bytes: Its size; of a SavedModel that of saved_model.pb and the variables.
        psnr: Peak signal-to-noise ratio over all examples, in dB; 99 where nothing differs.
        least_psnr: That of the worst example.
        largest_difference: Of any colour of any pixel, of 255.
        milliseconds_p50: Median time of one picture on this machine; of a TFLite file on one thread.
        milliseconds_p90: The time that nine of ten pictures keep below.
        runtime: The oldest TFLite runtime that has all its operations.
    """

    file: str
    size: int
    bytes: int
    psnr: float
    least_psnr: float
    largest_difference: int
    milliseconds_p50: float
    milliseconds_p90: float
    runtime: str


def examples(model: Painter, squares: Sequence[np.ndarray]) -> list[Example]:
    """Each square in a style of its own; of the last two one in a mixture, and one at half strength.

    Args:
        model: The Keras model.
        squares: N pictures (H, H, 3), of one size.
    """
    result, styles = [], len(model.styles)
    for number, square in enumerate(squares):
        weights, strength = np.eye(styles, dtype=np.float32)[number % styles], 1.0
        if number == len(squares) - 1:
            weights = (weights + np.roll(weights, 1)) / 2
        elif number == len(squares) - 2:
            strength = 0.5
        result.append(Example(square, weights, strength, inputs.as_bytes(model.run(square, weights, strength))))
    return result


def score(name: str, path: Path, held_out: Mapping[int, Sequence[Example]]) -> Score:
    """Loads a file as a client would and lets it paint.

    Args:
        name: The file's name in the version folder.
        path: A .tflite or a SavedModel folder.
        held_out: Examples by size.
    """
    model = painter.load(path, threads=1)
    size = model.size or min(held_out)
    pairs = [(inputs.as_bytes(model.run(e.picture, e.weights, e.strength)), e.reference) for e in held_out[size]]
    ratios = [psnr([pair]) for pair in pairs]
    largest = max(int(np.abs(np.int16(given) - expected).max()) for given, expected in pairs)
    first = held_out[size][0]
    times = verify.latencies(lambda: model.run(first.picture, first.weights, first.strength), TIMES)
    p50, p90 = np.percentile(times, [50, 90])
    parts = [path] if path.is_file() else [path / "saved_model.pb", *(path / "variables").iterdir()]
    size_bytes = sum(part.stat().st_size for part in parts)
    oldest = metadata.min_runtime_version(path) if path.is_file() else ""
    return Score(name, size, size_bytes, psnr(pairs), min(ratios), largest, float(p50), float(p90), oldest)


def psnr(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> float:
    """Peak signal-to-noise ratio of pairs of uint8 pictures in dB, at most 99."""
    error = np.mean([np.mean((np.float64(a) - b) ** 2) for a, b in pairs])
    return float(min(99.0, 10 * np.log10(255**2 / error))) if error else 99.0


def failures(scores: Sequence[Score], least: float) -> list[str]:
    """A line for each file whose pictures are further from the Keras model's than allowed.

    Args:
        scores: Of the files.
        least: Peak signal-to-noise ratio in dB that they must have.
    """
    return [f"{s.file} has {s.psnr:.1f} dB" for s in scores if s.psnr < least]


def table(scores: Sequence[Score]) -> str:
    """The scores as a Markdown table."""
    head = ["file", "paints", "PSNR", "worst", "largest difference", "kB", "p50 / p90 ms", "TFLite from"]
    rows = [
        [
            s.file,
            f"{s.size}x{s.size}",
            f"{s.psnr:.1f} dB",
            f"{s.least_psnr:.1f} dB",
            str(s.largest_difference),
            f"{s.bytes / 1000:.1f}",
            f"{s.milliseconds_p50:.0f} / {s.milliseconds_p90:.0f}",
            s.runtime,
        ]
        for s in scores
    ]
    return tables.markdown(head, rows)
