"""From files to a published version: write, score each as a client runs it, refuse what lost too much, publish."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from suite.artefacts import MODES, card, metadata, publish, runtime, tflite, verify
from suite.artefacts.metadata import Metadata
from suite.artefacts.publish import Staging
from suite.artefacts.runtime import Artefact
from suite.artefacts.tflite import Source
from suite.config import to_yaml
from suite.errors import InputError
from suite.problems import classification as evaluation


def check(task: str, modes: Sequence[str], version: int | None, allowed: Sequence[str] = MODES) -> None:
    """Refuses modes that there are not and a version that cannot be, before anything is loaded."""
    unknown = [mode for mode in modes if mode not in allowed]
    if unknown or not modes:
        raise InputError(f"modes: {', '.join(unknown) or 'none given'}; choose from {', '.join(allowed)}")
    publish.check_version(task, version)


def write_tflite(sources: Mapping[str, Source], modes: Sequence[str], about: Metadata, folder: Path) -> dict:
    """Writes <folder>/tflite/<task>_<mode>.tflite for each mode, with what it says of itself.

    Args:
        sources: What is converted, by the name of its input; int8_mcu takes the last, every other mode the first.
        modes: The modes.
        about: What the model says of itself.
        folder: The version's.

    Returns:
        Name in the version folder to path.
    """
    files, (phone, *_), (*_, mcu) = {}, sources, sources
    (folder / "tflite").mkdir()
    for mode in modes:
        kind = mcu if mode == "int8_mcu" else phone
        path = folder / "tflite" / f"{about.task}_{mode}.tflite"
        path.write_bytes(metadata.pack(tflite.convert(sources[kind], mode), replace(about, input=kind)))
        print(f"wrote {path.name}")
        files[f"tflite/{path.name}"] = path
    return files


def phone_file(scores: Sequence[verify.Score]) -> str:
    """The name of the file that a phone best takes: int8 where there is one; empty if there is none for it."""
    names = [Path(score.file).name for score in scores]
    usable = [name for name in names if name.endswith(".tflite") and not name.endswith("mcu.tflite")]
    return next((name for name in usable if "int8" in name), next(iter(usable), ""))


def release(
    task: str,
    version: int | None,
    splits: Mapping[str, verify.Examples],
    max_drop: float,
    write: Callable[[Path], dict[str, Path]],
    document: Callable[[Staging, Sequence[verify.Score]], None],
) -> Path:
    """Publishes a version, whole or not at all.

    Args:
        task: The task.
        version: Its number; None for the one after the newest.
        splits: What the files are scored on; validation is what they may fail on.
        max_drop: Accuracy that a file may lose against the Keras model on the validation split.
        write: Writes the SavedModel and the TFLite files into a folder; gives what to score, name to path.
        document: Writes what stands beside the files.

    Returns:
        The version's folder.

    Raises:
        InputError: A file lost more; nothing is published.
    """
    with publish.staging(task, version) as stage:
        scores = []
        for name, path in write(stage.path).items():
            scores.append(verify.score(name, path, splits))
            print(f"scored {name}")
        print(f"\n{verify.table(scores, splits)}\n")
        failed = verify.failures(scores, splits["validation"], "validation", max_drop)
        if failed:
            raise InputError(
                f"{'; '.join(failed)} on the validation split, and {max_drop:g} is allowed: nothing is published; "
                f"leave the file out by --modes, or allow more by --max-drop"
            )
        document(stage, scores)
    return stage.version


def document(
    stage: Staging,
    config,
    model: Artefact,
    splits: Mapping[str, verify.Examples],
    scores: Sequence[verify.Score],
    golden: Mapping[str, np.ndarray],
    trained_on: str,
    clients: Sequence[str],
    more: Mapping[str, object] | None = None,
) -> None:
    """Writes what stands beside the files: labels, golden inputs and outputs, configuration, report and model card.

    Args:
        stage: The version in the making.
        config: The run's.
        model: The Keras model, and what it says of itself.
        splits, scores: What the files were scored on, and how they did.
        golden: Inputs of our own making, by what a file takes, for whoever integrates the model elsewhere.
        trained_on: A sentence on the training data, with authors and licence.
        clients: How the files are used on a phone, a microcontroller and so on, as Markdown; empty ones are left out.
        more: Of the task, for report.json.
    """
    folder, about = stage.path, model.about
    (folder / "labels.txt").write_text("\n".join((*about.labels, "")), encoding="utf-8")
    name = Path(config.data.path).name if config.data.path else None  # no other machine has the same folders
    published = replace(config, data=replace(config.data, path=name))
    (folder / "config.yaml").write_text(to_yaml(published), encoding="utf-8")
    outputs = {}
    for score in scores:
        if score.file.endswith(".tflite"):
            file = runtime.load(folder / score.file)
            outputs[Path(score.file).stem] = file.predict(golden[file.about.input])
    expected = model.predict(golden[about.input])
    np.savez_compressed(folder / "golden.npz", **golden, probabilities=expected, **outputs)
    shown = splits["test" if "test" in splits else "validation"]
    report = evaluation.report(about.labels, shown.targets, shown.reference, shown.description, "Keras model")
    content = {
        "report": asdict(report),
        "splits": {name: {"description": e.description, "n": len(e.targets)} for name, e in splits.items()},
        "files": [asdict(score) for score in scores],
        "parameters": about.settings["parameters"],
        "macs": about.settings["macs"],
        **(more or {}),
    }
    (folder / "report.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    sections = "\n\n".join(filter(None, clients))
    scored = f"{trained_on} Scored on the {shown.description}."
    text = card.write(stage.version, about, report, splits, scores, scored, sections)
    (folder / "README.md").write_text(text, encoding="utf-8")


def farewell(version: Path, about, example: str) -> str:
    """What to do with a published version, for the terminal.

    Args:
        version: Its folder.
        about: What the model says of itself.
        example: What `predict` takes, such as RECORDING.wav.
    """
    file = next(iter(sorted((version / "tflite").glob("*_float32.tflite"))), None)
    file = file or next(iter(sorted((version / "tflite").glob("*.tflite"))), version)
    return f"""published {version}: model card in {version / "README.md"}

serve and ask it:
{card.serving(version, about)}

next: python -m suite.{about.task} predict {example} --model {file}"""
