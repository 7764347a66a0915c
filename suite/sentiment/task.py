"""The record of the task sentiment: a sentence in, negative, neutral or positive (or another label) out."""

from __future__ import annotations

from pathlib import Path

from suite.problems.classification import CLASSIFICATION, warn_of_rare_labels
from suite.sentiment import data, networks, text
from suite.sentiment.config import EPOCHS, Config, DescribeOptions
from suite.task import Task, lazy

TASK = Task(
    name="sentiment",
    summary="a sentence in, negative, neutral or positive (or another label) out",
    config=Config,
    problem=CLASSIFICATION,
    variants=networks.VARIANTS,
    model_name=lambda config: "text classifier",
    model_description=lambda config: "Says which label a sentence has",
    example="'A sentence.'",
    input="ids",
    default_epochs=EPOCHS,
    splits=data.splits,
    load=data.load,
    encode=text.encode,
    build=lazy("suite.sentiment.model:build"),
    untrained=lazy("suite.sentiment.model:untrained"),
    batches=lazy("suite.sentiment.train:batches"),
    signatures=lazy("suite.sentiment.export:signatures"),
    sources=lazy("suite.sentiment.export:sources"),
    golden=lazy("suite.sentiment.examples:golden"),
    canvas=lazy("suite.sentiment.canvas:canvas"),
    layout=networks.layout,
    calibration_examples=500,
    modes=("float32", "float16", "dynamic", "int8"),  # no microcontroller looks words up
    card_template=Path(__file__).with_name("card.md"),
    options={"describe": DescribeOptions},
    layers_module="suite.sentiment.layers",
    baselines=lazy("suite.sentiment.eval:baselines"),
    outputs_report=lazy("suite.sentiment.eval:report"),
    look_at=warn_of_rare_labels,
    settings={"vocabulary": [str], "length": range(1, 4097), "dimensions": range(1, 4097), "delimiter": str},
    eval_data=data.eval_data,
    former=data.former,
    final_split=lambda data: "test" if data.folds else "validation",
    folds=data.folds,
    bench_examples=lazy("suite.sentiment.examples:bench_examples"),
    bench_input=lazy("suite.sentiment.examples:bench_input"),
    commands={"predict": "suite.sentiment.predict:predict", "narrow": "suite.sentiment.narrow:narrow"},
)
