"""Every file that an export wrote is scored, beside the Keras model, on the same examples."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.artefacts import metadata, runtime
from suite.console import tables


@dataclass(frozen=True)
class Examples:
    """What the files are scored on.

    Args:
        description: Which split of which source.
        targets: (N,) indices of labels.
        inputs: By what a file takes (waveform, log_mel, ...), N inputs.
        reference: The Keras model's probabilities, (N, L).
    """

    description: str
    targets: np.ndarray
    inputs: Mapping[str, np.ndarray]
    reference: np.ndarray

    @property
    def accuracy(self) -> float:
        """The Keras model's."""
        return float(np.mean(np.argmax(self.reference, axis=1) == self.targets))


@dataclass(frozen=True)
class Score:
    """How one file does.

    Args:
        file: Its name in the version folder.
        bytes: Its size; of a SavedModel that of saved_model.pb and the variables.
        accuracy: By split.
        agreement: Share of the examples on which it names the Keras model's label, by split.
        largest_difference: Of any probability from the Keras model's, over all splits.
        milliseconds_p50: Median time of one prediction on this machine; of a TFLite file on one thread.
        milliseconds_p90: The time that nine of ten predictions keep below.
        runtime: The oldest TFLite runtime that has all its operations.
    """

    file: str
    bytes: int
    accuracy: dict[str, float]
    agreement: dict[str, float]
    largest_difference: float
    milliseconds_p50: float
    milliseconds_p90: float
    runtime: str


def score(name: str, path: Path, splits: Mapping[str, Examples]) -> Score:
    """Loads a file as a client would and scores it.

    Args:
        name: The file's name in the version folder.
        path: A .tflite or a SavedModel folder.
        splits: The examples, by split.
    """
    model = runtime.load(path)
    accuracy, agreement, difference = {}, {}, 0.0
    for split, examples in splits.items():
        probabilities = model.predict(examples.inputs[model.about.input])
        predicted = np.argmax(probabilities, axis=1)
        accuracy[split] = float(np.mean(predicted == examples.targets))
        agreement[split] = float(np.mean(predicted == np.argmax(examples.reference, axis=1)))
        difference = max(difference, float(np.abs(probabilities - examples.reference).max()))
    one = next(iter(splits.values())).inputs[model.about.input][:1]
    p50, p90 = np.percentile(latencies(lambda: model.predict(one)), [50, 90])
    parts = [path] if path.is_file() else [path / "saved_model.pb", *(path / "variables").iterdir()]
    size = sum(part.stat().st_size for part in parts)
    oldest = metadata.min_runtime_version(path) if path.is_file() else ""
    return Score(name, size, accuracy, agreement, difference, float(p50), float(p90), oldest)


def arena_bytes(path: Path) -> int:
    """Bytes of working memory that TFLite Micro needs for a file; 0 where tflite-micro is not installed."""
    code = "import sys; from tflite_micro.python.tflite_micro import runtime as r; "
    code += "r.Interpreter.from_file(sys.argv[1]).print_allocations()"
    result = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    told = re.search(r"Arena allocation total (\d+) bytes", result.stdout + result.stderr)  # it only prints the size
    return int(told[1]) if told else 0


def latencies(predict: Callable[[], object], times: int = 100) -> np.ndarray:
    """Milliseconds of single predictions, after a tenth as many that are not counted."""
    for _ in range(times // 10):
        predict()
    result = np.empty(times)
    for i in range(times):
        started = time.perf_counter()
        predict()
        result[i] = (time.perf_counter() - started) * 1000
    return result


def failures(scores: Sequence[Score], examples: Examples, split: str, max_drop: float) -> list[str]:
    """The files that lose more accuracy than allowed on a split; a single example never decides.

    Args:
        scores: Of the files.
        examples: The split's.
        split: Its name.
        max_drop: Largest loss against the Keras model, as a share of the examples.

    Returns:
        A line for each file that fails.
    """
    allowed = max(max_drop, 1 / len(examples.targets))
    return [
        f"{s.file} loses {examples.accuracy - s.accuracy[split]:.4f}"
        for s in scores
        if examples.accuracy - s.accuracy[split] > allowed + 1e-9
    ]


def table(scores: Sequence[Score], splits: Mapping[str, Examples]) -> str:
    """The scores as a Markdown table, the Keras model first."""
    names = list(splits)
    head = ["file", *(f"accuracy, {n}" for n in names), *(f"agreement, {n}" for n in names)]
    head += ["largest difference", "kB", "p50 / p90 ms", "TFLite from"]
    rows = [["Keras model", *(f"{splits[n].accuracy:.2%}" for n in names), *("" for _ in names), "", "", "", ""]]
    for s in scores:
        row = [s.file, *(f"{s.accuracy[n]:.2%}" for n in names), *(f"{s.agreement[n]:.2%}" for n in names)]
        row += [f"{s.largest_difference:.4f}", f"{s.bytes / 1000:.1f}"]
        rows.append([*row, f"{s.milliseconds_p50:.2f} / {s.milliseconds_p90:.2f}", s.runtime])
    return tables.markdown(head, rows)
