"""The record of the task go: games in, the next move out."""

from __future__ import annotations

from pathlib import Path

from suite.go import networks
from suite.go.config import EPOCHS, Config, EvalOptions
from suite.go.planes import PLANES
from suite.go.report import MOVES
from suite.task import Task, lazy

TASK = Task(
    name="go",
    summary="a position in, the next move out",
    config=Config,
    problem=MOVES,
    variants=networks.VARIANTS,
    model_name=lambda config: "Go player",
    model_description=lambda config: "Gives for each point of a Go board the probability that the next move is there",
    example="GAME.sgf",
    input="board",
    default_epochs=EPOCHS,
    splits=lazy("suite.go.data:splits"),
    load=lazy("suite.go.data:load"),
    encode=lazy("suite.go.data:encode"),
    build=lazy("suite.go.model:build"),
    untrained=lazy("suite.go.model:untrained"),
    batches=lazy("suite.go.train:batches"),
    signatures=lazy("suite.go.export:signatures"),
    sources=lazy("suite.go.export:sources"),
    golden=lazy("suite.go.examples:golden"),
    canvas=lazy("suite.go.canvas:canvas"),
    layout=networks.layout,
    calibration_examples=500,
    options={"eval": EvalOptions},
    baselines=lazy("suite.go.eval:baselines"),
    match=lazy("suite.go.eval:match"),
    own_report=lazy("suite.go.eval:own_report"),
    bench_examples=lazy("suite.go.examples:bench_examples"),
    bench_input=lazy("suite.go.examples:bench_input"),
    scored_examples=20_000,
    modes=("float32", "float16", "dynamic", "int8"),
    card_template=Path(__file__).with_name("card.md"),
    settings={"planes": (PLANES,), "players": ("all", "people")},
    layers_module="suite.go.layers",
    commands={
        "predict": "suite.go.predict:predict",
        "gtp": "suite.go.gtp:gtp",
        "play": "suite.go.play:play",
    },
)
