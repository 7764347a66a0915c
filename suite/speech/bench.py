"""`bench`: how fast the input pipeline, the training, the files and a prediction from cold are on this machine."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from suite.speech.config import Variant


def bench(
    version: str | None = None, *, model: Variant = "small", json: bool = False, report: str | None = None
) -> dict:
    """Measures clips a second through the input pipeline, training steps a second, latencies, and a cold prediction.

    Args:
        version: Folder of a published version, whose TFLite files are timed; by default the newest.
        model: Variant of the network that is trained for a while.
        json: Print JSON instead of a table.
        report: File to write the JSON to.

    Returns:
        What was measured, by name.
    """
    import numpy as np
    import soundfile

    from suite.commands import benchmark

    files = benchmark.files("speech", version)
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.wav"
        soundfile.write(clip, np.random.default_rng(0).normal(0, 0.1, 16_000), 16_000)
        measured = {
            "cpus": os.cpu_count(),
            **_training(model),
            **benchmark.of_files("speech", files, clip),
        }
    rows = [
        ("input pipeline, with augmentation", f"{measured['pipeline_clips_a_second']:,.0f} clips a second"),
        (
            f"training, {measured['variant']}, batch {measured['batch']}",
            f"{measured['training_steps_a_second']:.1f} steps a second",
        ),
    ]
    benchmark.deliver(measured, rows, json, report)
    return measured


def _training(variant: str) -> dict:
    """Clips a second through the augmenting pipeline alone, and steps a second of training behind it."""
    from suite.console import quiet

    with quiet.native_stderr():
        import numpy as np

        from suite.config import TrainingConfig
        from suite.data.batches import steps_an_epoch
        from suite.speech import model as models
        from suite.speech import pipeline
        from suite.speech.config import Config, ModelConfig
        from suite.speech.data import Clips
        from suite.speech.features import SAMPLES, Features
        from suite.training.fit import compile_model

        rng, labels, features = np.random.default_rng(0), tuple("abcdef"), Features()
        config = Config(model=ModelConfig(variant=variant), training=TrainingConfig(epochs=3))
        clips = Clips(rng.integers(-3000, 3000, (1024, SAMPLES), np.int16), rng.integers(0, 6, 1024), labels, "noise")
        noises = rng.integers(-300, 300, (50, SAMPLES), np.int16)
        steps = steps_an_epoch(len(clips), config.training)
        spotter = models.build(config.model, features, len(labels))
        compile_model(spotter, steps, config.training)
        batches = iter(pipeline.batches(clips, noises, features, config))
        next(batches)  # tracing and filling are not counted
        started = time.perf_counter()
        for _ in range(steps):
            next(batches)
        piped = time.perf_counter() - started
        batch = list(pipeline.batches(clips, noises, features, config).take(1))
        spotter.train_on_batch(*batch[0])
        batches = iter(pipeline.batches(clips, noises, features, config))
        started = time.perf_counter()
        for _ in range(steps):
            spotter.train_on_batch(*next(batches))
        trained = time.perf_counter() - started
    return {
        "pipeline_clips_a_second": steps * config.training.batch / piped,
        "training_steps_a_second": steps / trained,
        "batch": config.training.batch,
        "variant": variant,
    }
