"""`train`: a source of clips in, a run folder out."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from suite.config import TrainingConfig
from suite.console import quiet
from suite.errors import InputError
from suite.speech.config import EPOCHS, TRAINING, AugmentConfig, Config, DataConfig, ModelConfig
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
    folds: Literal["speakers"] | None = None,
    export: bool = False,
) -> Path:
    """Trains a keyword spotter on synthetic speech, or on a folder of recordings for each word.

    Args:
        run: Folder to write the run into; by default a new one in runs/speech.
        resume: Run folder of a training that was stopped; it goes on from its last finished epoch,
            with its own configuration.
        seeds: Number of trainings, with the seeds training.seed, training.seed + 1, ...; tells their mean
            and spread.
        folds: speakers trains once for each speaker of fsdd, scored on that speaker, whom it never heard.
        export: Export the trained model too, as `export` does.

    Returns:
        The run folder; of several trainings the best one.
    """
    if seeds < 1 or (seeds > 1 and folds):
        raise InputError(f"seeds: {seeds}: expected a whole number from 1, without folds")
    config = Config(data, model, augment, training)
    with quiet.native_stderr():
        from suite.training import series

    config = series.resolved(config, run, resume, seeds > 1 or bool(folds), EPOCHS)
    members = _folds(data) if folds else series.seeds(config, seeds)
    best = series.train("speech", f"{data.kind}_{model.variant}", config, train_one, members, run, resume)
    if export:
        from suite.speech.export import export as export_run

        export_run(str(best.path))
    return best.path


def _folds(data: DataConfig) -> dict[str, dict]:
    """Leave one speaker out."""
    from suite.speech import recordings

    if data.kind != "fsdd":
        raise InputError("folds: leaving one speaker out is for --data.source fsdd")
    return {speaker: {"data.held_out": speaker} for speaker in recordings.fsdd_speakers(data)}


def train_one(config: Config, run: Run):
    """One training into one run folder; goes on from the checkpoint that it finds there.

    Returns:
        The Report on the validation split; with a speaker held out, on that speaker.
    """
    with quiet.native_stderr():
        from suite import blocks
        from suite.data.batches import steps_an_epoch
        from suite.problems import classification as evaluation
        from suite.speech import data, inputs, networks, pipeline
        from suite.speech import model as models
        from suite.speech.features import Features
        from suite.training import fit as trainer

        trainer.set_seed(config.training.seed)
    clips, held_out = data.load(config.data, "train"), data.load(config.data, "validation")
    noises, features = data.noises(config.data), Features()
    spotter = models.build(config.model, features, len(clips.labels))
    spotter.get_layer("normalisation").adapt(models.log_mel(clips.waveforms, features))
    whole = models.with_front_end(spotter, features)
    layers = blocks.plan(networks.network(config.model), (*features.shape, 1), len(clips.labels))
    parameters, macs = blocks.totals(layers)
    print(f"labels: {', '.join(clips.labels)}")
    print(
        f"training on {len(clips):,} clips, validating on {len(held_out):,}; {config.model.variant}: "
        f"{parameters:,} parameters, {macs / 1e6:.2f}M multiply-adds"
    )
    trainer.fit(
        spotter,
        whole,
        lambda first: pipeline.batches(clips, noises, features, config, first),
        steps_an_epoch(len(clips), config.training),
        pipeline.validation(held_out, features),
        run,
        config.training,
        models.describe(config, features, clips.labels, parameters, macs),
    )
    if config.data.held_out:  # what counts is the stranger; the epoch was chosen on the others
        held_out = data.load(config.data, "test", clips.labels)
    probabilities = trainer.probabilities(whole, inputs.to_float(held_out.waveforms))
    return evaluation.report(clips.labels, held_out.targets, probabilities, held_out.description, str(run.model))
