"""`bench`: how fast the files and a prediction from cold are on this machine."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def bench(version: str | None = None, *, json: bool = False, report: str | None = None) -> dict:
    """Measures each file's latency on one thread, and a painting from cold.

    Args:
        version: Folder of a published version, whose TFLite files are timed; by default the newest.
        json: Print JSON instead of a table.
        report: File to write the JSON to.

    Returns:
        What was measured, by name.
    """
    import numpy as np

    from suite.commands import benchmark
    from suite.style import inputs, painter

    files = benchmark.files("style", version)
    style = painter.load(files[0]).styles[0]
    with tempfile.TemporaryDirectory() as folder:
        photograph, painting = Path(folder) / "photograph.png", Path(folder) / "painting.png"
        inputs.write(np.random.default_rng(0).uniform(0, 255, (600, 800, 3)), photograph, {})
        options = ["--style", style, "--output", str(painting)]
        measured = {"cpus": os.cpu_count(), **benchmark.of_files("style", files, photograph, _one, options)}
    benchmark.deliver(measured, [], json, report)
    return measured


def _one(file: Path):
    """Paints a square once."""
    import numpy as np

    from suite.style import painter

    model = painter.load(file, threads=1)
    square, weights = np.zeros((model.size, model.size, 3), np.float32), np.eye(len(model.styles))[0]
    return lambda: model.run(square, weights, 1.0)
