"""`train`: a source of labelled texts in, a run folder out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from suite.config import TrainingConfig
from suite.console import quiet
from suite.errors import InputError
from suite.sentiment.config import EPOCHS, SOURCES, TRAINING, AugmentConfig, Config, DataConfig, ModelConfig
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
    folds: int = 0,
    export: bool = False,
) -> Path:
    """Trains a text classifier on VADER's rated sentences, the Stanford Sentiment Treebank, or a file of one's own.

    Args:
        run: Folder to write the run into; by default a new one in runs/sentiment.
        resume: Run folder of a training that was stopped; it goes on from its last finished epoch,
            with its own configuration.
        seeds: Number of trainings, with the seeds training.seed, training.seed + 1, ...; tells their mean
            and spread.
        folds: Number of parts for cross-validation, of csv and lines: trains once for each part, scored on
            that part; tells mean and spread.
        export: Export the trained model too, as `export` does.

    Returns:
        The run folder; of several trainings the best one.
    """
    if seeds < 1 or folds < 0 or folds == 1 or (seeds > 1 and folds):
        raise InputError(f"seeds {seeds}, folds {folds}: expected seeds from 1, or folds from 2")
    if model.embeddings == "glove" and not model.path:  # which a recipe leaves to who uses it
        raise InputError("model.path: model.embeddings glove needs a file of GloVe's vectors; give it by --model.path")
    also = tuple(name if name in SOURCES else str(Path(name).resolve()) for name in data.also)
    config = Config(replace(data, also=also), model, augment, training)
    with quiet.native_stderr():
        from suite.training import series

    config = series.resolved(config, run, resume, seeds > 1 or bool(folds), EPOCHS)
    members = series.seeds(config, seeds)
    if folds:
        replace(data, folds=folds)  # refused where the source has splits of its own
        members = {f"fold_{i}": {"data.folds": folds, "data.fold": i} for i in range(1, folds + 1)}
    best = series.train("sentiment", f"{data.kind}_{model.variant}", config, train_one, members, run, resume)
    if export:
        from suite.sentiment.export import export as export_run

        export_run(str(best.path))
    return best.path


def train_one(config: Config, run: Run):
    """One training into one run folder; goes on from the checkpoint that it finds there.

    Returns:
        The Report on the validation split; of a fold, on the fold.
    """
    with quiet.native_stderr():
        from suite import blocks
        from suite.data.batches import steps_an_epoch
        from suite.problems import classification as evaluation
        from suite.sentiment import data, networks, pipeline, text
        from suite.sentiment import model as models
        from suite.training import fit as trainer

        trainer.set_seed(config.training.seed)
    texts = data.load(config.data, "train")
    held_out = data.load(config.data, "validation", texts.labels)
    vocabulary = text.vocabulary(texts.texts, config.model.vocabulary, config.model.min_count)
    ids = text.ids(texts.texts, vocabulary, config.model.length)
    vectors = models.vectors(config.model, vocabulary, config.training.seed)
    classifier = models.build(config.model, vectors, len(texts.labels))
    shape = (config.model.length, vectors.shape[1])
    parameters, macs = blocks.totals(blocks.plan(networks.network(config.model), shape, len(texts.labels)))
    print(f"labels: {', '.join(texts.labels)}")
    print(
        f"training on {len(texts):,} texts, validating on {len(held_out):,}; {len(vocabulary):,} words; "
        f"{config.model.variant}: {parameters + vectors.size:,} parameters, {vectors.size:,} of them word vectors, "
        f"{macs / 1e6:.2f}M multiply-adds"
    )
    trainer.fit(
        classifier,
        classifier,
        lambda first: pipeline.batches(ids, texts.aims, config, first),
        steps_an_epoch(len(texts), config.training),
        pipeline.validation(
            text.ids(held_out.texts, vocabulary, config.model.length), held_out.targets, len(texts.labels)
        ),
        run,
        config.training,
        models.describe(config, vocabulary, texts.labels, vectors.shape[1], parameters + vectors.size, macs),
    )
    if config.data.folds:  # the epoch was chosen on the others
        held_out = data.load(config.data, "test", texts.labels)
    probabilities = trainer.probabilities(classifier, text.ids(held_out.texts, vocabulary, config.model.length))
    return evaluation.report(texts.labels, held_out.targets, probabilities, held_out.description, str(run.model))
