"""The baselines of text classifiers."""

import numpy as np
import pytest

from suite.problems.classification import comparison_table
from suite.sentiment.data import LABELS
from suite.sentiment.eval import baselines
from suite.task import Examples

SENTENCES = (
    "I love this phone, it is GREAT!!!",
    "The worst film I have ever seen :(",
    "The train leaves at nine.",
    "It is not bad at all.",
    "A table with four legs",
    "This is kind of awful, but the ending was wonderful.",
)


def texts(sentences, targets, labels=LABELS[3], domains=()) -> Examples:
    return Examples(tuple(sentences), np.array(targets), labels, "made up", tuple(domains))


@pytest.fixture
def training() -> Examples:
    words = {0: ("awful", "poor"), 1: ("table", "train"), 2: ("great", "lovely")}
    rows = [(f"The {words[i % 3][i % 2]} thing {i % 5}", i % 3) for i in range(60)]
    return texts(*zip(*rows, strict=True))


def test_vader_answers_as_its_own_analyser_does(training):
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    answers = baselines(training, texts(SENTENCES, [2, 0, 1, 2, 1, 2]))["VADER"]
    analyser = SentimentIntensityAnalyzer()
    for sentence, row in zip(SENTENCES, answers, strict=True):
        compound = analyser.polarity_scores(sentence)["compound"]
        # https://github.com/cjhutto/vaderSentiment, "About the Scoring"
        expected = "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"
        assert LABELS[3][row.argmax()] == expected and row.sum() == 1, sentence
    assert set(answers.argmax(1)) == {0, 1, 2}


def test_vader_has_no_answer_for_other_labels(training):
    labels = ("a", "b", "c")
    assert set(baselines(training, texts(SENTENCES[:1], [0], labels))) == {"TF-IDF"}


def test_tf_idf_learns_from_words_and_pairs_of_them(training):
    asked = texts(("an awful train", "a lovely table", "what a train"), [0, 2, 1])
    probabilities = baselines(training, asked)["TF-IDF"]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert probabilities[2].argmax() == 1 and probabilities[1, 2] > probabilities[1, 0]
    pairs = [("not good", 0), ("good", 2), ("not bad", 2), ("bad", 0)] * 10
    learned = baselines(texts(*zip(*pairs, strict=True)), texts(("not good", "not bad"), [0, 2]))["TF-IDF"]
    assert learned.argmax(axis=1).tolist() == [0, 2]  # the words alone say the opposite
    assert (learned[:, 1] == 0).all()  # a label that training had no text of


def test_the_table_has_a_row_for_each_and_every_domain():
    asked = texts(SENTENCES[:4], [2, 0, 1, 1], domains=("tweets", "films", "tweets", "films"))
    right = np.eye(3)[asked.targets]
    table = comparison_table({"the network": right, "VADER": np.roll(right, 1, axis=1)}, asked)
    rows = [line.split()[-5:] for line in table.splitlines()[1:]]
    assert [(row[0], row[1], row[4]) for row in rows] == [
        (domain, share, count)
        for domain, count in {"all": "4", "films": "2", "tweets": "2"}.items()
        for share in ("100.00%", "0.00%")
    ]
