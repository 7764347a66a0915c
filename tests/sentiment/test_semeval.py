"""SemEval's tweets, as TweetEval has them."""

import pytest

from suite.data import downloads
from suite.errors import InputError
from suite.sentiment import data, semeval
from suite.sentiment.config import DataConfig


@pytest.fixture
def folder(tmp_path):
    """TweetEval's files, without a test part."""
    for part, count in {"train": 6, "val": 3}.items():
        (tmp_path / f"{part}_text.txt").write_text("".join(f"{part} tweet {i}\n" for i in range(count)))
        (tmp_path / f"{part}_labels.txt").write_text("".join(f"{i % 3}\n" for i in range(count)))
    return tmp_path


def test_a_folder_of_tweeteval_s_files(folder):
    config = DataConfig(source="semeval", path=str(folder))
    assert data.splits(config) == ("train", "validation")
    train = data.load(config, "train")
    assert train.raw[:2] == ("train tweet 0", "train tweet 1") and list(train.targets) == [0, 1, 2] * 2
    assert train.labels == ("negative", "neutral", "positive") and len(data.load(config, "validation")) == 3


def test_a_table_with_its_own_splits(tmp_path):
    rows = ["text,label,split", '"Great, again!",positive,train', "so bad,negative,validation", "!!!,neutral,train"]
    (tmp_path / "tweets.csv").write_text("\n".join(rows))
    read = semeval.read(str(tmp_path / "tweets.csv"))
    assert read == {"train": [("Great, again!", "positive")], "validation": [("so bad", "negative")], "test": []}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("train_labels.txt", "0\n1\n", "has 6 lines, train_labels.txt 2 labels"),
        ("train_labels.txt", "0\n1\n2\n3\n1\n1\n", "labels of 0, 1 and 2"),
    ],
)
def test_labels_that_do_not_fit(folder, name, content, told):
    (folder / name).write_text(content)
    with pytest.raises(InputError, match=told):
        semeval.read(str(folder))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("text,label\na,positive\n", "its header is not text,label,split"),
        ("text,label,split\na,good,train\n", "'good'"),
    ],
)
def test_tables_that_do_not_fit(tmp_path, content, told):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(InputError, match=told):
        semeval.read(str(tmp_path / "t.csv"))


def test_it_joins_another_source_by_its_path_and_weight(folder, tmp_path):
    (tmp_path / "own.csv").write_text(
        "text,label\n" + "".join(f"{w} {i},{w}\n" for w in data.LABELS[3] for i in range(20))
    )
    own = {"path": str(tmp_path / "own.csv"), "also": (f"semeval={folder}",)}
    mixed = data.load(DataConfig(**own, weights=(0.25,)), "train")
    assert mixed.raw[-6:] == tuple(f"train tweet {i}" for i in range(6))
    assert set(mixed.weights[:-6]) == {1} and set(mixed.weights[-6:]) == {0.25}
    with pytest.raises(InputError, match=r"data.weights: 2 numbers"):
        DataConfig(**own, weights=(1, 2))


def test_what_was_fetched_is_counted(tmp_path, monkeypatch):
    """No checksum of the files is published."""
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path))
    monkeypatch.setattr(downloads, "_download", lambda url, partial: partial.write_text("0\n"))
    semeval.read.cache_clear()
    with pytest.raises(InputError, match="TweetEval: fetched .*expected .*45615"):
        semeval.read(None)
