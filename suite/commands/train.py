"""`train`: a source of examples in, a run folder with a trained model out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite.config import changed, with_paths
from suite.console import quiet
from suite.console.arguments import TaskConfig
from suite.errors import InputError
from suite.problems import Report
from suite.task import Task, load_split
from suite.training.run_folder import Run

if TYPE_CHECKING:
    import keras
    import numpy as np

    from suite.artefacts.metadata import Metadata
    from suite.task import Built, Examples

_SHOWN = 40  # labels that are printed


def train(
    task: Task,
    config: TaskConfig,
    *,
    run: str | None = None,
    resume: str | None = None,
    seeds: int = 1,
    folds: str = "",
    export: bool = False,
) -> Path:
    """Trains a model on a source of examples and scores it on the validation split.

    Args:
        task: The task.
        config: Data, model, training and so on.
        run: Folder to write the run into; by default a new one in runs/TASK.
        resume: Run folder of a training that was stopped; it goes on from its last finished epoch, with its own
            configuration; with a larger training.epochs it goes on after its end.
        seeds: Number of trainings, with the seeds training.seed, training.seed + 1, ...; prints mean and spread.
        folds: Cross-validation: one training for each fold, scored on that fold, with mean and spread.
        export: Export the trained model too, as `export` does.

    Returns:
        The run folder; of several trainings the best one.

    Raises:
        InputError: The data, an option or a folder cannot be used.
    """
    if seeds < 1:
        raise InputError(f"seeds: {seeds}: expected a whole number from 1")
    if seeds > 1 and folds:
        raise InputError("seeds and folds cannot be combined; leave one of them out")
    default = task.config()
    longer = config.training.epochs if config.training.epochs != default.training.epochs else 0
    own = changed(config, {"training.epochs": default.training.epochs}) == default
    if resume and (not own or run or seeds > 1 or folds):
        raise InputError(
            f"--resume {resume} goes on with its own configuration; leave out the other options, but for a larger "
            "--training.epochs, to train longer"
        )
    if folds and getattr(config.training, "teachers", None):
        raise InputError(
            "training.teachers: may have learned from what a fold is scored on; leave them out with --folds"
        )
    if folds and not task.folds:
        raise InputError(f"folds: {folds}: the task {task.name} has none; leave it out")
    config = resolved(task, config)
    with quiet.native_stderr():
        from suite.training import series

    if resume and longer:
        series.lengthen(task, resume, longer)
    members = task.folds(config.data, folds) if folds and task.folds else series.seeds(config, seeds)
    best, spread = series.train(task, config, train_one, members, run, resume)
    if spread:
        print(f"\n{spread}")
    module = f"python -m suite.{task.name}"
    print(f"\nthe run: {best.path} (model, history, plots)")
    print(f"next:    {module} eval {best.path}\n         {module} export {best.path}")
    if export:
        from suite.commands.export import export as export_run

        export_run(task, str(best.path))
    return best.path


def resolved(task: Task, config: Any) -> Any:
    """The configuration of a training: absolute paths, so that it holds in every folder, and the number of epochs."""
    config = with_paths(config, lambda value: str(Path(value).resolve()) if Path(value).exists() else value)
    config = task.resolve(config)
    if config.training.epochs:
        return config
    return replace(config, training=replace(config.training, epochs=task.default_epochs[config.data.kind]))


def train_one(task: Task, config: Any, run: Run) -> Report:
    """Trains into a run folder, resuming the checkpoint that is there.

    Returns:
        The report on the validation split, or on the task's final split.
    """
    with quiet.native_stderr():
        import numpy as np
        import tensorflow as tf

        from suite.data.batches import steps_per_epoch
        from suite.data.rows import Rows
        from suite.training import fit

        fit.set_seed(config.training.seed)
    training = load_split(task, config.data, "train")
    task.look_at(training, config.data)
    built = task.build(config, training)
    if getattr(config.training, "teachers", ()):
        from suite.training.teaching import taught

        training = taught(task, training, config.training)
    about = _metadata(task, config, built, built.labels or training.labels)
    if config.training.start and not fit.newest_checkpoint(run):
        from suite.training.start import begin_with

        begin_with(built.saved, about, Path(config.training.start))
    validation = load_split(task, config.data, "validation", about)
    shown = training.labels[:_SHOWN]
    more = f", ... ({len(training.labels)})" if len(training.labels) > _SHOWN else ""
    print(f"labels: {', '.join(shown)}{more}")
    print(
        f"training on {len(training):,} examples, validating on {len(validation):,}; {config.model.variant}: "
        f"{about.settings['parameters']:,} parameters, {about.settings['macs'] / 1e6:.2f}M multiply-adds"
    )
    size = task.problem.validation_batch

    def encoded(examples: Examples, model: keras.Model) -> Iterator[dict[str, np.ndarray]]:
        shapes = {tensor.name: tuple(tensor.shape[1:]) for tensor in model.inputs}
        step = size if isinstance(examples.raw, Rows) else len(examples)  # what stays on disk may not fit into memory
        for first in range(0, len(examples), step):
            yield task.encode(examples.raw[first : first + step], about, shapes)

    parts = [*encoded(validation, built.trained)]
    inputs = {name: np.concatenate([part.pop(name) for part in parts]) for name in [*parts[0]]}
    dataset = tf.data.Dataset.from_tensor_slices(inputs if len(inputs) > 1 else next(iter(inputs.values()))).batch(size)
    if task.problem.targets:
        rows = tf.data.Dataset.range(len(validation)).batch(size)
        dataset = tf.data.Dataset.zip(dataset, rows.map(task.problem.targets(validation)))
    fit.fit(
        built,
        task.problem,
        lambda first: task.batches(training, built, config, first),
        steps_per_epoch(len(training), config.training),
        dataset,
        run,
        config.training,
        about,
        task.callbacks(built, validation, about, run),
    )
    final, split = validation, task.final_split(config.data)
    if split != "validation":  # on which the epoch was chosen
        final = load_split(task, config.data, split, about)
    report = task.problem.validate(built, lambda model: encoded(final, model), final, str(run.model))
    print(f"\n{report.table()}")
    return report


def _metadata(task: Task, config: Any, built: Built, labels: Sequence[str]) -> Metadata:
    """Metadata of the model, with the size of its network."""
    from suite import blocks
    from suite.artefacts.metadata import Metadata

    parameters, macs = blocks.totals(blocks.plan(built.network, built.shape, len(labels), conditions=len(labels)))
    size = {"variant": config.model.variant, "parameters": parameters + built.other_parameters, "macs": macs}
    return Metadata(
        task=task.name,
        labels=tuple(labels),
        input=task.input,
        settings={**built.settings, **size},
        name=task.model_name(config),
        description=task.model_description(config),
        output=task.problem.output,
    )
