"""The baselines of text classifiers: TF-IDF with logistic regression, and VADER's lexicon."""

from __future__ import annotations

import numpy as np

from suite.errors import InputError
from suite.sentiment.data import LABELS
from suite.task import Examples

# Smallest absolute compound score of a positive or negative text, by VADER's README.
_VADER_NEUTRAL = 0.05


def baselines(training: Examples, texts: Examples) -> dict[str, np.ndarray]:
    """Probabilities (N, L) of the texts by each baseline; TF-IDF learns from the training texts."""
    vader = {"VADER": _vader(texts)} if texts.labels == LABELS[3] else {}
    return {"TF-IDF": _tfidf(training, texts), **vader}


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


def _vader(texts: Examples) -> np.ndarray:
    """One-hot answers of the lexicon and rules; Hutto and Gilbert 2014."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        raise InputError("the baseline VADER needs vaderSentiment: pip install 'suite[vader]'") from None
    analyser = SentimentIntensityAnalyzer()
    scores = np.array([analyser.polarity_scores(text)["compound"] for text in texts.raw])
    return np.eye(3, dtype=np.float32)[1 + (scores >= _VADER_NEUTRAL).astype(int) - (scores <= -_VADER_NEUTRAL)]
