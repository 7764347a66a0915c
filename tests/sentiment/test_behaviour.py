"""Sentences made from templates."""

import re

import numpy as np
import pytest

from suite.errors import InputError
from suite.sentiment import behaviour, data
from suite.sentiment.config import DataConfig


def words(sentences) -> set[str]:
    return {word for sentence in sentences for word in re.findall(r"[a-z]{4,}", sentence.text.lower())}


def test_every_kind_with_each_of_its_labels_and_no_slot_left():
    made = behaviour.sentences(1200, "train")
    assert {sentence.kind for sentence in made} == {*behaviour.kinds()} and len(made) == 1200
    assert {s.labels for s in made if s.kind == "plain polarity"} == {("positive",), ("negative",)}
    assert {s.labels for s in made if s.kind == "negated negative"} == {("positive", "neutral")}
    assert not [s.text for s in made if re.search(r"[{}\[\]|]|\ba [aeiou]| [.,!?]|  ", s.text, re.I) or not s.text]
    assert len({sentence.text for sentence in made}) > 1000


def test_they_repeat_with_their_seed():
    assert behaviour.sentences(50, "test", 1) == behaviour.sentences(50, "test", 1)
    assert behaviour.sentences(50, "test", 1) != behaviour.sentences(50, "test", 2)


@pytest.mark.parametrize("name", ["pos", "neg", "plain", "thing", "liked"])
def test_words_that_are_scored_are_not_learned(name):
    lists = [{*behaviour._alternatives(name, split)} for split in ("train", "validation", "test")]
    assert all(lists) and not lists[0] & lists[1] and not lists[0] & lists[2] and not lists[1] & lists[2]
    assert not lists[2] & words(s for s in behaviour.sentences(3000, "train") if s.kind == "plain polarity") or (
        name not in ("pos", "neg")
    )


def test_templates_that_are_scored_are_not_learned():
    grammar = behaviour._grammar()["kinds"]
    for kind, parts in grammar.items():
        learned, scored = ({t for ts in parts[part].values() for t in ts} for part in ("train", "held_out"))
        assert scored and (kind == "single word" or not learned & scored), kind


def test_they_join_a_training_in_its_labels(tmp_path):
    rows = "".join(f"{label} {i},{label}\n" for label in data.LABELS[3] for i in range(20))
    (tmp_path / "a.csv").write_text(f"text,label\n{rows}")
    config = DataConfig(path=str(tmp_path / "a.csv"), behaviour=600)
    plain, mixed = (data.load(c, "train") for c in (DataConfig(path=config.path), config))
    assert len(mixed) == len(plain) + 600 and mixed.raw[: len(plain)] == plain.raw
    assert set(mixed.soft_targets[len(plain) :].max(axis=1)) == {0.5, 1}
    assert len(data.load(config, "validation")) == len(data.load(DataConfig(path=config.path), "validation"))
    scored = data.load(DataConfig(source="behaviour"), "test")
    assert {*scored.groups} == {*behaviour.kinds()} and scored.labels == data.LABELS[3]
    (tmp_path / "b.csv").write_text("text,label\n" + "".join(f"{w} {i},{w}\n" for w in ("a", "b") for i in range(20)))
    with pytest.raises(InputError, match="data.behaviour: needs labels of negative, neutral, positive"):
        data.load(DataConfig(path=str(tmp_path / "b.csv"), behaviour=10), "train")


def test_other_texts_are_scored_without_them(tmp_path):
    known = DataConfig(source="sst", also=("vader",), domains=("tweets",), weights=(0.5,), behaviour=100)
    asked = data.eval_data(known, {"path": str(tmp_path / "own.csv")})
    assert (asked.kind, asked.behaviour, asked.also, asked.weights) == ("csv", 0, (), ())


def test_two_labels_leave_out_the_neutral_ones():
    made = data.load(DataConfig(source="behaviour", classes=2), "test", labels_of(("negative", "positive")))
    assert made.labels == ("negative", "positive") and set(np.asarray(made.targets)) == {0, 1}


def labels_of(labels):
    from tests.tools import about

    return about("sentiment", labels)
