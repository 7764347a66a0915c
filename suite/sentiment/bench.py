"""`bench`: how fast training, the files and a prediction from cold are on this machine."""

from __future__ import annotations

import os
import time

from suite.sentiment.config import Variant

TEXTS = 6_400  # that are trained on for the measurement


def bench(
    version: str | None = None, *, model: Variant = "small", json: bool = False, report: str | None = None
) -> dict:
    """Measures training steps a second, latencies, and a cold prediction.

    Args:
        version: Folder of a published version, whose TFLite files are timed; by default the newest.
        model: Variant of the network that is trained for a while.
        json: Print JSON instead of a table.
        report: File to write the JSON to.

    Returns:
        What was measured, by name.
    """
    from suite.commands import benchmark

    files = benchmark.files("sentiment", version)
    measured = {
        "cpus": os.cpu_count(),
        **_training(model),
        **benchmark.of_files("sentiment", files, "A wonderful film."),
    }
    rows = [
        (f"training, {model}, batch {measured['batch']}", f"{measured['training_steps_a_second']:.1f} steps a second")
    ]
    benchmark.deliver(measured, rows, json, report)
    return measured


def _training(variant: str) -> dict:
    """Steps a second, behind the input pipeline."""
    from suite.console import quiet

    with quiet.native_stderr():
        import numpy as np

        from suite.config import TrainingConfig
        from suite.data.batches import steps_an_epoch
        from suite.sentiment import model as models
        from suite.sentiment import pipeline
        from suite.sentiment.config import Config, ModelConfig
        from suite.training.fit import compile_model

        config = Config(model=ModelConfig(variant), training=TrainingConfig(epochs=2))
        rng, words = np.random.default_rng(0), config.model.vocabulary
        ids = rng.integers(2, words, (TEXTS, config.model.length), np.int32)
        vectors = rng.normal(0, 0.1, (words, config.model.dimensions)).astype(np.float32)
        classifier = models.build(config.model, vectors, 3)
        steps = steps_an_epoch(TEXTS, config.training)
        compile_model(classifier, steps, config.training)
        aims = np.eye(3, dtype=np.float32)[rng.integers(0, 3, TEXTS)]
        batches = pipeline.batches(ids, aims, config)
        classifier.fit(batches.take(3), verbose=0)  # tracing is not counted
        started = time.perf_counter()
        classifier.fit(batches, epochs=1, steps_per_epoch=steps, verbose=0)
    return {
        "training_steps_a_second": steps / (time.perf_counter() - started),
        "batch": config.training.batch,
        "variant": variant,
    }
