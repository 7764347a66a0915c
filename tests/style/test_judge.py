"""The judge: distances of a painter's pictures by a network that no loss used."""

import json
from dataclasses import replace

import keras
import pytest

from suite.errors import InputError
from suite.pretrained import efficientnet
from suite.style import artefact
from suite.style.config import EvalOptions
from suite.style.eval import report
from suite.style.judge import judge


@pytest.fixture
def net(monkeypatch):
    """Colours and their halves, in place of EfficientNet-Lite0's features."""
    image = keras.Input((None, None, 3))
    made = keras.Model(image, [image, keras.layers.AveragePooling2D(2)(image)])
    monkeypatch.setattr(efficientnet, "load", lambda: made)
    return made


class Copyist(artefact.Painter):
    """Gives the photograph back, or the painting that it was told to."""

    def __init__(self, painter, pictures):
        super().__init__(painter.artefact)
        object.__setattr__(self, "pictures", pictures)

    def run(self, picture, weights, strength):
        return self.pictures.get(self.styles[int(weights.argmax())], picture)


def test_photographs_have_no_distance_from_themselves_nor_a_painting(net, trained, configured):
    from suite.style import data

    painter = artefact.load(trained)
    own = data.paintings_of(painter.artefact.about, configured.data.styles, 64)
    first, second = painter.styles
    verdict = judge(Copyist(painter, {second: own[second][:64, :64]}), net, configured.data, "validation", 64, 3)
    untouched, copied = verdict.styles[first], verdict.styles[second]
    assert untouched["content"] == pytest.approx(0, abs=1e-6) and untouched["share"] == pytest.approx(1)
    assert untouched["style"] > 0.05 and copied["share"] < 0.2 and copied["content"] > 0.005


def test_eval_judges_every_style(net, trained, configured, tmp_path):
    painter = artefact.load(trained)
    verdict = report(painter.artefact, configured, "validation", EvalOptions(size=64, judge=True, photographs=2))
    assert tuple(verdict.styles) == painter.styles and verdict.n <= 2
    assert all(name in verdict.table() for name in painter.styles) and "which no loss used" in verdict.table()
    assert json.loads(verdict.to_json())["styles"].keys() == verdict.styles.keys()
    verdict.plot(tmp_path / "verdict.png")
    assert (tmp_path / "verdict.png").stat().st_size > 3000


def test_a_painting_that_is_missing_is_named(net, trained, configured):
    painter = artefact.load(trained)
    one = replace(configured.data, styles=(str(next(iter(_files(configured)))),))
    with pytest.raises(InputError, match="no painting called"):
        judge(painter, net, one, "validation", 64, 1)


def _files(config):
    from pathlib import Path

    return sorted(Path(config.data.styles[0]).iterdir())


def test_options_of_the_comparison_are_refused():
    for changes in ({"pairs": 3}, {"steps": (10,)}, {"net": "vgg16"}, {"sheet": "other.png"}):
        with pytest.raises(InputError, match="leave out pairs, steps, net and sheet"):
            EvalOptions(judge=True, **changes)
    assert EvalOptions(judge=True, size=384, photographs=3).judge
