"""How a painter learns: its pictures are judged, and it is changed so that the judge likes the next ones better."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from suite.artefacts.metadata import Metadata
from suite.console import plots
from suite.console.progress import progress
from suite.files import write
from suite.style import inputs, samples
from suite.style import model as models
from suite.style.config import TrainingConfig
from suite.style.losses import Grams, Judge
from suite.training import fit as trainer
from suite.training.run_folder import Run

PARTS = ("total", "style", "content", "variation")


def fit(
    painter: keras.Model,
    judge: Judge,
    paintings: Grams,
    batches,
    validation: tuple[np.ndarray, np.ndarray],
    run: Run,
    config: TrainingConfig,
    about: Metadata,
) -> list[dict]:
    """Trains a painter, keeping the best epoch by the total loss on pictures that it does not learn from.

    Args:
        painter: Of image, styles and strength; it ends with the best epoch's weights.
        judge: The losses.
        paintings: The S styles' Gram matrices, each (S, C, C).
        batches: From a first step on, batches of squares (B, H, W, 3) and the numbers of their styles (B,).
        validation: Squares (N, H, W, 3) and the numbers of their styles (N,).
        run: Where to save; a checkpoint found there is gone on from.
        config: Epochs, steps, learning rate and so on.
        about: What the saved painter says of itself.

    Returns:
        The history: a dict an epoch with epoch, the losses (val_ of the validation pictures), learning_rate, seconds.
    """
    painter.compile(keras.optimizers.Adam(schedule(config), beta_2=0.99, global_clipnorm=1.0))
    history = trainer.restore(painter, run)
    step = _step(painter, judge, paintings)
    logs = tf.summary.create_file_writer(str(run.path / "tensorboard"))
    stream = iter(batches(len(history) * config.steps))
    while len(history) < config.epochs:
        started, number = time.monotonic(), len(history) + 1
        tell = progress(f"epoch {number} of {config.epochs}", "steps")
        sums = dict.fromkeys(PARTS, 0.0)
        for done in range(1, config.steps + 1):
            losses = step(*next(stream))
            sums = {name: total + float(losses[name]) for name, total in sums.items()}
            tell(done, config.steps)
        row = {"epoch": number, **{name: total / config.steps for name, total in sums.items()}}
        pictures, scores = look(painter, judge, paintings, *validation)
        row |= {f"val_{name}": float(np.mean(score)) for name, score in scores.items()}
        row["learning_rate"] = float(painter.optimizer.learning_rate)
        row["seconds"] = round(time.monotonic() - started, 1)
        history.append(row)
        _keep(painter, history, run, about)
        _show(validation, pictures, about.labels, row, run, logs)
        print(_line(row, config), flush=True)
    painter.load_weights(trainer.newest_checkpoint(run) / "best.weights.h5")
    trainer.save(painter, run.model, about)
    plots.curves(history, run.plots / "curves.png", ("total", "style", "content"))
    return history


def schedule(config: TrainingConfig):
    """The learning rate: a warm-up, then a cosine to zero."""
    total = config.epochs * config.steps
    warmup = max(1, round(config.warmup * total))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, total - warmup), warmup_target=config.learning_rate, warmup_steps=warmup
    )


def look(painter, judge: Judge, paintings: Grams, squares: np.ndarray, chosen: np.ndarray):
    """What a painter makes of squares (N, H, W, 3) in the styles of these numbers (N,).

    Returns:
        Its pictures (N, H, W, 3) and their losses, each (N,).
    """
    styles = next(iter(paintings.values())).shape[0]
    pictures, rows = [], []
    for square, number in zip(squares, chosen, strict=True):  # one at a time: of any size in little memory
        condition = np.eye(styles, dtype=np.float32)[[number]]
        picture = _paint(painter, tf.constant(square[None]), tf.constant(condition))
        wanted = {layer: gram[number : number + 1] for layer, gram in paintings.items()}
        rows.append(_judge(judge, picture, square[None], wanted))
        pictures.append(picture.numpy()[0])
    return np.stack(pictures), {name: np.array([row[name] for row in rows]) for name in PARTS}


def _judge(judge: Judge, picture, square, wanted: Grams) -> dict[str, float]:
    losses = judge.losses(picture, judge.content_of(square), wanted)
    return {name: float(loss[0]) for name, loss in losses.items()}


def _paint(painter, squares, condition):
    return painter([squares, condition, tf.ones((tf.shape(squares)[0], 1))])


def _step(painter: keras.Model, judge: Judge, paintings: Grams):
    """One step of Adam: squares (B, H, W, 3) and the numbers of their styles (B,) to the mean losses."""
    styles = next(iter(paintings.values())).shape[0]
    unclipped = models.unclipped(painter)

    @tf.function(reduce_retracing=True)
    def step(squares, chosen):
        wanted = judge.content_of(squares)
        grams = {layer: tf.gather(gram, chosen) for layer, gram in paintings.items()}
        with tf.GradientTape() as tape:
            pictures = _clipped(_paint(unclipped, squares, tf.one_hot(chosen, styles)))
            losses = {name: tf.reduce_mean(loss) for name, loss in judge.losses(pictures, wanted, grams).items()}
        gradients = tape.gradient(losses["total"], painter.trainable_variables)
        painter.optimizer.apply_gradients(zip(gradients, painter.trainable_variables, strict=True))
        return losses

    return step


@tf.custom_gradient
def _clipped(pictures):
    """Cut off at 0 and 255, with a gradient wherever it leads back: otherwise what is too bright once stays so."""

    def gradient(upstream):
        outward = ((pictures > 255) & (upstream < 0)) | ((pictures < 0) & (upstream > 0))
        return tf.where(outward, 0.0, upstream)

    return tf.clip_by_value(pictures, 0.0, 255.0), gradient


def best_epoch(history: Sequence[dict]) -> dict:
    """The epoch whose weights are kept."""
    return min(history, key=lambda row: row["val_total"] if math.isfinite(row["val_total"]) else math.inf)


def _keep(painter: keras.Model, history: list[dict], run: Run, about: Metadata) -> None:
    better = best_epoch(history) is history[-1]
    trainer.checkpoint(run, painter, history, better)
    write(run.path / "history.csv", trainer.as_csv(history))
    if better:
        trainer.save(painter, run.model, about)


def _show(validation, pictures: np.ndarray, styles: Sequence[str], row: dict, run: Run, logs) -> None:
    """The validation pictures, in the run folder and in TensorBoard, beside the losses."""
    squares, chosen = validation
    sheet = samples.grid([squares, pictures], [styles[number] for number in chosen])
    samples.write(sheet, run.path / "samples" / f"epoch_{row['epoch']:04d}.png")
    with logs.as_default(step=row["epoch"]):
        tf.summary.image("validation", inputs.as_bytes(sheet)[None])
        for name, value in row.items():
            if name != "epoch":
                tf.summary.scalar(name, value)


def _line(row: dict, config: TrainingConfig) -> str:
    return (
        f"epoch {row['epoch']} of {config.epochs}: loss {row['total']:.4f}, validation {row['val_total']:.4f} "
        f"(style {row['val_style']:.4f}, content {row['val_content']:.4f}, variation {row['val_variation']:.4f}), "
        f"{row['seconds']:.0f} s"
    )
