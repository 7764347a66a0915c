"""The text classifier's Keras model."""

import numpy as np

from suite.artefacts.metadata import Metadata
from suite.sentiment import data, text
from suite.sentiment.config import Config, DataConfig, ModelConfig
from suite.sentiment.model import build


def test_the_vocabulary_is_that_of_the_training_split(tmp_path):
    """Each text has a word of its own, so words of the other splits would be seen."""
    lines = [f"{label} common word{i}{label}" for i in range(20) for label in "ab"]
    (tmp_path / "texts.txt").write_text("\n".join(lines))
    config = Config(DataConfig(path=str(tmp_path / "texts.txt")), ModelConfig(dimensions=4, lexicon=False))
    training = data.load(config.data, "train")
    vocabulary = build(config, training).settings["vocabulary"]
    assert set(vocabulary[2:]) == {word for text in training.raw for word in text.split()} and len(vocabulary) < 2 + 41


def test_a_long_text_is_read_to_its_end(tmp_path):
    lines = [f"{label} common {label}{label} {i}" for label in "ab" for i in range(9)]
    (tmp_path / "texts.txt").write_text("\n".join(lines))
    config = Config(DataConfig(path=str(tmp_path / "texts.txt")), ModelConfig(dimensions=4, lexicon=False))
    built = build(config, data.load(config.data, "train"))
    texts = ["common " * 200 + end for end in ("aa", "bb")]
    (ids,) = text.encode(texts, Metadata("sentiment", ("a", "b"), "ids", built.settings), {"ids": (None,)}).values()
    one, other = np.asarray(built.saved(ids))
    assert np.abs(one - other).max() > 1e-3 and text.account_of_length(texts, built.settings["length"]) == ""
