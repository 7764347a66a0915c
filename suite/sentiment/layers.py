"""The Keras layers of text classifiers; a model file that has one is loaded by importing this module."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

import suite.blocks.layers  # noqa: F401 - registers the blocks' layers
from suite.sentiment.linear import PAIRS, pairs
from suite.sentiment.text import PAD

REACH = 14  # words from one that opens a scope to the last one in it
FADING = 0.93  # of a scope's strength from word to word
_OPENERS = """
not no never nothing nobody none neither nor without hardly barely cannot cant dont doesnt didnt isnt wasnt arent werent
wont wouldnt couldnt shouldnt havent hasnt hadnt aint don't doesn't didn't isn't wasn't aren't weren't won't wouldn't
couldn't shouldn't haven't hasn't hadn't ain't can't doubt doubts doubted unlikely fails failed lacks lacked lacking
rarely seldom scarcely
"""
OPENERS = frozenset(_OPENERS.split())
ANSWERS = frozenset({"no", "nope", "nah"})  # which say it of what was before
CLOSERS = frozenset({"but", "although", "though", "however", "yet", "because", "and", "i", "unless", "until", "while"})


@keras.saving.register_keras_serializable("suite")
class Scopes(keras.layers.Layer):
    """Word vectors, and beside them what each word would say within the scopes of others, such as of a negation.

    Each word opens and closes scopes to some degree, which is learned: of the last 2H numbers of its vector the
    sigmoids of the first H say how far it opens H scopes, those of the others how far it closes them. A scope reaches
    over the next words, the last one of the H over those before, and fades with the distance; a closer ends it. So a
    convolution sees "good" and "good, negated" in different channels, wherever the negation stands: Kiritchenko, Zhu
    and Mohammad 2014, "Sentiment Analysis of Short Informal Texts", mark negated words up to the end of the clause.

    From (B, N, D + 2H) to (B, N, D + H * width).

    Args:
        heads: Number of scopes, H.
        width: Number of features of a word that are repeated in each scope.
    """

    def __init__(self, heads: int, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heads, self.width = heads, width

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.dimensions = int(shape[-1] or 0) - 2 * self.heads
        self.kernel = self.add_weight(shape=(self.dimensions, self.width), initializer="glorot_uniform", name="kernel")

    def call(self, words: keras.KerasTensor) -> keras.KerasTensor:
        vectors, strength = words[..., : self.dimensions], ops.sigmoid(words[..., self.dimensions :])
        features, heads = ops.tanh(ops.matmul(vectors, self.kernel)), self.heads
        ahead = [*range(heads - 1), *range(heads, 2 * heads - 1)]
        behind = [heads - 1, 2 * heads - 1]
        reached = [
            _reach(ops.take(strength, ahead, axis=-1), (REACH, 0)) if heads > 1 else None,
            _reach(ops.take(strength, behind, axis=-1), (0, REACH)),
        ]
        within = [
            ops.relu(part[..., : part.shape[-1] // 2] - part[..., part.shape[-1] // 2 :])
            for part in reached
            if part is not None
        ]
        scopes = ops.concatenate(within, axis=-1)  # (B, N, H)
        scoped = [features * scopes[..., i : i + 1] for i in range(heads)]
        return ops.concatenate([vectors, *scoped], axis=-1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*shape[:-1], int(shape[-1] or 0) - 2 * self.heads + self.heads * self.width)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "heads": self.heads, "width": self.width}


@keras.saving.register_keras_serializable("suite")
class Linear(keras.layers.Layer):
    """The scores of the words and pairs of words of a text: int32 ids (B, N) to (B, L).

    Its weights are what `suite.sentiment.linear.fit` learns; the network's training does not change them.

    Args:
        words: Size of the vocabulary.
        labels: Number of labels, L.
    """

    def __init__(self, words: int, labels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sizes = words, labels

    def build(self, shape: tuple[int | None, ...]) -> None:
        words, labels = self.sizes
        self.words = self.add_weight(shape=(words, labels), initializer="zeros", trainable=False, name="words")
        self.pairs = self.add_weight(shape=(PAIRS, labels), initializer="zeros", trainable=False, name="pairs")
        self.bias = self.add_weight(shape=(labels,), initializer="zeros", trainable=False, name="bias")

    def call(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        # <PAD> has a score of zero, since no training text has it as a word; a pair with it is left out.
        there = tf.cast(ids[:, 1:] != PAD, tf.float32)[..., None]
        scores = tf.reduce_sum(tf.gather(self.words.value, ids), axis=1) + self.bias.value
        return scores + tf.reduce_sum(tf.gather(self.pairs.value, pairs(ids)) * there, axis=1)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return shape[0], self.sizes[1]

    def get_config(self) -> dict[str, Any]:
        words, labels = self.sizes
        return {**super().get_config(), "words": words, "labels": labels}


def _reach(strength: keras.KerasTensor, padding: tuple[int, int]) -> keras.KerasTensor:
    """The strongest of the words before (or behind), weaker with the distance: (B, N, C) to (B, N, C)."""
    channels = strength.shape[-1]
    before = padding[0] > 0
    # A filter for each channel and distance, which picks that word; a maximum over the distances follows.
    kernel = np.zeros((REACH + 1, channels, channels * REACH), np.float32)
    for channel in range(channels):
        for distance in range(1, REACH + 1):
            place = REACH - distance if before else distance
            kernel[place, channel, channel * REACH + distance - 1] = FADING ** (distance - 1)
    padded = ops.pad(strength, [(0, 0), padding, (0, 0)])
    picked = ops.conv(padded, ops.convert_to_tensor(kernel, dtype=strength.dtype))
    shape = ops.shape(picked)
    return ops.max(ops.reshape(picked, (shape[0], shape[1], channels, REACH)), axis=-1)
