"""`train`: a source of pictures in, a run folder out."""

from __future__ import annotations

from pathlib import Path

from suite.config import TrainingConfig
from suite.console import quiet
from suite.digits.config import EPOCHS, TRAINING, AugmentConfig, Config, DataConfig, ModelConfig
from suite.errors import InputError
from suite.training.run_folder import Run


def train(
    *,
    data: DataConfig = DataConfig(),
    model: ModelConfig = ModelConfig(),
    augment: AugmentConfig = AugmentConfig(),
    training: TrainingConfig = TRAINING,
    run: str | None = None,
    resume: str | None = None,
    seeds: int = 1,
    export: bool = False,
) -> Path:
    """Trains a digit reader on scans or MNIST, or a picture classifier on a folder of pictures for each class.

    Args:
        run: Folder to write the run into; by default a new one in runs/digits.
        resume: Run folder of a training that was stopped; it goes on from its last finished epoch,
            with its own configuration.
        seeds: Number of trainings, with the seeds training.seed, training.seed + 1, ...; tells their mean
            and spread.
        export: Export the trained model too, as `export` does.

    Returns:
        The run folder; of several trainings the best one.
    """
    if seeds < 1:
        raise InputError(f"seeds: {seeds}: expected a whole number from 1")
    config = Config(data, model, augment, training)
    with quiet.native_stderr():
        from suite.training import series

    config = series.resolved(config, run, resume, seeds > 1, EPOCHS)
    members = series.seeds(config, seeds)
    best = series.train("digits", f"{data.kind}_{model.variant}", config, train_one, members, run, resume)
    if export:
        from suite.digits.export import export as export_run

        export_run(str(best.path))
    return best.path


def train_one(config: Config, run: Run):
    """One training into one run folder; goes on from the checkpoint that it finds there.

    Returns:
        The Report on the validation split.
    """
    with quiet.native_stderr():
        from suite import blocks
        from suite.data.batches import steps_an_epoch
        from suite.digits import data, networks, pipeline
        from suite.digits import model as models
        from suite.problems import classification as evaluation
        from suite.training import fit as trainer

        trainer.set_seed(config.training.seed)
    images, held_out = data.load(config.data, "train"), data.load(config.data, "validation")
    reader = models.build(config.model, images.channels, len(images.labels))
    layers = blocks.plan(networks.network(config.model), images.pixels.shape[1:], len(images.labels))
    parameters, macs = blocks.totals(layers)
    print(f"classes: {', '.join(images.labels)}")
    print(
        f"training on {len(images):,} pictures, validating on {len(held_out):,}; {config.model.variant}: "
        f"{parameters:,} parameters, {macs / 1e6:.2f}M multiply-adds"
    )
    trainer.fit(
        reader,
        reader,
        lambda first: pipeline.batches(images, config, first),
        steps_an_epoch(len(images), config.training),
        pipeline.validation(held_out),
        run,
        config.training,
        models.describe(config, images.channels, images.labels, parameters, macs),
    )
    probabilities = trainer.probabilities(reader, held_out.pixels.astype("float32"))
    return evaluation.report(images.labels, held_out.targets, probabilities, held_out.description, str(run.model))
