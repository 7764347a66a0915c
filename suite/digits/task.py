"""The record of the task digits: a picture in, a digit (or another class) out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from suite.digits import networks
from suite.digits.config import EPOCHS, LARGEST, SIZE, Config, DescribeOptions
from suite.problems.classification import CLASSIFICATION, warn_of_rare_labels
from suite.task import Task, lazy


def _reads_digits(config: Any) -> bool:
    return config.data.preparation == "digit"


TASK = Task(
    name="digits",
    summary="a picture in, a digit (or another class) out",
    config=Config,
    problem=CLASSIFICATION,
    variants=networks.VARIANTS,
    model_name=lambda config: "digit reader" if _reads_digits(config) else "picture classifier",
    model_description=lambda config: (
        "Says which digit a picture shows" if _reads_digits(config) else "Says of which class a picture is"
    ),
    example="PICTURE.png",
    input="image",
    default_epochs=EPOCHS,
    resolve=lambda config: replace(config, model=replace(config.model, variant=config.model.name(config.data.size))),
    splits=lazy("suite.digits.data:splits"),
    load=lazy("suite.digits.data:load"),
    encode=lazy("suite.digits.data:encode"),
    build=lazy("suite.digits.model:build"),
    untrained=lazy("suite.digits.model:untrained"),
    batches=lazy("suite.digits.train:batches"),
    signatures=lazy("suite.digits.export:signatures"),
    sources=lazy("suite.digits.export:sources"),
    golden=lazy("suite.digits.examples:golden"),
    canvas=lazy("suite.digits.canvas:canvas"),
    layout=networks.layout,
    calibration_examples=500,
    card_template=Path(__file__).with_name("card.md"),
    options={"describe": DescribeOptions},
    baselines=lazy("suite.digits.eval:baselines"),
    look_at=warn_of_rare_labels,
    settings={
        "channels": (1, 3),
        "size": (None, *range(SIZE, LARGEST + 1)),
        "prepare": (None, "digit", "picture"),
        "mean": [float],
        "std": [float],
    },
    eval_data=lazy("suite.digits.data:eval_data"),
    bench_examples=lazy("suite.digits.examples:bench_examples"),
    bench_input=lazy("suite.digits.examples:bench_input"),
    commands={"predict": "suite.digits.predict:predict"},
)
