"""Training of painters: the run, learning, resuming, several trainings."""

import json
from dataclasses import asdict, replace

import keras
import numpy as np
import pytest

import suite
from suite.artefacts import metadata
from suite.commands.train import resolved
from suite.data.pictures import centre_square, resized
from suite.errors import InputError
from suite.style import images
from suite.style.config import TRAINING, Config, EvalOptions
from suite.style.eval import compare
from suite.style.losses import PerceptualLoss
from suite.style.task import TASK
from suite.training import fit
from tests.style import pictures

SHORT = {"epochs": 2, "min_steps": 3, "batch": 2, "learning_rate": 5e-3}
TINY = {"variant": "tiny"}


def test_what_a_run_holds(trained):
    about = metadata.read(trained / "model.keras")
    assert about.task == "style" and about.labels == ("style_0", "style_1")
    rows = (trained / "history.csv").read_text().splitlines()
    assert len(rows) == 3 and {"loss", "style", "content", "variation", "val_loss"} <= set(rows[0].split(","))
    assert images.read(trained / "samples" / "epoch_0002.png").shape[2] == 3
    assert (trained / "plots" / "curves.png").exists()
    metrics = json.loads((trained / "metrics.json").read_text())
    assert set(metrics["by_label"]) == {"style_0", "style_1"} and metrics["pictures"] == 2


def test_something_is_learned(trained, net):
    """The painter's loss is well below that of the photographs themselves."""
    painter = keras.saving.load_model(trained / "model.keras", compile=False)
    loss = PerceptualLoss(net)
    paintings = [loss.style_grams(resized(pictures.painting(n), 64, 64)[None]) for n in range(2)]
    square = centre_square(pictures.photograph(9), 64)[None]

    def total(picture, number):
        return float(loss(picture, loss.content_features(square), paintings[number])["total"][0])

    painted = [
        total(painter([square, np.eye(2, dtype=np.float32)[[n]], np.ones((1, 1), np.float32)]), n) for n in range(2)
    ]
    assert np.mean(painted) < 0.8 * np.mean([total(square, n) for n in range(2)])


@pytest.mark.slow
def test_a_stopped_training_resumes_as_if_it_had_not_been(tmp_path, net, monkeypatch):
    photographs, paintings = pictures.folders(tmp_path)
    data = {"path": photographs, "styles": (paintings,), "painting": 32, "size": 32}
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    options = dict(data=data, loss=asdict(net), model=TINY, training=SHORT)
    suite.train("style", **options, run=str(whole))
    checkpoint = fit.checkpoint

    def killed(*arguments):
        checkpoint(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "checkpoint", killed)
    with pytest.raises(KeyboardInterrupt, match="resume by python -m suite.style train --resume"):
        suite.train("style", **options, run=str(stopped))
    monkeypatch.setattr(fit, "checkpoint", checkpoint)
    suite.train("style", resume=str(stopped))
    first, second = (
        keras.saving.load_model(folder / "model.keras", compile=False).get_weights() for folder in (whole, stopped)
    )
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(first, second, strict=True))


def test_bad_data_leaves_nothing_behind(tmp_path, net):
    photographs, _ = pictures.folders(tmp_path)
    with pytest.raises(InputError, match="data.styles: not given"):
        suite.train("style", data={"path": photographs}, loss=asdict(net), run=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_painter_beside_gatys(trained, net):
    painter = keras.saving.load_model(trained / "model.keras", compile=False)
    loss = PerceptualLoss(net)
    square, painting = centre_square(pictures.photograph(3), 48), resized(pictures.painting(0), 48, 48)

    def paint(image):
        return painter([image[None], np.float32([[0, 1]]), np.ones((1, 1), np.float32)])[0]

    pair = compare(paint, loss, square, "style_1", painting, (2, 6))
    assert pair.gatys[6].losses["total"] < pair.gatys[2].losses["total"]
    target = loss.content_features(square[None]), loss.style_grams(painting[None])
    painted, gatys = (float(loss(p[None], *target)["total"][0]) for p in (paint(square).numpy(), pair.gatys[6].values))
    assert pair.ratio(6) == pytest.approx(painted / gatys, rel=1e-4)
    assert pair.painted.shape == (48, 48, 3) and pair.seconds > 0


@pytest.mark.slow
def test_of_several_trainings_the_one_with_the_least_loss_is_the_best(configured, tmp_path, capsys):
    groups = {name: asdict(getattr(configured, name)) for name in ("data", "loss", "model")}
    short = {**SHORT, "epochs": 1, "min_steps": 1}
    best = suite.train("style", **groups, training=short, seeds=2, run=str(tmp_path / "two"))
    losses = {
        seed: json.loads((tmp_path / "two" / seed / "metrics.json").read_text())["total"]
        for seed in ("seed_1", "seed_2")
    }
    assert best.name == min(losses, key=losses.get)
    told = capsys.readouterr().out
    assert f"2 trainings: seed_1 {losses['seed_1']:.4f}, seed_2 {losses['seed_2']:.4f}" in told


@pytest.mark.slow
def test_a_training_begins_with_another_painters_weights(trained, configured, tmp_path):
    data, loss = asdict(configured.data), asdict(configured.loss)
    options = dict(
        loss=loss,
        model=TINY,
        training={**SHORT, "epochs": 1, "min_steps": 1, "learning_rate": 1e-9, "start": str(trained)},
    )
    run = suite.train("style", data=data, **options, run=str(tmp_path / "run"))
    first, second = (
        keras.saving.load_model(folder / "model.keras", compile=False).get_weights() for folder in (trained, run)
    )
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(first, second, strict=True))
    with pytest.raises(InputError, match="training.start: .*: is another network"):
        suite.train("style", data=data, **{**options, "model": {"variant": "small"}}, run=str(tmp_path / "other"))


def test_a_new_style_is_added_and_the_others_stay_as_they_are(trained, configured, tmp_path):
    new = pictures.save(pictures.painting(7), tmp_path / "New One.png")
    data, training = asdict(configured.data), {**SHORT, "start": str(trained)}
    options = dict(loss=asdict(configured.loss), model=TINY, training=training)
    run = suite.train("style", data={**data, "styles": (str(new),)}, **options, run=str(tmp_path / "run"))
    about = metadata.read(run / "model.keras")
    assert about.labels == ("style_0", "style_1", "new_one") and about.settings["learned"] == ["new_one"]
    before, after = (keras.saving.load_model(folder / "model.keras", compile=False) for folder in (trained, run))
    for old, now in zip(before.weights, after.weights, strict=True):
        own = old.path.endswith(("/scale", "/shift"))
        assert np.array_equal(old, now[:2] if own else now), old.path
    scales = [weight for weight in after.weights if weight.path.endswith("/scale")]
    assert any(np.abs(weight[2] - np.mean(weight[:2], axis=0)).max() > 1e-4 for weight in scales)
    assert set(json.loads((run / "metrics.json").read_text())["by_label"]) == {"new_one"}
    options = EvalOptions(pairs=1, size=64, steps=(2,), sheet=str(tmp_path / "sheet.png"))
    report = suite.evaluate(run, options=options)
    assert [pair["style"] for pair in report.pairs] == ["new_one"]


def test_adding_a_style_takes_a_sixth_of_the_steps():
    begun = Config(training=replace(TRAINING, start="a painter"))
    assert [resolved(TASK, config).training.epochs for config in (begun, Config())] == [10, 60]
    assert resolved(TASK, replace(begun, training=replace(begun.training, epochs=3))).training.epochs == 3


@pytest.mark.parametrize(
    ("names", "options", "message"),
    [
        (("style_0",), {}, "data.styles: style_0: is a style of .* already: .*style_1 is missing"),
        (("new",), {"weight_decay": 0.1}, "training.weight_decay: would change the styles that are kept"),
        (("new",), {"margin": 3}, "is another network; choose its own by --model.margin 12"),
    ],
)
def test_what_a_style_cannot_be_added_by(trained, configured, tmp_path, names, options, message):
    files = tuple(str(pictures.save(pictures.painting(7), tmp_path / f"{name}.png")) for name in names)
    training = {**SHORT, "start": str(trained), **{n: v for n, v in options.items() if n != "margin"}}
    model = TINY | {n: v for n, v in options.items() if n == "margin"}
    groups = dict(data={**asdict(configured.data), "styles": files}, loss=asdict(configured.loss), model=model)
    with pytest.raises(InputError, match=message):
        suite.train("style", **groups, training=training, run=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_the_content_may_weigh_more_in_one_style(configured, tmp_path):
    groups = dict(data=asdict(configured.data), model=TINY, training={**SHORT, "epochs": 1, "min_steps": 1})
    loss = asdict(configured.loss)
    with pytest.raises(InputError, match="loss.contents: udnie: is no style; there are style_0, style_1"):
        suite.train("style", **groups, loss={**loss, "contents": ("udnie=.4",)}, run=str(tmp_path / "none"))
    run = suite.train("style", **groups, loss={**loss, "contents": ("style_1=2",)}, run=str(tmp_path / "run"))
    by_label = json.loads((run / "metrics.json").read_text())["by_label"]
    for name, weight in {"style_0": loss["content"], "style_1": 2.0}.items():
        row = by_label[name]
        variation = (row["total"] - row["style"] - weight * row["content"]) / row["variation"]
        assert variation == pytest.approx(configured.loss.resolved().variation, rel=1e-2)
