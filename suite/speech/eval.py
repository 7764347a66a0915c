"""`eval`: an artefact and a split of a source in, a Report out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from suite.config import load
from suite.errors import InputError
from suite.speech.config import Config, DataConfig, Source, Split


@dataclass(frozen=True)
class EvalData:
    """What is scored on; by default what the model was trained on.

    Args:
        source: synthetic, folder, speech_commands or fsdd.
        path: A folder of recordings for each word.
        split: train, validation, test or all; by default test where the source has one, otherwise validation.
        leave_out: Words that are not scored; by default none, also of those that training left out.
    """

    source: Source | None = None
    path: str | None = None
    split: Split | None = None
    leave_out: tuple[str, ...] = ()


def evaluate(artefact: str, *, data: EvalData = EvalData(), report: str | None = None, stream: bool = False):
    """Scores a run, a .keras, a SavedModel folder or a .tflite.

    Args:
        artefact: What to score.
        report: File to write the report to, as JSON; the picture (confusion matrix, or curve) goes beside it, as PNG.
        stream: Score it on a recording of an hour composed from the clips and noise: misses, false alarms an hour.

    Returns:
        The evaluation.Report; of a stream the streaming.StreamReport.
    """
    from suite.problems import classification as evaluation
    from suite.speech import data as sources
    from suite.speech import spotter

    picture = evaluation.picture_beside(report)
    model = spotter.load(artefact)
    source = _source(Path(artefact), data)
    split = data.split or ("test" if sources.has_split(source, "test") else "validation")
    if stream:
        return _evaluate_stream(model, source, split, report, picture)
    clips = sources.load(source, split, model.labels)
    probabilities = model.probabilities(clips.waveforms)
    result = evaluation.report(model.labels, clips.targets, probabilities, clips.description, artefact)
    return evaluation.deliver(result, report)


def _evaluate_stream(model, source: DataConfig, split: str, report: str | None, picture: Path | None):
    from suite.files import write
    from suite.speech import data as sources
    from suite.speech import streaming

    clips, noises = (
        sources.load(source, split, model.labels),
        sources.noises(source, "train" if split == "all" else split),
    )
    result = streaming.report(model, clips, noises)
    print(result.table())
    if picture:
        write(Path(report), result.to_json())
        streaming.plot(result, picture)
        print(f"\nthe report: {report}, {picture}")
    return result


def _source(artefact: Path, data: EvalData) -> DataConfig:
    """The source to score on: what the caller says, over what the run or the version folder says."""
    from suite.artefacts import runtime

    file = runtime.config_beside(artefact)
    known = replace(load(Config, file).data if file else DataConfig(), leave_out=data.leave_out)
    if not (data.path or data.source):
        if not file:
            raise InputError(f"{artefact}: does not say what it was trained on; name the data by --data.path FOLDER")
        return known
    source, path = data.source or "folder", data.path or known.path
    if source == "folder" and not path:
        raise InputError("--data.source folder needs --data.path FOLDER")
    everything = math.inf if data.path and source != "synthetic" else known.unknown  # of a person's folder, all clips
    return replace(known, source=source, path=path, unknown=everything)
