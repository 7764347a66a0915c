"""Fits a model of any problem: checkpoints after each epoch, the best epoch by validation, early stopping, resuming.

After each epoch `checkpoints/epoch_0007` appears by one rename, with the model's weights, its optimizer, the state of
its random generators, the best weights so far and the history. The learning rate and the batches depend on the step
alone, so a training that was killed and resumed ends with the weights of one that was not. Keras's CSVLogger,
EarlyStopping and BackupAndRestore keep a state of their own that does not survive a kill in this way, which is why they
are not used.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import shutil
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from suite.artefacts import metadata
from suite.artefacts.metadata import Metadata
from suite.config import TrainingConfig
from suite.console import plots
from suite.errors import InputError
from suite.files import replacing, write
from suite.problems import Problem
from suite.task import Built
from suite.training.run_folder import Run

Row = dict[str, float]  # an epoch of the history
# Raised by the readers of damaged checkpoints.
_DAMAGED = (ValueError, LookupError, TypeError, EOFError, OSError, zipfile.BadZipFile)


def set_seed(seed: int) -> None:
    """Seeds Python, NumPy, TensorFlow and Keras; to be called before a model is built."""
    tf.config.list_logical_devices()  # TensorFlow looks for its devices, and reports them, here and not in training
    keras.utils.set_random_seed(seed)


def fit(
    built: Built,
    problem: Problem,
    batches: Callable[[int], tf.data.Dataset],
    steps: int,
    validation: tf.data.Dataset,
    run: Run,
    config: TrainingConfig,
    about: Metadata,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> list[Row]:
    """Trains `built.trained`, which ends with the best epoch's weights, and saves `built.saved`.

    Args:
        built: The models.
        problem: The loss, and which epoch is better.
        batches: From a first step on, training batches through all epochs.
        steps: Steps an epoch.
        validation: Validation batches.
        run: The run folder; a checkpoint found there is resumed.
        config: Epochs, learning rate and so on.
        about: Metadata of the saved model.
        callbacks: Further Keras callbacks.

    Returns:
        The history: a dict an epoch with epoch, loss and metrics, the same of validation with val_ before them,
        learning_rate, seconds.
    """
    model = built.trained
    problem.compile(model, steps, config)
    if config.dtype == "bfloat16":
        train_in_bfloat16(model)
    checkpoints = _Checkpoints(built, problem, run, config, about, restore(model, problem, run))
    first = len(checkpoints.history)
    if first < config.epochs and not checkpoints.out_of_patience():
        model.fit(
            batches(first * steps),
            epochs=config.epochs,
            initial_epoch=first,
            steps_per_epoch=steps,
            validation_data=validation,
            callbacks=[checkpoints, *callbacks, *_tensorboard(run)],
            shuffle=False,  # the batches come in their own order
            verbose=1 if sys.stdout.isatty() else 2,
        )
    _load_best(model, run)
    write(run.path / "history.csv", as_csv(checkpoints.history))
    save(built.saved, run.model, about)
    plots.curves(checkpoints.history, run.plots / "curves.png", problem.curves)
    return checkpoints.history


def optimizer(steps: int, config: TrainingConfig, **options: Any) -> keras.optimizers.Optimizer:
    """AdamW with a learning rate that rises in the warm-up and falls along a cosine to zero.

    Args:
        steps: Steps an epoch.
        config: Epochs, learning rate, warm-up, weight decay.
        options: Further arguments of keras.optimizers.AdamW.
    """
    total = config.epochs * steps
    warmup = max(1, round(config.warmup * total))
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, total - warmup), warmup_target=config.learning_rate, warmup_steps=warmup
    )
    return keras.optimizers.AdamW(schedule, weight_decay=config.weight_decay, **options)


def save(model: keras.Model, path: Path, about: Metadata) -> None:
    """Writes a .keras file with its metadata, whole or not at all."""
    with replacing(path) as partial:
        model.save(partial)
        metadata.add_to_keras(partial, about)


def best_epoch(history: Sequence[Row], problem: Problem) -> Row:
    """The epoch with the best weights; of equal ones the first."""
    return max(history, key=problem.better)


def train_in_bfloat16(model: keras.Model) -> None:
    """Has the layers of the model's blocks compute in bfloat16 in the training step, and in it alone.

    A training step is traced once, into a graph that keeps the types which the layers have meanwhile. Bfloat16 has
    float32's range, so the loss needs no scaling.
    """
    step, blocks = model.train_step, [layer for layer in _layers(model) if re.match(r"b\d+_", layer.name)]

    def train_step(data: Any) -> Any:
        policies = [layer.dtype_policy for layer in blocks]
        for layer in blocks:
            layer.dtype_policy = keras.DTypePolicy("mixed_bfloat16")
        try:
            return step(data)
        finally:
            for layer, policy in zip(blocks, policies, strict=True):
                layer.dtype_policy = policy

    model.train_step = train_step


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers of a model and of the models in it."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


class _Checkpoints(keras.callbacks.Callback):
    """Saves the history, the best model and the newest checkpoint after each epoch."""

    def __init__(
        self, built: Built, problem: Problem, run: Run, config: TrainingConfig, about: Metadata, history: list[Row]
    ) -> None:
        super().__init__()
        self.built, self.problem, self.run, self.config, self.about = built, problem, run, config, about
        self.history = history

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self.started = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        row: Row = {"epoch": epoch + 1, **{name: float(value) for name, value in (logs or {}).items()}}
        row["learning_rate"] = float(self.model.optimizer.learning_rate)
        row["seconds"] = round(time.monotonic() - self.started, 2)
        self.history.append(row)
        better = best_epoch(self.history, self.problem) is row
        checkpoint(self.run, self.model, self.history, better)
        write(self.run.path / "history.csv", as_csv(self.history))
        if better:
            save(self.built.saved, self.run.model, self.about)
        self.model.stop_training = self.out_of_patience()

    def out_of_patience(self) -> bool:
        if not self.config.patience or not self.history:
            return False
        best = best_epoch(self.history, self.problem)
        return self.history[-1]["epoch"] - best["epoch"] >= self.config.patience


def checkpoint(run: Run, model: keras.Model, history: list[Row], better: bool) -> None:
    """Saves a compiled model, its optimizer and the history, in place of the epoch before.

    Args:
        run: The run folder.
        model: After the last epoch of the history.
        history: A dict an epoch.
        better: Whether the last epoch is the best so far; otherwise the best weights stay those of before.
    """
    before, number = newest_checkpoint(run), int(history[-1]["epoch"])
    folder = run.path / "checkpoints" / f"epoch_{number:04d}"
    partial = folder.with_name(f".epoch_{number:04d}")
    shutil.rmtree(partial, ignore_errors=True)  # a killed process may have left it
    partial.mkdir(parents=True)
    _save(partial / "last.npz", _state(model))
    if better or before is None:
        _save(partial / "best.npz", model.weights)
    else:
        shutil.copy(next(before.glob("best.*")), partial)  # best.weights.h5 in version 0.1
    (partial / "history.json").write_text(json.dumps(history))
    partial.replace(folder)
    if before:
        shutil.rmtree(before)


def restore(model: keras.Model, problem: Problem, run: Run) -> list[Row]:
    """Restores a compiled model, its optimizer and its random generators from the newest checkpoint.

    Returns:
        The checkpoint's history; empty where there is none.
    """
    folder = newest_checkpoint(run)
    if folder is None:
        return []
    model.optimizer.build(model.trainable_variables)
    try:
        if (folder / "last.npz").exists():
            _load(folder / "last.npz", _state(model))
        else:
            model.load_weights(folder / "last.keras")  # of version 0.1, which kept no state of random generators
        history = json.loads((folder / "history.json").read_text())
        problem.better(history[-1])  # style had other columns in version 0.1
        return history
    except _DAMAGED as error:
        reason = " ".join(str(error).split())[:100]
        raise InputError(f"{folder}: damaged, or of another network or version ({reason}); begin a new run") from None


def newest_checkpoint(run: Run) -> Path | None:
    """The folder of the last finished epoch; None before the first."""
    return max((run.path / "checkpoints").glob("epoch_*"), default=None)


def as_csv(history: Sequence[Row]) -> str:
    """A history with a row an epoch."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(history[0]))
    writer.writeheader()
    writer.writerows(history)
    return text.getvalue()


def _load_best(model: keras.Model, run: Run) -> None:
    """Gives a model the best weights so far."""
    folder = newest_checkpoint(run)
    assert folder
    try:
        if (folder / "best.npz").exists():
            _load(folder / "best.npz", model.weights)
        else:
            model.load_weights(folder / "best.weights.h5")  # of version 0.1
    except _DAMAGED as error:
        raise InputError(f"{folder}: the best weights are damaged ({error}); begin a new run") from None


def _state(model: keras.Model) -> list[keras.Variable]:
    """All variables on which the next epoch depends: weights, the optimizer's and the random generators'."""
    return [*model.trainable_variables, *model.non_trainable_variables, *model.optimizer.variables]


def _save(path: Path, variables: Sequence[keras.Variable]) -> None:
    content = io.BytesIO()  # h5py ends the process if the disk is full, and NumPy leaves half a file
    np.savez(content, *(keras.ops.convert_to_numpy(variable) for variable in variables))
    path.write_bytes(content.getvalue())


def _load(path: Path, variables: Sequence[keras.Variable]) -> None:
    with np.load(path, allow_pickle=False) as stored:
        for variable, value in zip(variables, stored.values(), strict=True):
            variable.assign(value)


def _tensorboard(run: Run) -> list[keras.callbacks.Callback]:
    """TensorBoard's logs, where the extra `tensorboard` is installed."""
    if importlib.util.find_spec("tensorboard") is None:
        return []
    return [keras.callbacks.TensorBoard(run.path / "tensorboard", write_graph=False)]
