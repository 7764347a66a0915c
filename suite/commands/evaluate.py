"""`eval`: an artefact and a split of a source in, a report out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from suite.config import is_known
from suite.console.arguments import NO_CHANGES, TaskChanges, TaskOptions
from suite.errors import InputError
from suite.problems import Report
from suite.task import Task, default_options, load_split, run_config


def evaluate(
    task: Task,
    artefact: str,
    *,
    data: TaskChanges = NO_CHANGES,
    report: str | None = None,
    baseline: bool = False,
    options: TaskOptions = None,
) -> Report:
    """Scores a run, a .keras, a SavedModel folder or a .tflite.

    The data are by default those of the training, and the split is test where the source has one, otherwise validation;
    of other data, without splits of their own, everything is scored.

    Args:
        task: The task.
        artefact: The model to score.
        data: What differs from the training's data, and the split.
        report: File to write the report to, as JSON; its picture goes beside it, as PNG.
        baseline: Train the task's baselines on the same training split and score them too.
        options: Options of the task.

    Returns:
        The report.

    Raises:
        InputError: The artefact, the data or the report's place cannot be used.
    """
    from suite.artefacts import runtime

    picture = _picture_beside(report)
    model = runtime.load(artefact, task=task.name)
    options = options or default_options(task, "eval")
    if match := task.match(options) if task.match else None:
        if data or baseline:
            raise InputError("data, baseline: this report needs none; leave them out")
        result: Report = match(model)
    else:
        result = _on_a_split(task, model, runtime.scored_config(task, Path(artefact), data), data, baseline, options)
    print(result.table())
    if not report or not picture:
        print("\nnext: the same with --report FILE.json writes the report and draws its picture")
        return result
    from suite.files import write

    write(Path(report), result.to_json())
    result.plot(picture)
    print(f"\nthe report: {report}, {picture}")
    return result


def _on_a_split(task: Task, model: Any, config: Any, data: Mapping[str, Any], baseline: bool, options: Any) -> Report:
    """The task's own report on the split, or the problem's."""
    available = task.splits(config.data)
    split = data.get("split") or _default_split(task, Path(model.path), config, data, available)
    if split not in (*available, "all"):
        raise InputError(f"data.split: {split}: not a split of this source; it has {', '.join(available)}")
    own: Report | None = task.own_report(model, config, split, options) if task.own_report else None
    if own and not baseline:
        return own
    scored = _scored(task, model, config, split, baseline)
    return own or scored


def _default_split(task: Task, artefact: Path, config: Any, data: Mapping[str, Any], available: Sequence[str]) -> str:
    """The test split, otherwise validation; of other data than the training's, without splits of their own, all."""
    usual = "test" if "test" in available else "validation"
    if not data.get("path") or config.data.kind in config.data.OWN_SPLITS:
        return usual
    from suite.artefacts import runtime

    file = runtime.config_beside(artefact)
    trained: Sequence[str] = run_config(task, file).data.paths if file else ()
    if not is_known(trained, config.data.paths):
        return "all"
    if not any(Path(path).exists() for path in trained):
        print(
            f"{config.data.place}: taken for the training's data, moved: its {usual} split is scored; --data.split all "
            "scores all"
        )
    return usual


def _scored(task: Task, model: Any, config: Any, split: str, baseline: bool) -> Report:
    """The problem's report on the split, beside the baselines' figures and those of each group."""
    if not task.problem.report:
        raise InputError(f"{task.name}: outputs of this task are not scored alone")
    examples = load_split(task, config.data, split, model.about)
    baselines = {}
    if baseline and task.baselines:
        learned = _trained_data(task, model) if config.data.kind in config.data.TESTS else config.data
        baselines = task.baselines(load_split(task, learned, "train", model.about), examples)
    outputs = {"the model": model.predict_raw(examples.raw), **baselines}
    if task.outputs_report and (own := task.outputs_report(outputs, examples, str(model.path))):
        return own
    compare = task.problem.comparison
    if compare and (len(outputs) > 1 or examples.groups) and (compared := compare(outputs, examples)):
        print(f"{compared}\n")
    return task.problem.report(examples, outputs["the model"], str(model.path))


def _trained_data(task: Task, model: Any) -> Any:
    """The data group of a model's training, from which baselines learn where a source is for scoring alone."""
    from suite.artefacts import runtime

    if not (file := runtime.config_beside(Path(model.path))):
        raise InputError(f"{model.path}: no config.yaml beside it says what baselines should learn from; give a run")
    data: Any = run_config(task, file).data
    runtime.check_found(data)
    return data


def _picture_beside(report: str | None) -> Path | None:
    """The place of the picture beside a report; InputError, before anything is scored, if it cannot be written."""
    if not report:
        return None
    path = Path(report)
    if (path.exists() and not path.is_file()) or path.suffix == ".png" or path.with_suffix(".png").is_dir():
        raise InputError(f"{report}: the report is a JSON file, and its picture a .png beside it; name a .json file")
    if not path.resolve().parent.is_dir():
        raise InputError(f"{path.parent}: no such folder; make it first")
    return path.with_suffix(".png")
