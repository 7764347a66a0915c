"""Configurations of text classifiers."""

import pytest

from suite.errors import InputError
from suite.sentiment.config import EPOCHS, AugmentConfig, DataConfig, ModelConfig


def test_the_source_is_told_by_the_path(tmp_path):
    kinds = {None: "vader", str(tmp_path): "sst", "a.csv": "csv", "a.TSV": "csv", "TREC.train.all": "lines"}
    assert {path: DataConfig(path=path).kind for path in kinds} == kinds
    assert DataConfig(source="lines", path="a.csv").kind == "lines"
    (tmp_path / "pos").mkdir()
    assert DataConfig(path=str(tmp_path)).kind == "folder"
    (tmp_path / "train.txt").write_text("")
    assert DataConfig(path=str(tmp_path)).kind == "sst"
    assert set(EPOCHS) == {"vader", "sst", "semeval", "behaviour", "csv", "lines", "folder"}


def test_further_sources_are_names_or_paths(tmp_path):
    config = DataConfig(path="a.csv", also=("vader", str(tmp_path), "b.txt"), domains=("tweets",), folds=5)
    assert [other.kind for other in config.others] == ["vader", "sst", "lines"]
    assert {(other.also, other.folds) for other in config.others} == {((), 0)}


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        (DataConfig, {"source": "csv"}, "data.path: the source csv needs"),
        (DataConfig, {"domains": ()}, "data.domains: none"),
        (DataConfig, {"domains": ("films", "films")}, "each once"),
        (DataConfig, {"classes": 5}, "data.classes: 5: the source vader"),
        (DataConfig, {"folds": 10}, "data.folds: 10: the source vader"),
        (DataConfig, {"path": "a.csv", "folds": 1}, "data.folds: 1: expected"),
        (DataConfig, {"path": "a.csv", "folds": 5, "fold": 6}, "data.fold: 6: expected"),
        (DataConfig, {"path": "a.csv", "fold": 2}, "data.fold: 2: expected"),
        (DataConfig, {"source": "sst", "also": ("vader",)}, "data.domains: films: these sentences are in sst"),
        (DataConfig, {"also": ("sst",)}, "data.domains: films"),
        (DataConfig, {"also": ("csv",)}, "data.path: the source csv needs"),
        (DataConfig, {"source": "sst", "classes": 5, "also": ("vader",)}, "data.classes: 5"),
        (DataConfig, {"seed": -1}, "data.seed: -1"),
        (AugmentConfig, {"word_dropout": 1.0}, "augment.word_dropout: 1.0"),
        (DataConfig, {"balance": -1.0}, "data.balance: -1.0"),
        (ModelConfig, {"path": "glove.zip"}, "model.path: a file"),
        (ModelConfig, {"embeddings": "hub"}, "model.handle: a module"),
        (ModelConfig, {"trainable": False}, "model.trainable: false"),
        (ModelConfig, {"length": 0}, "model.length: 0: expected a whole number from 5"),
    ],
)
def test_what_cannot_be_is_one_line(kind, options, told):
    with pytest.raises(InputError, match=told) as error:
        kind(**options)
    assert "\n" not in str(error.value)
