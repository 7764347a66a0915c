"""`train`: what a run holds, that something is learned, and that a stopped training goes on as if nothing had been."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from suite.artefacts import metadata
from suite.config import load
from suite.errors import InputError
from suite.style import comparison, fitting, inputs
from suite.style.config import Config, DataConfig, ModelConfig
from suite.style.losses import Judge
from suite.style.train import train
from suite.training import run_folder as runs
from suite.training import series
from tests.style import pictures
from tests.style.conftest import TRAINING


def test_what_a_run_holds(trained):
    about = metadata.read(trained / "model.keras")
    assert about.task == "style" and about.labels == ("style_0", "style_1")
    rows = (trained / "history.csv").read_text().splitlines()
    assert len(rows) == 3 and rows[0].startswith("epoch,total,style,content,variation,val_total")
    assert inputs.read(trained / "samples" / "epoch_0002.png").shape[2] == 3
    assert (trained / "plots" / "curves.png").exists() and list((trained / "tensorboard").glob("events*"))
    metrics = json.loads((trained / "metrics.json").read_text())
    assert set(metrics["styles"]) == {"style_0", "style_1"} and metrics["pictures"] == 2


def test_something_is_learned(trained, net):
    painter = keras.saving.load_model(trained / "model.keras")
    judge = Judge(net)
    paintings = [judge.style_of(inputs.resized(pictures.painting(n), 64, 64)[None]) for n in range(2)]
    paintings = {layer: np.concatenate([one[layer] for one in paintings]) for layer in net.style_layers}
    square = inputs.square(pictures.photograph(9), 64)[None]
    _, losses = fitting.look(painter, judge, paintings, np.repeat(square, 2, axis=0), np.arange(2))
    untouched = [
        float(
            judge.losses(square, judge.content_of(square), {k: v[n : n + 1] for k, v in paintings.items()})["total"][0]
        )
        for n in range(2)
    ]
    assert losses["total"].mean() < 0.8 * np.mean(untouched)


def test_a_stopped_training_goes_on_as_if_nothing_had_been(tmp_path, net, monkeypatch):
    photographs, paintings = pictures.folders(tmp_path)
    data = DataConfig(path=photographs, styles=(paintings,), painting=32)
    config = Config(data, net, ModelConfig("tiny"), replace(TRAINING, steps=3))
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    options = dict(data=data, loss=net, model=config.model, training=config.training)
    train(**options, run=str(whole))

    keep = fitting._keep

    def killed(painter, history, *rest):
        keep(painter, history, *rest)
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "_keep", killed)
    with pytest.raises(KeyboardInterrupt, match="go on with python -m suite.style train --resume"):
        train(**options, run=str(stopped))
    monkeypatch.setattr(fitting, "_keep", keep)
    train(resume=str(stopped))
    first, second = (keras.saving.load_model(folder / "model.keras").get_weights() for folder in (whole, stopped))
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(first, second, strict=True))


def test_bad_data_leaves_nothing_behind(tmp_path, net):
    photographs, _ = pictures.folders(tmp_path)
    with pytest.raises(InputError, match="data.styles: not given"):
        train(data=DataConfig(path=photographs), loss=net, run=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_painter_beside_gatys(trained, net):
    painter = keras.saving.load_model(trained / "model.keras")
    judge = Judge(net)
    grams = judge.style_of(inputs.resized(pictures.painting(0), 48, 48)[None])
    grams = {layer: np.repeat(gram, 2, axis=0) for layer, gram in grams.items()}
    squares = inputs.square(pictures.photograph(3), 48)[None]

    def paint(image, styles):
        return painter([image, styles, np.ones((1, 1), np.float32)])

    (pair,) = comparison.compare(paint, judge, grams, squares, [1], steps=(2, 6))
    assert pair.gatys[6].losses["total"] < pair.gatys[2].losses["total"]
    assert pair.ratio(6) == pytest.approx(pair.losses["total"] / pair.gatys[6].losses["total"])
    assert pair.fast.shape == (48, 48, 3) and pair.seconds > 0


def test_the_configuration_comes_back(trained):
    config = load(Config, runs.open_run(str(trained)).config)
    assert config.training.steps == TRAINING.steps and config.loss.style_layers == ("block1_conv1", "block2_conv1")
    assert series.resolved(config, None, None, False, {}).data.styles == config.data.styles


def test_of_several_trainings_the_one_with_the_least_loss_is_the_best(trained, net, tmp_path, capsys):
    config = load(Config, trained / "config.yaml")
    short = replace(config.training, epochs=1, steps=1)
    best = train(data=config.data, loss=net, model=config.model, training=short, seeds=2, run=str(tmp_path / "two"))
    losses = {
        seed: json.loads((tmp_path / "two" / seed / "metrics.json").read_text())["total"]
        for seed in ("seed_1", "seed_2")
    }
    assert best.name == min(losses, key=losses.get)
    told = capsys.readouterr().out
    assert f"2 trainings: seed_1 {losses['seed_1']:.4f}, seed_2 {losses['seed_2']:.4f}" in told


def test_a_training_begins_with_another_painters_weights(trained, net, tmp_path):
    config = load(Config, trained / "config.yaml")
    begun = replace(config.training, start=str(trained), epochs=1, steps=1, learning_rate=1e-9)
    options = dict(loss=net, model=config.model, training=begun)
    run = train(data=config.data, **options, run=str(tmp_path / "run"))
    first, second = (keras.saving.load_model(folder / "model.keras").get_weights() for folder in (trained, run))
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(first, second, strict=True))
    one = replace(config.data, styles=(f"{config.data.styles[0]}/Style 0.png",))
    with pytest.raises(InputError, match="training.start: .* has style_0, style_1; it must have style_0"):
        train(data=one, **options, run=str(tmp_path / "other"))
