"""`bench`: speed of the input pipeline, the training, the files and a prediction from a cold start on this machine."""

from __future__ import annotations

import json as json_format
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from suite.artefacts import published
from suite.console import quiet
from suite.console.arguments import TaskGroup
from suite.errors import InputError
from suite.task import Task

EXAMPLES = 2048  # synthetic examples of the training benchmark
COLD_STARTS = 3


def bench(
    task: Task, version: str | None = None, *, model: TaskGroup = None, json: bool = False, report: str | None = None
) -> dict[str, Any]:
    """Measures examples a second through the input pipeline, training steps, latencies and a cold prediction.

    Args:
        task: The task.
        version: Folder of a published version, whose TFLite files are timed; by default the newest.
        model: The network to train on synthetic examples.
        json: Print JSON instead of a table.
        report: File to write the JSON to.

    Returns:
        The measured figures by name.
    """
    from suite.artefacts import runtime
    from suite.files import write

    if report and Path(report).is_dir():
        raise InputError(f"{report}: is a folder; name a file")
    folder = Path(version) if version else published.newest(task.name).parent.parent
    files = sorted((folder / "tflite").glob("*.tflite"))
    if not files:
        raise InputError(f"{folder}: no tflite/*.tflite in it; give the folder of a published version")
    runtime.load(files[0], task=task.name)  # of another task it is refused before anything is measured
    measured = {
        "cpus": os.cpu_count(),
        **(_training(task, model or task.config().model) if task.bench_examples else {}),
        "latency_ms": {file.name: _latency(file) for file in files},
        **({"cold_predict_seconds": _cold_predict(task, files[0])} if task.bench_input else {}),
    }
    content = json_format.dumps(measured, indent=2)
    if report:
        write(Path(report), content + "\n")
    print(content if json else _table(measured))
    return measured


def _training(task: Task, model: Any) -> dict[str, Any]:
    """Speed of the augmenting input pipeline alone, and of training behind it, on made examples."""
    assert task.bench_examples
    with quiet.native_stderr():
        config = task.resolve(replace(task.config(), model=model))
        config = replace(config, training=replace(config.training, epochs=3, min_steps=1))
        examples = task.bench_examples(EXAMPLES)
        built, steps = task.build(config, examples), len(examples) // config.training.batch
        task.problem.compile(built.trained, steps, config.training)
        batches = iter(task.batches(examples, built, config, 0))
        first = next(batches)  # tracing and filling are not counted
        started = time.perf_counter()
        for _ in range(steps):
            next(batches)
        piped = time.perf_counter() - started
        built.trained.train_on_batch(*first)
        batches = iter(task.batches(examples, built, config, 0))
        started = time.perf_counter()
        for _ in range(steps):
            built.trained.train_on_batch(*next(batches))
        trained = time.perf_counter() - started
    return {
        "variant": config.model.variant,
        "batch": config.training.batch,
        "pipeline_examples_a_second": steps * config.training.batch / piped,
        "training_steps_a_second": steps / trained,
    }


def _latency(file: Path) -> dict[str, float]:
    """Milliseconds of one prediction on one thread."""
    import numpy as np

    from suite.artefacts import runtime, verify

    model = runtime.load(file)
    zeros = {name: np.zeros((1, *(n or 1 for n in shape)), np.float32) for name, shape in model.inputs.items()}
    p50, p90 = np.percentile(verify.latencies(lambda: model.predict(zeros)), [50, 90])
    return {"p50": float(p50), "p90": float(p90)}


def _cold_predict(task: Task, file: Path) -> float:
    """Seconds of a whole `predict` process, the median of a few."""
    assert task.bench_input
    with tempfile.TemporaryDirectory() as folder:
        words = task.bench_input(folder, file)
        command = [sys.executable, "-m", "suite", task.name, "predict", *words, "--model", str(file.resolve())]
        seconds = []
        for _ in range(COLD_STARTS):
            started = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - started)
    return sorted(seconds)[COLD_STARTS // 2]


def _table(measured: dict[str, Any]) -> str:
    rows = {}
    if "variant" in measured:
        training = f"training, {measured['variant']}, batch {measured['batch']}"
        rows["input pipeline, with augmentation"] = f"{measured['pipeline_examples_a_second']:,.0f} examples a second"
        rows[training] = f"{measured['training_steps_a_second']:.1f} steps a second"
    for name, ms in measured["latency_ms"].items():
        rows[f"{name}, one thread"] = f"{ms['p50']:.2f} ms (p90 {ms['p90']:.2f})"
    if "cold_predict_seconds" in measured:
        rows["predict, from a cold start"] = f"{measured['cold_predict_seconds']:.2f} s"
    width = max(map(len, rows))
    return "\n".join([*(f"{name:{width}}  {value}" for name, value in rows.items()), f"({measured['cpus']} CPUs)"])
