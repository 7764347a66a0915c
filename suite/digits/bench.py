"""`bench`: how fast training, the files and a prediction from cold are on this machine."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import fields
from pathlib import Path

from suite.digits.config import AugmentConfig, Config, ModelConfig, Variant

PICTURES = 60_000  # MNIST's


def bench(
    version: str | None = None, *, model: Variant = "tiny", json: bool = False, report: str | None = None
) -> dict:
    """Measures an epoch over 60,000 pictures with and without augmentation, latencies, and a cold prediction.

    Args:
        version: Folder of a published version, whose TFLite files are timed; by default the newest.
        model: Variant of the network that is trained for a while.
        json: Print JSON instead of a table.
        report: File to write the JSON to.

    Returns:
        What was measured, by name.
    """
    from PIL import Image, ImageDraw

    from suite.commands import benchmark

    files = benchmark.files("digits", version)
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "one.png"
        one = Image.new("L", (100, 100), 255)
        ImageDraw.Draw(one).line([(50, 20), (50, 80)], fill=0, width=8)
        one.save(picture)
        measured = {"cpus": os.cpu_count(), **_training(model), **benchmark.of_files("digits", files, picture)}
    rows = [
        (f"epoch over {PICTURES:,} pictures, {model}", f"{measured['epoch_seconds']:.1f} s"),
        ("the same with augmentation", f"{measured['augmented_epoch_seconds']:.1f} s"),
    ]
    benchmark.deliver(measured, rows, json, report)
    return measured


def _training(variant: str) -> dict:
    """Seconds of one epoch, without and with augmentation."""
    from suite.console import quiet

    with quiet.native_stderr():
        import numpy as np

        from suite.digits.data import Images

    rng = np.random.default_rng(0)
    images = Images(
        rng.integers(0, 255, (PICTURES, 28, 28, 1), np.uint8), rng.integers(0, 10, PICTURES), tuple("0123456789"), ""
    )
    none = AugmentConfig(**{field.name: 0.0 for field in fields(AugmentConfig)})
    return {
        "variant": variant,
        "epoch_seconds": _epoch(images, variant, none),
        "augmented_epoch_seconds": _epoch(images, variant, AugmentConfig()),
    }


def _epoch(images, variant: str, augment: AugmentConfig) -> float:
    from suite.config import TrainingConfig
    from suite.data.batches import steps_an_epoch
    from suite.digits import model as models
    from suite.digits import pipeline
    from suite.training.fit import compile_model

    config = Config(model=ModelConfig(variant), augment=augment, training=TrainingConfig(epochs=2))
    steps = steps_an_epoch(len(images), config.training)
    reader = models.build(config.model, images.channels, len(images.labels))
    compile_model(reader, steps, config.training)
    batches = pipeline.batches(images, config)
    reader.fit(batches.take(3), verbose=0)  # tracing is not counted
    started = time.perf_counter()
    reader.fit(batches, epochs=1, steps_per_epoch=steps, verbose=0)
    return time.perf_counter() - started
