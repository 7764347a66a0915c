"""Measures of keyword spotters in streams: the report of `eval --stream`, and the settings of a version."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from suite.artefacts.runtime import Artefact
from suite.speech import data, stream_report
from suite.speech.config import Config, EvalOptions
from suite.task import Examples, load_split


def report(model: Artefact, config: Config, split: str, options: EvalOptions) -> stream_report.StreamReport | None:
    """With --stream, the report on an hour composed of the split's clips, and five hours of noise."""
    if not options.stream:
        return None
    clips = load_split(model.task, config.data, split, model.about)
    name = "train" if split == "all" else split
    return stream_report.report(model, clips, data.noises(config.data, name), data.noise_alone("test"))


def operating_point(model: Artefact, validation: Examples, config: Config) -> tuple[dict[str, Any], dict[str, Any]]:
    """Threshold and smoothing of the detection in streams, chosen on the validation split, and the report on it."""
    noises = data.noises(config.data, "validation")
    alone = data.noise_alone("validation")
    hour = stream_report.SECONDS
    report = stream_report.report(model, validation, noises, alone, choose_settings=True, noise_seconds=hour)
    return {"stream": asdict(report.settings)}, {"stream": asdict(report)}
