"""One training for every task: fit, checkpoint by validation, stop early, resume, log.

After each epoch `checkpoints/epoch_0007` appears by one rename, with the model and its optimiser, the best weights so
far and the history. The learning rate and the order of the examples depend on the step alone, so a training that was
killed goes on from there as if nothing had happened.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from suite.artefacts import metadata
from suite.artefacts.metadata import Metadata
from suite.config import TrainingConfig
from suite.console import plots
from suite.files import write
from suite.training.run_folder import Run


def set_seed(seed: int) -> None:
    """Seeds Python, NumPy, TensorFlow and Keras; call it before a model is built."""
    tf.config.list_logical_devices()  # TensorFlow looks for its devices, and says so, here and not during training
    keras.utils.set_random_seed(seed)


def fit(
    model: keras.Model,
    whole: keras.Model,
    batches: Callable[[int], tf.data.Dataset],
    steps: int,
    validation: tf.data.Dataset,
    run: Run,
    config: TrainingConfig,
    about: Metadata,
) -> list[dict]:
    """Trains `model`, keeping the best epoch by validation accuracy (by loss where that is equal).

    Args:
        model: Gives logits (B, L); it is compiled here and ends with the best epoch's weights.
        whole: The model to save, which holds `model` behind its preprocessing (or is `model`).
        batches: From a first step on, batches of (inputs, one-hot targets (B, L)), through all epochs.
        steps: Steps an epoch.
        validation: Batches of (inputs, one-hot targets).
        run: Where to save; a checkpoint found there is gone on from.
        config: Epochs, learning rate and so on.
        about: What the saved model says of itself.

    Returns:
        The history: a dict an epoch with epoch, loss, accuracy, val_loss, val_accuracy, learning_rate, seconds.
    """
    compile_model(model, steps, config)
    keeper = _Keeper(run, whole, config, about, restore(model, run))
    first = len(keeper.history)
    if first < config.epochs and not keeper.patience_is_over():
        model.fit(
            batches(first * steps),
            epochs=config.epochs,
            initial_epoch=first,
            steps_per_epoch=steps,
            validation_data=validation,
            callbacks=[keeper, keras.callbacks.TensorBoard(run.path / "tensorboard", write_graph=False)],
            shuffle=False,  # the batches come in their own order
            verbose=1 if sys.stdout.isatty() else 2,
        )
    write(run.path / "history.csv", as_csv(keeper.history))
    model.load_weights(newest_checkpoint(run) / "best.weights.h5")
    save(whole, run.model, about)
    plots.curves(keeper.history, run.plots / "curves.png")
    return keeper.history


def save(model: keras.Model, path: Path, about: Metadata) -> None:
    """Writes a .keras file, with what it says of itself, by one rename."""
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        model.save(partial)
        metadata.add_to_keras(partial, about)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def probabilities(model: keras.Model, inputs) -> np.ndarray:
    """Softmax of a model's logits, (N, L)."""
    return tf.nn.softmax(model.predict(inputs, batch_size=256, verbose=0)).numpy()


def best_epoch(history: list[dict]) -> dict:
    """The epoch whose weights are kept."""
    return max(history, key=lambda row: (row["val_accuracy"], -row["val_loss"]))


def compile_model(model: keras.Model, steps: int, config: TrainingConfig) -> None:
    """Gives a model its optimiser (AdamW; warm-up, then a cosine to zero), loss and metric.

    Args:
        model: Gives logits.
        steps: Steps an epoch.
        config: Epochs, learning rate and so on.
    """
    total = config.epochs * steps
    warmup = max(1, round(config.warmup * total))
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, total - warmup), warmup_target=config.learning_rate, warmup_steps=warmup
    )
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay),
        keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=config.label_smoothing),
        metrics=["accuracy"],
    )


class _Keeper(keras.callbacks.Callback):
    """Keeps the history, the best weights and the newest checkpoint."""

    def __init__(self, run: Run, whole: keras.Model, config: TrainingConfig, about: Metadata, history: list[dict]):
        super().__init__()
        self.run, self.whole, self.config, self.about, self.history = run, whole, config, about, history

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1, **{name: float(value) for name, value in logs.items()}}
        row["learning_rate"] = float(self.model.optimizer.learning_rate)
        row["seconds"] = round(time.monotonic() - self.started, 2)
        self.history.append(row)
        better = best_epoch(self.history) is row
        checkpoint(self.run, self.model, self.history, better)
        write(self.run.path / "history.csv", as_csv(self.history))
        if better:
            save(self.whole, self.run.model, self.about)
        self.model.stop_training = self.patience_is_over()

    def patience_is_over(self) -> bool:
        if not self.config.patience or not self.history:
            return False
        return self.history[-1]["epoch"] - best_epoch(self.history)["epoch"] >= self.config.patience


def checkpoint(run: Run, model: keras.Model, history: list[dict], better: bool) -> None:
    """Keeps a compiled model, its optimiser and the history, in place of the epoch before.

    Args:
        run: Where to.
        model: After the last epoch of the history.
        history: A dict an epoch.
        better: Whether the last epoch is the best so far; otherwise the best weights are kept.
    """
    before, number = newest_checkpoint(run), history[-1]["epoch"]
    folder = run.path / "checkpoints" / f"epoch_{number:04d}"
    partial = folder.with_name(f".epoch_{number:04d}")
    shutil.rmtree(partial, ignore_errors=True)  # a killed process may have left it
    partial.mkdir(parents=True)
    model.save(partial / "last.keras")
    if better:
        model.save_weights(partial / "best.weights.h5")
    else:
        shutil.copy(before / "best.weights.h5", partial)
    (partial / "history.json").write_text(json.dumps(history))
    os.replace(partial, folder)
    if before:
        shutil.rmtree(before)


def restore(model: keras.Model, run: Run) -> list[dict]:
    """Brings a compiled model and its optimiser to the newest checkpoint; returns its history."""
    checkpoint = newest_checkpoint(run)
    if checkpoint is None:
        return []
    model.optimizer.build(model.trainable_variables)
    model.load_weights(checkpoint / "last.keras")
    return json.loads((checkpoint / "history.json").read_text())


def newest_checkpoint(run: Run) -> Path | None:
    """The folder of the last finished epoch; None before the first."""
    return max((run.path / "checkpoints").glob("epoch_*"), default=None)


def as_csv(history: list[dict]) -> str:
    """A history with a row an epoch."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(history[0]))
    writer.writeheader()
    writer.writerows(history)
    return text.getvalue()
