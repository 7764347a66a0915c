"""One training or several under one folder - seeds, folds - that a killed process goes on with.

runs/speech/fsdd_small_1/
  config.yaml      what they share
  series.json      in what they differ: {"seed_1": {"training.seed": 1}, ...}
  seed_1/ ...      a run folder each
  spread.json      mean and spread, when all are done
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from statistics import mean, stdev

from suite.config import load, to_yaml
from suite.console import plots
from suite.errors import InputError
from suite.files import locked, write
from suite.problems.classification import Report
from suite.training.fit import newest_checkpoint
from suite.training.run_folder import Run, create, open_run


def seeds(config, count: int) -> dict[str, dict]:
    """The series of so many seeds from the configured one on; empty for one."""
    first = config.training.seed
    return {f"seed_{seed}": {"training.seed": seed} for seed in range(first, first + count)} if count > 1 else {}


def resolved(config, run: str | None, resume: str | None, several: bool, epochs: Mapping[str, int]):
    """A configuration as it is trained with: paths that hold in every folder, and the task's choice of the epochs.

    Args:
        config: The task's configuration, as the command line gave it.
        run, resume: Folders, as of `train`.
        several: Whether there are to be several trainings.
        epochs: The task's choice, by data.kind, where the configuration leaves it open.

    Raises:
        InputError: Something beside resume, which goes on with what it began with.
    """
    if resume and (config != type(config)() or run or several):
        raise InputError(f"--resume {resume} goes on with its own configuration; leave out the other options")
    for group in fields(config):
        part = getattr(config, group.name)
        if getattr(part, "path", None):  # a run is scored and exported from other folders too
            config = replace(config, **{group.name: replace(part, path=str(Path(part.path).resolve()))})
    if config.training.epochs:
        return config
    return replace(config, training=replace(config.training, epochs=epochs[config.data.kind]))


def train(
    task: str,
    name: str,
    config,
    one: Callable[..., Report],
    series: Mapping[str, dict],
    path: str | None = None,
    resume: str | None = None,
    measures: Sequence[str] = ("accuracy", "macro_recall", "macro_f1"),
    form: str = ".2%",
    score: Callable[[Mapping], float] = lambda metrics: metrics["accuracy"],
) -> Run:
    """Trains once, or once for each member of a series, in new run folders or in those of a training that was stopped.

    Args:
        task, name: What the run folder is called.
        config: The task's configuration, a frozen dataclass of dataclasses.
        one: Trains into a run folder: (config, Run) to the Report that counts, or to whatever else has to_json and
            table.
        series: The members' names, and in which settings each differs; empty for a single training.
        path: The run folder, if the caller chose it.
        resume: The folder of a training that was stopped; its own configuration and series count.
        measures: Of a report, what a series tells mean and spread of.
        form: How these are written: shares in per cent, losses as numbers.
        score: Of a report as JSON, what the best run has most of.

    Returns:
        The run with the best report.
    """
    top = open_run(resume) if resume else create(task, name, to_yaml(config), path, series)
    runs: dict[Run, object] = {}
    try:
        with locked(top.path, "another process is training here"):
            runs |= _members(task, top, load(type(config), top.config))
            for run, its_config in runs.items():
                _train_once(run, its_config, one)
    except BaseException as error:
        started = any(newest_checkpoint(run) for run in runs)
        if not started and not resume:
            shutil.rmtree(top.path)  # nothing was learned: nothing is left behind
        if isinstance(error, OSError) and not error.filename:  # HDF5 and Keras do not say where the disk was full
            error.filename = str(top.path)
        if isinstance(error, KeyboardInterrupt) and started:
            raise KeyboardInterrupt(f"go on with python -m suite.{task} train --resume {top.path}") from None
        raise
    best = max(runs, key=lambda run: score(_metrics(run)))
    if len(runs) > 1:
        _tell_spread(top, list(runs), measures, form)
    module = f"python -m suite.{task}"
    print(f"\nthe run: {best.path} (model, history, plots)")
    print(f"next:    {module} eval {best.path}\n         {module} export {best.path}")
    return best


def _members(task: str, top: Run, config) -> dict[Run, object]:
    """Each run of a training, with its configuration."""
    if not top.series.exists():
        return {top: config}
    runs = {}
    for name, changes in json.loads(top.series.read_text(encoding="utf-8")).items():
        its_config, run = _changed(config, changes), Run(top.path / name)
        runs[run if run.config.exists() else create(task, "", to_yaml(its_config), str(run.path))] = its_config
    return runs


def _changed(config, changes: Mapping[str, object]):
    """A configuration with other values at dotted names."""
    for place, value in changes.items():
        group, _, name = place.partition(".")
        config = replace(config, **{group: replace(getattr(config, group), **{name: value})})
    return config


def _train_once(run: Run, config, one: Callable[..., Report]) -> None:
    if run.finished:
        print(f"{run.path}: finished already")
        return
    report = one(config, run)
    if isinstance(report, Report):
        plots.confusion(report.confusion, report.labels, report.split, run.plots / "confusion.png")
    write(run.metrics, report.to_json())
    print(f"\n{report.table()}")


def _metrics(run: Run) -> dict:
    return json.loads(run.metrics.read_text(encoding="utf-8"))


def _tell_spread(top: Run, runs: list[Run], measures: Sequence[str], form: str) -> None:
    """Prints and keeps each member's figures, their mean and their standard deviation."""
    reports = {run.path.name: _metrics(run) for run in runs}
    spread = {}
    print(f"\n{len(runs)} trainings: " + ", ".join(f"{name} {r[measures[0]]:{form}}" for name, r in reports.items()))
    print(f"{'':13} {'mean':>8} {'stdev':>8} {'least':>8} {'most':>8}")
    for measure in measures:
        values = {name: report[measure] for name, report in reports.items()}
        row = [mean(values.values()), stdev(values.values()), min(values.values()), max(values.values())]
        spread[measure] = {**dict(zip(("mean", "stdev", "min", "max"), row, strict=True)), "values": values}
        print(f"{measure:13} " + " ".join(f"{value:8{form}}" for value in row))
    write(top.path / "spread.json", json.dumps(spread, indent=2) + "\n")
