"""What every task's `bench` measures alike: the files' latency on one thread, and a prediction from cold."""

from __future__ import annotations

import json as json_format
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from suite.errors import InputError


def files(task: str, version: str | None) -> list[Path]:
    """The TFLite files of a published version; by default of the newest.

    Raises:
        InputError: There are none.
    """
    from suite.artefacts import runtime

    folder = Path(version) if version else runtime.newest(task).parent.parent
    found = sorted((folder / "tflite").glob("*.tflite"))
    if not found:
        raise InputError(f"{folder}: no tflite/*.tflite in it; give the folder of a published version")
    runtime.load(found[0], task=task)  # of another task it is refused before anything is measured
    return found


def of_files(
    task: str, found: Sequence[Path], example: str | Path, one: Callable | None = None, options: Sequence[str] = ()
) -> dict:
    """Latency of each file, and seconds of a whole `predict` process on the first.

    Args:
        task: The task.
        found: The TFLite files.
        example: What is predicted from cold.
        one: Loads a file and gives a function that predicts once; by default for a model of one input.
        options: Of that `predict`.
    """
    return {
        "latency_ms": {file.name: _latency((one or _one)(file)) for file in found},
        "cold_predict_seconds": _cold_predict(task, found[0], example, options),
    }


def deliver(measured: dict, rows: Sequence[tuple[str, str]], json: bool, report: str | None) -> None:
    """Prints what was measured, as a table or as JSON, and keeps it where a file is given.

    Args:
        measured: Everything, with what `of_files` gave.
        rows: What the task measured itself, (name, value), for the table.
        json: Print JSON.
        report: File for the JSON.
    """
    from suite.files import write

    content = json_format.dumps(measured, indent=2)
    if report:
        write(Path(report), content + "\n")
    if json:
        print(content)
        return
    latencies = [
        (f"{name}, one thread", f"{ms['p50']:.2f} ms (p90 {ms['p90']:.2f})")
        for name, ms in measured["latency_ms"].items()
    ]
    rows = [*rows, *latencies, ("predict, from cold", f"{measured['cold_predict_seconds']:.2f} s")]
    width = max(len(name) for name, _ in rows)
    print("\n".join(f"{name:{width}}  {value}" for name, value in rows) + f"\n({measured['cpus']} CPUs)")


def _one(file: Path) -> Callable[[], object]:
    import numpy as np

    from suite.artefacts import runtime

    model = runtime.load(file)
    example = np.zeros((1, *model.input_shape), np.float32)
    return lambda: model.predict(example)


def _latency(predict: Callable[[], object]) -> dict:
    """Milliseconds of one prediction on one thread."""
    import numpy as np

    from suite.artefacts import verify

    p50, p90 = np.percentile(verify.latencies(predict), [50, 90])
    return {"p50": float(p50), "p90": float(p90)}


def _cold_predict(task: str, file: Path, example: str | Path, options: Sequence[str], times: int = 3) -> float:
    """Seconds of a whole `predict` process, the median of a few."""
    seconds = []
    command = [sys.executable, "-m", f"suite.{task}", "predict", str(example), "--model", str(file), *options]
    for _ in range(times):
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return sorted(seconds)[times // 2]
