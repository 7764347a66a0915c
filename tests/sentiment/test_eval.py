"""The baselines of text classifiers."""

from dataclasses import replace

import numpy as np
import pytest

from suite.problems.classification import comparison_table
from suite.sentiment.data import LABELS
from suite.sentiment.eval import baselines, report
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
    assert set(baselines(training, texts(SENTENCES[:1], [0], labels))) == {"TF-IDF", "NB-SVM", "SVM"}


def test_tf_idf_learns_from_words_and_pairs_of_them(training):
    asked = texts(("an awful train", "a lovely table", "what a train"), [0, 2, 1])
    probabilities = baselines(training, asked)["TF-IDF"]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert probabilities[2].argmax() == 1 and probabilities[1, 2] > probabilities[1, 0]
    pairs = [("not good", 0), ("good", 2), ("not bad", 2), ("bad", 0)] * 10
    learned = baselines(texts(*zip(*pairs, strict=True)), texts(("not good", "not bad"), [0, 2]))["TF-IDF"]
    assert learned.argmax(axis=1).tolist() == [0, 2]  # the words alone say the opposite
    assert (learned[:, 1] == 0).all()  # a label that training had no text of


@pytest.mark.parametrize("name", ["NB-SVM", "SVM"])
def test_the_support_vector_machines_learn_pairs_of_words(name):
    pairs = [("not good", 0), ("good", 2), ("not bad", 2), ("bad", 0)] * 10
    asked = texts(("it is not good", "it is not bad"), [0, 2])
    answers = baselines(texts(*zip(*pairs, strict=True)), asked)[name]
    assert answers.argmax(axis=1).tolist() == [0, 2] and (answers.sum(axis=1) == 1).all()


def test_parts_of_words_tell_the_svm_what_a_misspelt_one_means():
    rows = [("wonderful", 2), ("terrible", 0), ("a table", 1)] * 10
    asked = texts(("wonderfull", "terible"), [2, 0])
    assert baselines(texts(*zip(*rows, strict=True)), asked)["SVM"].argmax(axis=1).tolist() == [2, 0]


def test_failures_by_kind_of_made_sentence():
    """Of a negated negative, neutral and positive are right."""
    kinds = ("simple negation", "simple negation", "negated negative", "negated negative", "negated negative")
    asked = replace(
        texts(("a", "b", "c", "d", "e"), [0, 0, 1, 1, 1], domains=kinds),
        soft_targets=np.array([[1, 0, 0]] * 2 + [[0, 0.5, 0.5]] * 3),
    )
    found = report({"the model": np.eye(3)[[0, 2, 1, 2, 0]], "another": np.eye(3)[[0] * 5]}, asked, "x.tflite")
    assert found.failures["simple negation"] | {"VADER": 0} == {"the model": 0.5, "another": 0, "VADER": 0}
    assert found.failures["negated negative"]["the model"] == pytest.approx(1 / 3)
    assert found.failures["negated negative"]["another"] == 1 and found.accuracy == pytest.approx(3 / 5)
    assert "'b' is positive" in found.table() and "'e' is negative" in found.table()
    assert report({"the model": np.eye(3)[:2]}, texts(("a", "b"), [0, 1], domains=("films", "films")), "x") is None


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
