"""The record of the task speech: one second of sound in, a word out."""

from __future__ import annotations

from pathlib import Path

from suite.problems.classification import CLASSIFICATION, warn_of_rare_labels
from suite.speech import data, networks, preprocessing
from suite.speech.config import EPOCHS, FORMER, Config, DescribeOptions, EvalOptions
from suite.speech.features import SAMPLE_RATE, SAMPLES
from suite.task import Task, lazy

TASK = Task(
    name="speech",
    summary="one second of sound in, a word out",
    config=Config,
    problem=CLASSIFICATION,
    variants=networks.VARIANTS,
    model_name=lambda config: "keyword spotter",
    model_description=lambda config: "Says which word one second of sound holds",
    example="RECORDING.wav",
    input="waveform",
    default_epochs=EPOCHS,
    splits=data.splits,
    load=data.load,
    encode=preprocessing.encode,
    build=lazy("suite.speech.model:build"),
    untrained=lazy("suite.speech.model:untrained"),
    batches=lazy("suite.speech.train:batches"),
    signatures=lazy("suite.speech.export:signatures"),
    sources=lazy("suite.speech.export:sources"),
    golden=lazy("suite.speech.examples:golden"),
    canvas=lazy("suite.speech.canvas:canvas"),
    layout=networks.layout,
    card=lazy("suite.speech.export:card"),
    card_template=Path(__file__).with_name("card.md"),
    options={"eval": EvalOptions, "describe": DescribeOptions},
    former=lambda values: FORMER,
    match=lambda options: lazy("suite.speech.noise_report:report") if options.noise else None,
    own_report=lazy("suite.speech.eval:report"),
    operating_point=lazy("suite.speech.eval:operating_point"),
    eval_data=data.eval_data,
    final_split=lambda data: "test" if data.held_out else "validation",
    folds=data.folds,
    look_at=warn_of_rare_labels,
    settings={"features": dict, "sample_rate": (SAMPLE_RATE,), "samples": (None, SAMPLES), "language": str | None},
    check=preprocessing.check,
    bench_examples=lazy("suite.speech.examples:bench_examples"),
    bench_input=lazy("suite.speech.examples:bench_input"),
    layers_module="suite.speech.model",
    commands={"predict": "suite.speech.predict:predict", "stream": "suite.speech.stream:stream"},
)
