"""Scores every exported file beside the Keras model, on the same examples, as a client runs it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from suite.artefacts import metadata, runtime
from suite.problems import Problem
from suite.task import Examples


@dataclass(frozen=True)
class Reference:
    """Examples of one split, and the outputs of the Keras model.

    Args:
        examples: N examples.
        outputs: The Keras model's outputs on them, (N, ...).
    """

    examples: Examples
    outputs: np.ndarray


@dataclass(frozen=True)
class Score:
    """The score of one file.

    Args:
        file: Its name in the version folder.
        bytes: Its size; of a SavedModel that of saved_model.pb and the variables.
        figures: The problem's figures (such as accuracy and agreement) by split.
        milliseconds_p50: Median time of one prediction on this machine; of a TFLite file on one thread.
        milliseconds_p90: 90th percentile of the prediction time.
        runtime: The oldest TFLite runtime that has all its operations.
    """

    file: str
    bytes: int
    figures: dict[str, dict[str, float]]
    milliseconds_p50: float
    milliseconds_p90: float
    runtime: str

    def to_dict(self) -> dict[str, Any]:
        """The score as report.json holds it: each figure with its value by split."""
        content = asdict(self)
        figures = content.pop("figures")
        names = dict.fromkeys(name for row in figures.values() for name in row)
        return content | {name: {split: row[name] for split, row in figures.items()} for name in names}


def score(name: str, path: Path, references: Callable[[runtime.Artefact], Mapping[str, Reference]]) -> Score:
    """Loads a file as a client would and scores it.

    Args:
        name: The file's name in the version folder.
        path: A .tflite or a SavedModel folder.
        references: The Keras model's outputs that a file is compared with, by split.
    """
    model = runtime.load(path)
    problem, figures = model.task.problem, {}
    for split, reference in references(model).items():
        outputs = model.predict_raw(reference.examples.raw)
        figures[split] = problem.compare(outputs, reference.outputs, reference.examples)
    one = model.encode(reference.examples.raw[:1])
    p50, p90 = np.percentile(latencies(lambda: model.predict(one)), [50, 90])
    parts = [path] if path.is_file() else [path / "saved_model.pb", *(path / "variables").iterdir()]
    size = sum(part.stat().st_size for part in parts)
    oldest = metadata.min_runtime_version(path) if path.is_file() else ""
    return Score(name, size, figures, float(p50), float(p90), oldest)


def failures(
    scores: Sequence[Score], reference: Reference, problem: Problem, limits: Any, split: str = "validation"
) -> list[str]:
    """A line for each file that does not keep the limits on the validation split.

    Args:
        scores: Scores of the files.
        reference: The Keras model's outputs on that split.
        problem: The problem.
        limits: An instance of problem.limits.
        split: The split that decides.
    """
    own, count = problem.reference(reference.outputs, reference.examples), len(reference.examples)
    failed = {s.file: problem.failed(s.figures[split], own, count, limits) for s in scores}
    return [f"{file} {why}" for file, why in failed.items() if why]


def table(scores: Sequence[Score], references: Mapping[str, Reference], problem: Problem) -> str:
    """The scores as a Markdown table, the Keras model first where it has figures of its own."""
    columns = [(figure, split) for figure in problem.figures for split in references]
    head = ["file", *(f"{problem.figures[figure][0]}, {split}" for figure, split in columns)]
    head += ["kB", "p50 / p90 ms", "TFLite from"]
    own = {split: problem.reference(r.outputs, r.examples) for split, r in references.items()}
    rows = []
    if any(own.values()):
        cells = [format(own[s][f], problem.figures[f][1]) if f in own[s] else "" for f, s in columns]
        rows.append(["Keras model", *cells, "", "", ""])
    for s in scores:
        cells = [format(s.figures[split][figure], problem.figures[figure][1]) for figure, split in columns]
        times = f"{s.milliseconds_p50:.2f} / {s.milliseconds_p90:.2f}"
        rows.append([s.file, *cells, f"{s.bytes / 1000:.1f}", times, s.runtime])
    return _markdown(head, rows)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table that also reads well in a terminal."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |" for line in lines
    )


def latencies(predict: Callable[[], object], seconds: float = 2.0, most: int = 100) -> np.ndarray:
    """Milliseconds of single predictions, after three that are not counted.

    Args:
        predict: Predicts once.
        seconds: Time after which no further prediction is begun, but ten are made at least.
        most: Number of predictions at most.
    """
    for _ in range(3):
        predict()
    result: list[float] = []
    begun = time.perf_counter()
    while len(result) < most and (len(result) < 10 or time.perf_counter() - begun < seconds):
        started = time.perf_counter()
        predict()
        result.append((time.perf_counter() - started) * 1000)
    return np.array(result)


def arena_bytes(path: Path) -> int:
    """Bytes of working memory that TFLite Micro needs for a file; 0 where tflite-micro is not installed."""
    code = "import sys; from tflite_micro.python.tflite_micro import runtime as r; "
    code += "r.Interpreter.from_file(sys.argv[1]).print_allocations()"
    result = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    printed = re.search(r"Arena allocation total (\d+) bytes", result.stdout + result.stderr)  # it only prints the size
    return int(printed[1]) if printed else 0
