"""The record of the task speech: one second of sound in, a word out."""

from __future__ import annotations

from pathlib import Path

from suite.problems.classification import CLASSIFICATION
from suite.speech import data, inputs, networks
from suite.speech.config import EPOCHS, Config, DescribeOptions, EvalOptions
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
    epochs=EPOCHS,
    splits=data.splits,
    load=data.load,
    encode=inputs.encode,
    build=lazy("suite.speech.model:build"),
    batches=lazy("suite.speech.train:batches"),
    signatures=lazy("suite.speech.export:signatures"),
    sources=lazy("suite.speech.export:sources"),
    golden=lazy("suite.speech.examples:golden"),
    layout=networks.layout,
    card=lazy("suite.speech.export:card"),
    card_template=Path(__file__).with_name("card.md"),
    options={"eval": EvalOptions, "describe": DescribeOptions},
    measure=lazy("suite.speech.eval:measure"),
    operating_point=lazy("suite.speech.eval:operating_point"),
    rescored=data.rescored,
    final_split=lambda data: "test" if data.held_out else "validation",
    folds=data.folds,
    check=inputs.check,
    bench_examples=lazy("suite.speech.examples:bench_examples"),
    bench_input=lazy("suite.speech.examples:bench_input"),
    objects="suite.speech.model",
    commands={"predict": "suite.speech.predict:predict", "stream": "suite.speech.stream:stream"},
)
