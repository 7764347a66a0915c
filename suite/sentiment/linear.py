"""A linear classifier of words and pairs of words, whose scores a model adds to its network's.

Its features are NB-SVM's: Wang and Manning 2012, "Baselines and Bigrams: Simple, Good Sentiment and Topic
Classification", section 2, with logistic regression in place of the SVM. On some thousands of sentences it is as good
as a convolution and errs elsewhere, so that the sum of both is better than either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from suite.sentiment.text import PAD

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

PAIRS = 65_536  # to which pairs of words are hashed
_MULTIPLIER = 7_919
_ALPHA, _C = 1.0, 1.0  # added to each feature's count; inverse strength of the regularisation


def pairs(ids: Any) -> Any:
    """The pairs of neighbours among words: int32 ids (B, N) to numbers (B, N - 1) from 0 to PAIRS - 1.

    Two pairs may have the same number. Of NumPy's arrays and of tensors alike.
    """
    return (ids[:, :-1] * _MULTIPLIER + ids[:, 1:]) % PAIRS


def fit(ids: np.ndarray, targets: np.ndarray, weights: np.ndarray, words: int) -> dict[str, np.ndarray]:
    """Learns a score for each label of every word and every pair of words.

    Args:
        ids: Words of the training texts, int32 (M, N).
        targets: Index of each text's label, (M,); every label occurs.
        weights: Of the texts, (M,).
        words: Size of the vocabulary, V.

    Returns:
        words (V, L), pairs (PAIRS, L) and bias (L,), float32.
    """
    from sklearn.linear_model import LogisticRegression

    features, labels = _features(ids, words), range(int(targets.max()) + 1)
    scores, bias = np.zeros((words + PAIRS, len(labels)), np.float32), np.zeros(len(labels), np.float32)
    for label in labels[1:] if len(labels) == 2 else labels:
        own = targets == label
        shares = [_ALPHA + features[rows].T @ weights[rows] for rows in (own, ~own)]
        ratio = np.log(shares[0] / shares[0].sum()) - np.log(shares[1] / shares[1].sum())
        model = LogisticRegression(C=_C, max_iter=300).fit(features.multiply(ratio).tocsr(), own, weights)
        scores[:, label], bias[label] = ratio * model.coef_.ravel(), model.intercept_[0]
    return {"words": scores[:words], "pairs": scores[words:], "bias": bias}


def _features(ids: np.ndarray, words: int) -> csr_matrix:
    """How often each text has each word, and each number of a pair, float32 (M, V + PAIRS)."""
    from scipy.sparse import csr_matrix

    there = ids != PAD
    columns = np.concatenate([ids, words + pairs(ids)], axis=1)[found := np.concatenate([there, there[:, 1:]], axis=1)]
    rows = np.broadcast_to(np.arange(len(ids))[:, None], found.shape)[found]
    counts = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (len(ids), words + PAIRS))
    counts.sum_duplicates()
    return counts
