"""What a network has to beat: TF-IDF with logistic regression, and VADER's lexicon; and the table of all of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from suite.sentiment.data import LABELS, Texts

# Compound score from which VADER calls a text positive, and below whose negative it is negative (its README).
_VADER_NEUTRAL = 0.05


def answers(training: Texts, texts: Texts) -> dict[str, np.ndarray]:
    """The baselines' probabilities (N, L), by name.

    Args:
        training: What TF-IDF learns from.
        texts: What is asked.
    """
    result = {"TF-IDF": _tfidf(training, texts)}
    if texts.labels == LABELS[3]:
        result["VADER"] = _vader(texts)
    return result


def table(answers: Mapping[str, np.ndarray], texts: Texts) -> str:
    """Macro recall, macro F1 and accuracy of each, overall and by domain, as text."""
    from suite.problems import classification as evaluation

    domains = ["all", *sorted(set(texts.domains))] if texts.domains else ["all"]
    width = max(len(name) for name in answers)
    rows = [f"{'':{width}}  {'':9}  macro recall  macro F1  accuracy      n"]
    for domain in domains:
        chosen = np.array([domain in ("all", of) for of in texts.domains]) if texts.domains else slice(None)
        for name, probabilities in answers.items():
            r = evaluation.report(texts.labels, texts.targets[chosen], probabilities[chosen], domain, name)
            numbers = f"{r.macro_recall:12.2%}  {r.macro_f1:8.2%}  {r.accuracy:8.2%}  {r.n:5d}"
            rows.append(f"{name:{width}}  {domain:9}  {numbers}")
    return "\n".join(rows)


def _tfidf(training: Texts, texts: Texts) -> np.ndarray:
    """Words and pairs of neighbours, however rare; every label weighs alike, for which macro recall and F1 ask.

    C, the class weights and the rarity were chosen by macro F1 on the validation split of VADER's sentences.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=3, class_weight="balanced", max_iter=1000),
    )
    model.fit(training.texts, training.targets)
    result = np.zeros((len(texts), len(texts.labels)), np.float32)
    result[:, model.classes_] = model.predict_proba(texts.texts)
    return result


def _vader(texts: Texts) -> np.ndarray:
    """One-hot answers of the lexicon and rules; Hutto and Gilbert 2014."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    scores = np.array([analyser.polarity_scores(text)["compound"] for text in texts.texts])
    return np.eye(3, dtype=np.float32)[1 + (scores >= _VADER_NEUTRAL).astype(int) - (scores <= -_VADER_NEUTRAL)]
