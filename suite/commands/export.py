"""`export`: a run in, a published version out, with every file scored.

The version appears whole or not at all: SavedModel, TFLite files, labels, golden examples, configuration, report and
model card are written into a hidden folder, every file is scored there, and one rename publishes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite.config import to_yaml, with_paths
from suite.console import quiet
from suite.console.arguments import NO_CHANGES, ProblemLimits, TaskChanges, TaskOptions
from suite.errors import InputError
from suite.task import NAMES, Task, default_options, load_split
from suite.training.run_folder import open_run

if TYPE_CHECKING:
    import numpy as np

    from suite.artefacts.metadata import Metadata
    from suite.artefacts.publish import Staging
    from suite.artefacts.runtime import Artefact
    from suite.artefacts.saved_model import Endpoint
    from suite.artefacts.tflite import Source
    from suite.artefacts.verify import Reference, Score
    from suite.problems import Problem
    from suite.task import Examples


def export(
    task: Task,
    run: str,
    *,
    data: TaskChanges = NO_CHANGES,
    modes: tuple[str, ...] = (),
    limits: ProblemLimits = None,
    version: int | None = None,
    name: str = "",
    credit: str = "",
    options: TaskOptions = None,
) -> Path:
    """Exports a run as SavedModel and TFLite files, scores each of them and publishes a version.

    Args:
        task: The task.
        run: Run folder, as train printed it.
        data: Where the training's data are now, if they were moved.
        modes: TFLite files to write; by default all modes of the task.
        limits: Limits that every file must keep.
        version: Number of the version; by default the one after the newest.
        name: Name of the served model, and of its folder and files; by default the task's.
        credit: Authors and licence of the training data, for the model card.
        options: Options of the task.

    Returns:
        The version's folder, saved_models/NAME/VERSION.

    Raises:
        InputError: A file does not keep the limits, or the run, the data or an option cannot be used; nothing is
            published.
    """
    from suite.artefacts import publish

    source, limits, modes = open_run(run), limits or task.problem.limits(), tuple(modes) or task.modes
    if unknown := [mode for mode in modes if mode not in task.modes]:
        raise InputError(f"modes: {', '.join(unknown)}; choose from {', '.join(task.modes)}")
    name = name or task.name
    if name != task.name and (name in NAMES or not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name)):
        raise InputError(f"name: {name}: expected small letters, digits and _, and no other task's name")
    publish.check_version(name, version)
    with quiet.native_stderr():
        from suite.artefacts import keras_files, runtime

    config = runtime.trained_config(task, source.config, data)
    model = runtime.load(source.path, task=task.name)  # an unfinished run is refused before anything is written
    scored = ("validation", *(["test"] if "test" in task.splits(config.data) else []))
    splits: dict[str, Examples] = {
        split: load_split(task, config.data, split, model.about, task.scored_examples) for split in scored
    }
    model, operating_point = _with_operating_point(task, model, splits["validation"], config)
    about = model.about
    keras_model = keras_files.load(source.model, task.layers_module)
    signatures = task.signatures(keras_model, about)
    sources = task.sources(keras_model, about, options or default_options(task, "export"))
    references = _references(model, splits)
    with publish.staging(name, version) as stage:
        golden = _golden_inputs(task, about, model, signatures, sources)
        _write_saved_model(stage, about, signatures, golden)
        calibration = load_split(task, config.data, "train", about, task.calibration_examples)
        files = _write_tflite(task, about, sources, modes, calibration.raw, stage)
        scores = _scored({"saved_model.pb": stage.path, **files}, references, references(model), task.problem, limits)
        _write_golden(stage.path, model, golden, scores)
        inputs = list(signatures[0].shapes)
        _document(stage, task, config, model, inputs, references(model), scores, operating_point, credit)
    print(_next_steps(stage.version, task, inputs))
    return stage.version


def _with_operating_point(task: Task, model: Artefact, validation: Any, config: Any) -> tuple[Artefact, dict[str, Any]]:
    """The model with the settings that are chosen on the validation split, and what is reported of them."""
    if not task.operating_point:
        return model, {}
    settings, reported = task.operating_point(model, validation, config)
    about = replace(model.about, settings={**model.about.settings, **settings})
    return replace(model, about=about), reported


def _references(model: Artefact, splits: Mapping[str, Any]) -> Callable[[Artefact], dict[str, Reference]]:
    """The Keras model's outputs that a file is compared with: where the model takes any size, those of the file's."""
    from suite.artefacts.verify import Reference

    known: dict[str, dict[str, Reference]] = {}

    def references(file: Artefact) -> dict[str, Reference]:
        shapes = {name: _filled(shape, file.inputs.get(name, shape)) for name, shape in model.inputs.items()}
        if str(shapes) not in known:
            sized = replace(model, inputs=shapes)
            known[str(shapes)] = {name: Reference(e, sized.predict_raw(e.raw)) for name, e in splits.items()}
        return known[str(shapes)]

    return references


def _filled(shape: Sequence[int | None], other: Sequence[int | None]) -> tuple[int | None, ...]:
    """A shape with the other's sizes where its own are any."""
    return tuple(n if n is not None else m for n, m in zip(shape, other, strict=True))


def _write_saved_model(
    stage: Staging, about: Metadata, signatures: Sequence[Endpoint], golden: Mapping[str, np.ndarray]
) -> None:
    """Writes the SavedModel with its metadata and a warm-up request."""
    from suite.artefacts import saved_model

    folder = stage.path
    saved_model.write(signatures, folder)
    (folder / "assets.extra").mkdir(exist_ok=True)
    (folder / "assets.extra" / "suite.json").write_text(about.to_json(), encoding="utf-8")
    request = {name: golden[name][:1] for name in signatures[0].shapes}
    saved_model.write_warmup(folder, stage.name, signatures[0], request)


def _scored(
    files: Mapping[str, Path],
    references: Callable[[Artefact], Mapping[str, Reference]],
    reference: Mapping[str, Reference],
    problem: Problem,
    limits: Any,
) -> list[Score]:
    """Scores every file, by name; raises InputError if one does not keep the limits on the validation split."""
    from suite.artefacts import verify

    scores = []
    for name, path in files.items():
        scores.append(verify.score(name, path, references))
        print(f"scored {name}")
    print(f"\n{verify.table(scores, reference, problem)}\n")
    if failed := verify.failures(scores, reference["validation"], problem, limits):
        raise InputError(f"{'; '.join(failed)} on the validation split: nothing is published; {problem.remedy}")
    return scores


def _write_tflite(
    task: Task, about: Metadata, sources: Sequence[Source], modes: Sequence[str], calibration: Any, stage: Staging
) -> dict[str, Path]:
    """Writes tflite/<name>_<mode>.tflite for each source and mode, with metadata; returns name to path."""
    from suite.artefacts import tflite, tflite_metadata

    files: dict[str, Path] = {}
    (stage.path / "tflite").mkdir()
    for source in sources:
        samples = task.encode(calibration, about, source.shapes)
        for mode in (mode for mode in modes if mode in source.modes):
            path = stage.path / "tflite" / "_".join(filter(None, (stage.name, source.infix, f"{mode}.tflite")))
            file_about = replace(about, input=next(iter(source.specs)))
            content = tflite.convert(source, mode, samples)
            path.write_bytes(
                tflite_metadata.pack(content, file_about, source.contents, source.output, task.problem.labelled)
            )
            print(f"wrote {path.name}")
            files[f"tflite/{path.name}"] = path
    return files


def _golden_inputs(
    task: Task, about: Metadata, model: Artefact, signatures: Sequence[Endpoint], sources: Sequence[Source]
) -> dict[str, np.ndarray]:
    """The golden inputs, as the Keras model, each signature and each file take them, by name."""
    raw = task.golden(about)
    golden: dict[str, np.ndarray] = {}
    sizes = {name: shape for source in reversed(sources) for name, shape in source.shapes.items()}
    for shapes in (model.inputs, *(endpoint.shapes for endpoint in signatures), *(source.shapes for source in sources)):
        # An input of any size gets the size of the first file.
        fixed = {name: _filled(shape, sizes.get(name, shape)) for name, shape in shapes.items()}
        golden = task.encode(raw, about, fixed) | golden
    return golden


def _write_golden(folder: Path, model: Artefact, golden: Mapping[str, np.ndarray], scores: Sequence[Score]) -> None:
    """Writes golden.npz: the inputs, the Keras model's outputs, and those of each file that takes these inputs."""
    import numpy as np

    from suite.artefacts import runtime

    outputs = {model.task.problem.output: model.predict(golden)}
    for score in scores:
        if score.file.endswith(".tflite"):
            file = runtime.load(folder / score.file)
            try:
                outputs[Path(score.file).stem] = file.predict(golden)
            except InputError:  # a file of another size
                continue
    arrays: dict[str, Any] = {**golden, **outputs}
    np.savez_compressed(folder / "golden.npz", **arrays)


def _document(
    stage: Staging,
    task: Task,
    config: Any,
    model: Artefact,
    inputs: Sequence[str],
    references: Mapping[str, Reference],
    scores: Sequence[Score],
    operating_point: Mapping[str, Any],
    credit: str,
) -> None:
    """Writes labels, configuration, report and model card beside the files."""
    from suite.artefacts import card

    folder, about = stage.path, model.about
    (folder / "labels.txt").write_text("\n".join((*about.labels, "")), encoding="utf-8")
    named = with_paths(config, lambda value: Path(value).name)  # no other machine has the same folders
    (folder / "config.yaml").write_text(to_yaml(named), encoding="utf-8")
    if task.write_extras:
        task.write_extras(model, folder)
    shown = references["test" if "test" in references else "validation"]
    report = task.problem.report(shown.examples, shown.outputs, "Keras model") if task.problem.report else None
    content = {
        **({"report": json.loads(report.to_json())} if report else {}),
        "splits": {
            name: {"description": r.examples.description, "n": len(r.examples)} for name, r in references.items()
        },
        "files": [score.to_dict() for score in scores],
        "parameters": about.settings["parameters"],
        "macs": about.settings["macs"],
        **operating_point,
    }
    (folder / "report.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    text = card.render(task, stage, config, about, inputs, report, references, scores, operating_point, credit)
    (folder / "README.md").write_text(text, encoding="utf-8")


def _next_steps(version: Path, task: Task, inputs: Sequence[str]) -> str:
    """The next commands, for the terminal: serve the version, and predict with it."""
    from suite.artefacts import card

    files = sorted((version / "tflite").glob("*.tflite"), key=lambda file: task.rank_file(file.name))
    text = f"""published {version}: model card in {version / "README.md"}

serve it and send a request:
{card.serving(version, inputs)}
"""
    if "predict" in task.commands:
        text += f"\nnext: python -m suite.{task.name} predict {task.example} --model {files[-1] if files else version}"
    return text
