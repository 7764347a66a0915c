"""How text classifiers are scored: baselines, and failures on made sentences by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite import problems
from suite.errors import InputError
from suite.problems.classification import label_shares
from suite.sentiment import behaviour
from suite.sentiment.data import LABELS
from suite.task import Examples

# Smallest absolute compound score of a positive or negative text, by VADER's README.
_VADER_NEUTRAL = 0.05
# Weight of the words' mean in NB-SVM, and the count that is added to each word's: Wang and Manning 2012, section 3.
_NBSVM_BETA, _NBSVM_ALPHA = 0.25, 1.0


@dataclass(frozen=True)
class Report(problems.Report):
    """Failures of text classifiers on made sentences.

    Args:
        accuracy: Share of the sentences that the model answers with a right label.
        failures: Kind of the sentences to the name of a model to the share that it answers with a wrong label.
        examples: Kind to some of the sentences that the model fails, with its answer.
        n: Number of sentences.
        split: Split and source.
        artefact: The scored file.
    """

    accuracy: float
    failures: dict[str, dict[str, float]]
    examples: dict[str, list[str]]
    n: int
    split: str
    artefact: str

    def table(self) -> str:
        """The report as text: a row a kind, a column a model, and sentences that fail."""
        names, width = [*next(iter(self.failures.values()))], max(map(len, self.failures))
        rows = [f"{'wrong answers':{width}}  " + "  ".join(f"{name:>9}" for name in names)]
        for kind, shares in self.failures.items():
            shown = "  ".join(f"{shares[name]:{max(9, len(name))}.1%}" for name in names)
            rows.append(f"{kind:{width}}  {shown}")
        rows += ["", f"{self.accuracy:.2%} of {self.n:,} are answered right, on {self.split}", ""]
        return "\n".join(rows + [f"{kind}: {text}" for kind, texts in self.examples.items() for text in texts[:1]])

    def plot(self, path: Path) -> None:
        """Draws the shares by kind as PNG."""
        from suite.console import plots

        names = next(iter(self.failures.values()))
        bars = {name: {kind: shares[name] for kind, shares in self.failures.items()} for name in names}
        plots.bars(bars, f"wrong answers, {self.split}", path)


def report(outputs: Mapping[str, np.ndarray], examples: Examples, artefact: str) -> Report | None:
    """The failures of models on made sentences; None for other examples.

    Args:
        outputs: Name of a model to its probabilities (N, L), the scored one first.
        examples: The sentences, grouped by kind.
        artefact: The scored file.
    """
    if not examples.groups or not {*examples.groups} <= {*behaviour.kinds()}:
        return None
    groups, right = np.array(examples.groups), label_shares(examples) > 0
    answers = {name: rows.argmax(axis=1) for name, rows in outputs.items()}
    if "VADER" not in answers and (vader := _vader_if_there(examples)) is not None:
        answers["VADER"] = vader.argmax(axis=1)
    wrong = {name: ~right[np.arange(len(groups)), answer] for name, answer in answers.items()}
    first = next(iter(answers))
    failures, shown = {}, {}
    for kind in dict.fromkeys(examples.groups):
        rows = np.flatnonzero(groups == kind)
        failures[kind] = {name: float(failed[rows].mean()) for name, failed in wrong.items()}
        shown[kind] = [f"{examples.raw[i]!r} is {examples.labels[answers[first][i]]}" for i in rows if wrong[first][i]]
    shown = {kind: texts[:10] for kind, texts in shown.items() if texts}
    accuracy = float(1 - wrong[first].mean())
    return Report(accuracy, failures, shown, len(groups), examples.description, artefact)


def baselines(training: Examples, texts: Examples) -> dict[str, np.ndarray]:
    """Probabilities (N, L) of the texts by each baseline; all but VADER learn from the training texts."""
    vader = {"VADER": _vader(texts)} if texts.labels == LABELS[3] else {}
    return {"TF-IDF": _tfidf(training, texts), "NB-SVM": _nbsvm(training, texts), "SVM": _svm(training, texts), **vader}


def _tfidf(training: Examples, texts: Examples) -> np.ndarray:
    """Words and pairs of words, however rare, with equal weights of the labels, as macro recall and F1 have.

    C, the class weights and the rarity were chosen by macro F1 on the validation split of VADER's sentences.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=3, class_weight="balanced", max_iter=1000),
    )
    model.fit(training.raw, training.targets)
    result = np.zeros((len(texts), len(texts.labels)), np.float32)
    result[:, model.classes_] = model.predict_proba(texts.raw)
    return result


def _nbsvm(training: Examples, texts: Examples) -> np.ndarray:
    """One-hot answers of NB-SVM on words and pairs of words: Wang and Manning 2012, "Baselines and Bigrams"."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.svm import LinearSVC

    words = CountVectorizer(ngram_range=(1, 2), binary=True, token_pattern=r"[\w']+|[^\w\s]+")
    known, unknown = words.fit_transform(training.raw), words.transform(texts.raw)
    scores = np.full((len(texts), len(texts.labels)), -np.inf)
    targets = np.asarray(training.targets)
    for label in np.unique(targets):
        own = targets == label
        counts = [_NBSVM_ALPHA + np.asarray(known[rows].sum(axis=0)).ravel() for rows in (own, ~own)]
        ratio = np.log(counts[0] / counts[0].sum()) - np.log(counts[1] / counts[1].sum())
        svm = LinearSVC(C=1, random_state=0).fit(known.multiply(ratio).tocsr(), own)
        weights = svm.coef_.ravel()
        mean = np.abs(weights).mean()
        scores[:, label] = unknown.multiply(ratio) @ ((1 - _NBSVM_BETA) * mean + _NBSVM_BETA * weights)
        scores[:, label] += svm.intercept_
    return np.eye(len(texts.labels), dtype=np.float32)[scores.argmax(axis=1)]


def _svm(training: Examples, texts: Examples) -> np.ndarray:
    """One-hot answers of a linear SVM on words, pairs of words and parts of words, with equal weights of the labels."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"[\w']+|[^\w\s]+"),
            TfidfVectorizer(ngram_range=(2, 5), sublinear_tf=True, analyzer="char_wb", min_df=2),
        ),
        LinearSVC(C=0.3, class_weight="balanced", random_state=0),
    )
    model.fit(training.raw, training.targets)
    return np.eye(len(texts.labels), dtype=np.float32)[model.predict(texts.raw)]


def _vader_if_there(texts: Examples) -> np.ndarray | None:
    try:
        return _vader(texts) if texts.labels == LABELS[3] else None
    except InputError:
        return None


def _vader(texts: Examples) -> np.ndarray:
    """One-hot answers of the lexicon and rules; Hutto and Gilbert 2014."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        raise InputError("the baseline VADER needs vaderSentiment: pip install 'suite[vader]'") from None
    analyser = SentimentIntensityAnalyzer()
    scores = np.array([analyser.polarity_scores(text)["compound"] for text in texts.raw])
    return np.eye(3, dtype=np.float32)[1 + (scores >= _VADER_NEUTRAL).astype(int) - (scores <= -_VADER_NEUTRAL)]
