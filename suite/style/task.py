"""The record of the task style: a photograph in, a painting out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from suite.problems.image_translation import image_translation
from suite.style import networks
from suite.style.config import FORMER, RENAMED, Config, DescribeOptions, EvalOptions, ExportOptions
from suite.task import Task, lazy

BEGUN_EPOCHS = 10  # of a training that begins with a painter


def rank_file(name: str) -> Any:
    """The largest picture, with weights as fine as there are."""
    size = next((int(part) for part in name.split("_") if part.isdigit()), 0)  # 256 for style_256_float32.tflite
    return "int8" not in name, size, "float32" in name


def resolve(config: Config) -> Config:
    """Fewer epochs than `default_epochs` for a training that begins with a painter, such as to add a style."""
    if config.training.epochs or not config.training.start:
        return config
    return replace(config, training=replace(config.training, epochs=BEGUN_EPOCHS))


TASK = Task(
    name="style",
    summary="a photograph in, a painting out",
    config=Config,
    problem=image_translation(("style", "content"), "styles"),
    variants=networks.VARIANTS,
    model_name=lambda config: "painter",
    model_description=lambda config: "Paints a photograph like a famous picture",
    example="PHOTOGRAPH.jpg --style STYLE",
    input="image",
    default_epochs={"photographs": 60, "folder": 60},
    resolve=resolve,
    splits=lambda config: ("train", "validation"),
    load=lazy("suite.style.data:load"),
    encode=lazy("suite.style.data:encode"),
    build=lazy("suite.style.model:build"),
    untrained=lazy("suite.style.model:untrained"),
    batches=lazy("suite.style.train:batches"),
    signatures=lazy("suite.style.export:signatures"),
    sources=lazy("suite.style.export:sources"),
    golden=lazy("suite.style.export:golden"),
    layout=networks.layout,
    calibration_examples=12,  # more widen the ranges: 34.3 dB at 384 pixels, 33.9 with 32 and 33.1 with 96
    modes=("float32", "float16", "int8"),
    card_template=Path(__file__).with_name("card.md"),
    options={"eval": EvalOptions, "export": ExportOptions, "describe": DescribeOptions},
    option_aliases=RENAMED,
    former=lambda values: {} if "squared" in values.get("loss", {}) else FORMER,
    own_report=lazy("suite.style.eval:report"),
    write_extras=lazy("suite.style.export:write_extras"),
    callbacks=lazy("suite.style.train:callbacks"),
    rank_file=rank_file,
    bench_input=lazy("suite.style.export:bench_input"),
    settings={"mean": [float], "std": [float], "size": (None, *range(16, 4097))},
    layers_module="suite.style.model",
    commands={"predict": "suite.style.predict:predict", "paint": "suite.style.paint:paint"},
)
