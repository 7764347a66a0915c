"""`train`: photographs and paintings in, a run folder with one painter of all their styles out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from suite.console import quiet
from suite.errors import InputError
from suite.style.config import Config, DataConfig, LossConfig, ModelConfig, TrainingConfig
from suite.training.run_folder import Run


def train(
    *,
    data: DataConfig = DataConfig(),
    loss: LossConfig = LossConfig(),
    model: ModelConfig = ModelConfig(),
    training: TrainingConfig = TrainingConfig(),
    run: str | None = None,
    resume: str | None = None,
    seeds: int = 1,
    export: bool = False,
) -> Path:
    """Trains one network that paints photographs in several styles, at once.

    Args:
        run: Folder to write the run into; by default a new one in runs/style.
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
    config = Config(data, loss, model, training)
    with quiet.native_stderr():
        from suite.training import series

    if not resume:
        where = tuple(str(Path(place).resolve()) for place in data.styles)
        start = training.start and str(Path(training.start).resolve())
        config = replace(config, data=replace(data, styles=where), training=replace(training, start=start))
    config = series.resolved(config, run, resume, seeds > 1, {})
    best = series.train(
        "style",
        f"{data.kind}_{model.variant}",
        config,
        train_one,
        series.seeds(config, seeds),
        run,
        resume,
        measures=("total", "style", "content"),
        form=".4f",
        score=lambda metrics: -metrics["total"],
    )
    if export:
        from suite.style.export import export as export_run

        export_run(str(best.path))
    return best.path


def train_one(config: Config, run: Run):
    """One training into one run folder; goes on from the checkpoint that it finds there.

    Returns:
        The Report on the photographs kept apart.
    """
    with quiet.native_stderr():
        import numpy as np

        from suite import blocks
        from suite.nets import vgg as features
        from suite.style import data, fitting, inputs, networks, pipeline, report
        from suite.style import model as models
        from suite.style.losses import Judge
        from suite.training import fit as trainer

        trainer.set_seed(config.training.seed)
    size = config.training.size
    shorter = round(size / config.training.smallest)
    photographs = data.photographs(config.data, "train", shorter)
    held_out = data.photographs(config.data, "validation", max(shorter, config.data.painting))
    paintings = data.styles(config.data.styles, config.data.painting)
    names = [painting.name for painting in paintings]
    net = features.load(config.loss.net, config.loss.layers, config.training.precision)
    judge = Judge(config.loss, net)
    grams = [judge.style_of(painting.pixels[None]) for painting in paintings]
    grams = {layer: np.concatenate([one[layer] for one in grams]) for layer in config.loss.style_layers}
    painter = models.build(config.model, len(names))
    if config.training.start:
        models.begin_with(painter, Path(config.training.start), names)
    layers = blocks.plan(networks.network(config.model), (256, 256, 3), 3, len(names))
    parameters, macs = blocks.totals(layers)
    print(f"styles: {', '.join(names)}")
    print(
        f"training on {len(photographs):,} photographs, validating on {len(held_out):,}; {config.model.variant}: "
        f"{parameters:,} parameters, {macs / 1e9:.2f}G multiply-adds at 256x256"
    )
    validation = pipeline.held_out(held_out, len(names), inputs.rounded_up(config.data.painting, networks.GRID), 12)
    fitting.fit(
        painter,
        judge,
        grams,
        lambda first: pipeline.batches(photographs, len(names), config.training, first),
        validation,
        run,
        config.training,
        models.describe(config, names, parameters, macs),
    )
    _, losses = fitting.look(painter, judge, grams, *validation)
    return report.report(names, validation[1], losses, held_out.description, str(run.model))
