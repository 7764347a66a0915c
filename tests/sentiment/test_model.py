"""The text classifier's Keras model."""

from suite.sentiment import data
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
