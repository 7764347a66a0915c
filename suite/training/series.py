"""Series of trainings, such as seeds or folds, under one folder; killed ones can be resumed.

runs/speech/fsdd_small_1/
  config.yaml      the shared configuration
  series.json      the members' changes to it: {"seed_1": {"training.seed": 1}, ...}
  seed_1/ ...      a run folder each
  spread.json      mean and spread, when all are done
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from suite.artefacts.runtime import check_found
from suite.config import changed, to_yaml
from suite.console.log import LOG
from suite.errors import InputError
from suite.files import clear_partials, locked, write
from suite.problems import Report
from suite.task import Task, run_config
from suite.training.fit import newest_checkpoint
from suite.training.run_folder import Run, begin, check_free, new_folder, open_run, remove

Members = Mapping[str, Mapping[str, Any]]  # name to changes, such as {"seed_2": {"training.seed": 2}}


def seeds(config: Any, count: int) -> Members:
    """The series of `count` seeds from the configured one on; empty for one."""
    first = config.training.seed
    return {f"seed_{seed}": {"training.seed": seed} for seed in range(first, first + count)} if count > 1 else {}


def train(
    task: Task,
    config: Any,
    train_one: Callable[[Task, Any, Run], Report],
    members: Members,
    path: str | None = None,
    resume: str | None = None,
) -> tuple[Run, str]:
    """Trains once, or once for each member of a series, in new run folders or in those of a stopped training.

    Args:
        task: The task.
        config: The configuration; of a resumed training its own counts.
        train_one: Trains into a run folder, resuming what is there.
        members: The series; empty for a single training.
        path: The run folder, if the caller chose it.
        resume: Folder of a training that was stopped.

    Returns:
        The run with the best report, and a table of a series' mean and spread, "" without a series.

    Raises:
        InputError: The folder holds something else, or another process trains in it.
    """
    made: list[Path] = []
    if resume:
        folder = open_run(resume).path
    else:
        folder, made = new_folder(task.name, f"{config.data.kind}_{config.model.variant}", path)
    runs: dict[Run, Any] = {}
    with locked(folder, "another process is training here"):
        (clear_partials if resume else check_free)(folder)
        try:
            top = Run(folder) if resume else begin(folder, task.name, to_yaml(config), members)
            runs |= _members(task, top)
            for run, own in runs.items():
                _train_member(task, run, own, train_one)
        except BaseException as error:
            _clean_up(error, folder, list(runs), made, not resume, task.name)
            raise
    spread = _spread(top, list(runs), task.problem.measures, task.problem.form) if len(runs) > 1 else ""
    return max(runs, key=lambda run: task.problem.best(_read(run.metrics))), spread


def lengthen(task: Task, folder: str, epochs: int) -> None:
    """Gives a training, or each of a series, more epochs, so that it can be resumed after its end.

    Raises:
        InputError: Not a run folder, another process trains in it, or it has as many epochs already.
    """
    top = open_run(folder)
    with locked(top.path, "another process is training here"):
        runs = _members(task, top)
        done = [int(re.sub(r"\D", "", place.name)) for run in runs if (place := newest_checkpoint(run))]
        if not done or epochs <= max(done):
            raise InputError(f"training.epochs: {epochs}: {folder} has {max(done, default=0)} behind it; give more")
        longer = {"training.epochs": epochs, "training.patience": 0}  # it may have stopped out of patience
        for run in {top, *runs}:
            config = runs.get(run) or run_config(task, top.config)
            check_found(config.data)
            head = run.config.read_text(encoding="utf-8").partition("\n")[0]
            write(run.config, f"{head}\n{to_yaml(changed(config, longer))}")
            run.metrics.unlink(missing_ok=True)
    told = "%s: goes on after %d epochs, by the learning rates of a training of %d and without patience"
    LOG.info(told, folder, max(done), epochs)


def _clean_up(
    error: BaseException, folder: Path, runs: Sequence[Run], made: Sequence[Path], new: bool, task: str
) -> None:
    """Removes a new run in which nothing was learned, and completes the error's message."""
    started = any(newest_checkpoint(run) for run in runs)
    if new and not started:
        remove(folder, made)
    if isinstance(error, OSError) and not error.filename:  # HDF5 and Keras do not say where the disk was full
        error.filename = str(folder)
    if isinstance(error, KeyboardInterrupt) and started:
        raise KeyboardInterrupt(f"resume by python -m suite.{task} train --resume {folder}") from None


def _members(task: Task, top: Run) -> dict[Run, Any]:
    """Each run of a training, with its configuration."""
    config: Any = run_config(task, top.config)
    if not top.series.exists():
        return {top: config}
    runs = {}
    for name, changes in _read(top.series).items():
        own, run = changed(config, changes), Run(top.path / name)
        if not run.config.exists():
            run.path.mkdir(exist_ok=True)
            begin(run.path, task.name, to_yaml(own))
        clear_partials(run.path)
        runs[run] = own
    return runs


def _train_member(task: Task, run: Run, config: Any, train_one: Callable[[Task, Any, Run], Report]) -> None:
    if run.finished:
        LOG.info("%s: finished already", run.path)
        return
    report = train_one(task, config, run)
    report.plot(run.plots / "report.png")
    write(run.metrics, report.to_json())


def _read(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise InputError(f"{file}: damaged ({error}); remove it, or begin a new run") from None


def _spread(top: Run, runs: Sequence[Run], measures: Sequence[str], form: str) -> str:
    """Saves each member's figures, their mean and their standard deviation; returns them as a table."""
    reports = {run.path.name: _read(run.metrics) for run in runs}
    spread = {}
    lines = [f"{len(runs)} trainings: " + ", ".join(f"{name} {r[measures[0]]:{form}}" for name, r in reports.items())]
    lines.append(f"{'':13} {'mean':>8} {'stdev':>8} {'least':>8} {'most':>8}")
    for measure in measures:
        values = {name: report[measure] for name, report in reports.items()}
        row = [mean(values.values()), stdev(values.values()), min(values.values()), max(values.values())]
        spread[measure] = {**dict(zip(("mean", "stdev", "min", "max"), row, strict=True)), "values": values}
        lines.append(f"{measure:13} " + " ".join(f"{value:8{form}}" for value in row))
    write(top.path / "spread.json", json.dumps(spread, indent=2) + "\n")
    return "\n".join(lines)
