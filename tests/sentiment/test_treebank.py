"""The Stanford Sentiment Treebank's trees and parts."""

import numpy as np
import pytest

from suite.errors import InputError
from suite.sentiment import data, treebank
from suite.sentiment.config import DataConfig
from suite.sentiment.task import TASK
from suite.task import load_split

TREE = "(3 (2 It) (4 (2 (2 is) (2 n't)) (1 (2 -LRB-) (1 (1 bad) (2 -RRB-)))))"


@pytest.fixture
def sst(tmp_path):
    """`sst(train=20, dev=5)` writes so many trees into each file; the labels go round from 0 to 4."""

    def make(**counts: int):
        for part, count in counts.items():
            trees = [f"({i % 5} (2 {part}) ({(i + 1) % 5} word{i}))" for i in range(count)]
            (tmp_path / f"{part}.txt").write_text("\n".join(trees) + "\n", encoding="utf-8")
        return tmp_path

    return make


def test_a_tree_with_its_phrases_as_people_write_them():
    nodes = treebank.parse(TREE)
    assert nodes[-1] == (3, "It isn't ( bad )") and len(nodes) == 11
    assert (2, "isn't") in nodes and (1, "bad") in nodes and (1, "bad )") in nodes


@pytest.mark.parametrize("line", [TREE[:-1], TREE + ")", TREE + TREE, "(7 bad)", "(bad)", "(2 )", "bad", "()", ")("])
def test_a_damaged_tree_is_named_with_its_line(sst, line):
    file = sst(train=10) / "train.txt"
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(InputError, match=r"train.txt, line 11: no tree"):
        data.load(DataConfig(path=str(file.parent)), "train")


def test_two_three_and_five_classes(sst):
    folder = str(sst(train=10, dev=5, test=15))
    for classes, counts in {2: [6, 6], 3: [6, 3, 6], 5: [3] * 5}.items():
        texts = data.load(DataConfig(path=folder, classes=classes), "test")
        assert np.bincount(texts.targets).tolist() == counts and texts.labels == data.LABELS[classes]
    assert len(load_split(TASK, DataConfig(path=folder), "all")) == 30
    assert data.load(DataConfig(path=folder), "validation").raw[0] == "dev word0"


def test_phrases_are_learned_from_and_sentences_scored(sst):
    config = DataConfig(path=str(sst(train=10, dev=5)), phrases=True)
    train = data.load(config, "train")
    assert len(train) == 1 + 2 * 10 and "train" in train.raw and "word3" in train.raw and "phrases" in train.description
    assert len(load_split(TASK, config, "validation")) == 5


def test_any_of_the_files_is_enough(sst):
    folder = sst(train=50)
    config = DataConfig(path=str(folder), phrases=True)
    held_out = data.load(config, "validation")
    assert len(held_out) == 5 and not set(held_out.raw) & set(data.load(config, "train").raw)
    assert "test" not in data.splits(config)
    with pytest.raises(InputError, match="has no test split"):
        load_split(TASK, config, "test")
    (folder / "train.txt").rename(folder / "test.txt")
    assert len(data.load(config, "test")) == 50 and "validation" not in data.splits(config)


def test_a_folder_of_something_else(tmp_path):
    with pytest.raises(InputError, match=r"no train.txt, dev.txt, test.txt"):
        data.load(DataConfig(path=str(tmp_path)), "train")
