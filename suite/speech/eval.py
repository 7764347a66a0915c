"""`eval`: an artefact and a split of a source in, a Report out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from suite import evaluation, plots, runtime
from suite.config import load
from suite.errors import InputError
from suite.evaluation import Report
from suite.run import write
from suite.speech import data as sources
from suite.speech.config import Config, DataConfig, Source, Split
from suite.speech.features import Features, log_mel
from suite.speech.inputs import to_float


@dataclass(frozen=True)
class EvalData:
    """What is scored on; by default what the model was trained on, the split that neither taught it nor chose its epoch.

    Args:
        source: synthetic or folder.
        path: A folder of recordings for each word.
        split: train, validation, test or all; by default test where the source has one, otherwise validation.
    """

    source: Source | None = None
    path: str | None = None
    split: Split | None = None


def evaluate(artefact: str, data: EvalData = EvalData(), report: str | None = None) -> Report:
    """Scores a run, a .keras, a SavedModel folder or a .tflite.

    Args:
        artefact: What to score.
        report: File to write the report to, as JSON; the confusion matrix goes beside it, as PNG.

    Returns:
        The report.
    """
    model = runtime.load(artefact, task="speech")
    config = _source(Path(artefact), data)
    split = data.split or ("test" if sources.has_split(config, "test") else "validation")
    clips = sources.load(config, split, model.labels)
    result = evaluation.report(model.labels, clips.targets, predict(model, clips.waveforms), clips.description, artefact)
    print(result.table())
    if report:
        picture = Path(report).with_suffix(".png")
        write(Path(report), result.to_json())
        plots.confusion(result.confusion, result.labels, result.split, picture)
        print(f"\nthe report: {report}, {picture}")
    return result


def predict(model: runtime.Artefact, waveforms: np.ndarray) -> np.ndarray:
    """Probabilities of clips, whether the model takes waveforms or (int8_mcu) log-mel features.

    Args:
        model: A spotter.
        waveforms: int16 or float32 in -1..1, (N, 16000).

    Returns:
        (N, L).
    """
    rows = []
    for i in range(0, len(waveforms), 256):
        part = waveforms[i : i + 256]
        part = to_float(part) if part.dtype == np.int16 else part
        if model.about.input == "log_mel":
            part = log_mel(part, Features(**model.about.settings["features"]))
        rows.append(model.predict(part))
    return np.concatenate(rows)


def _source(artefact: Path, data: EvalData) -> DataConfig:
    """The source to score on: what the caller says, over what the run or the version folder says."""
    folders = [artefact, artefact.parent, artefact.parent.parent]  # a run or version; its .keras; its tflite/x.tflite
    file = next((f / "config.yaml" for f in folders if (f / "config.yaml").is_file()), None)
    known = load(Config, file).data if file else DataConfig()
    if data.path or data.source:
        source = data.source or "folder"
        if source == "folder" and not (data.path or known.path):
            raise InputError("--data.source folder needs --data.path FOLDER")
        return replace(known, source=source, path=data.path or known.path)
    return known
