"""Contributions of words to an answer: max pooling keeps one window of each filter, and its words share the value."""

from __future__ import annotations

from collections.abc import Callable

import keras
import tensorflow as tf


def contributions(model: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from ids (B, N) to the contribution of each place to each logit, (B, N, L).

    Summed over the places, plus the bias, they are the logits. A filter's activation, times its weight for the label,
    goes in equal parts to the words of the window of the maximum.

    Args:
        model: A text classifier, as model.build gives it: branches of one convolution each, max over time, logits.
    """
    core = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    convolutions = [layer for layer in core.layers if isinstance(layer, keras.layers.Conv1D)]
    activations = keras.Model(
        core.inputs, [core.get_layer(layer.name.replace("_conv", "_act")).output for layer in convolutions]
    )
    table, logits = model.get_layer("embedding"), core.get_layer("logits")

    def explain(ids: tf.Tensor) -> tf.Tensor:
        maps = activations(tf.gather(table.embeddings, ids))
        weights = tf.split(logits.kernel, [layer.filters for layer in convolutions])
        branches = zip(maps, weights, convolutions, strict=True)
        return tf.add_n([_shares(values, weight, layer.kernel_size[0]) for values, weight, layer in branches])

    return explain


def _shares(values: tf.Tensor, weight: tf.Tensor, width: int) -> tf.Tensor:
    """Contributions (B, N, L) of one branch, from its activations (B, N, F) and weights (F, L)."""
    length = values.shape[1]
    winner = tf.one_hot(tf.argmax(values, axis=1), length, axis=1) * values  # (B, N, F)
    reach = (width - 1) // 2  # words before its place where a window begins; the padding is "same"
    place = tf.range(length)
    inside = tf.minimum(place - reach + width, length) - tf.maximum(place - reach, 0)  # words of each window
    share = tf.einsum("bnf,fl->bnl", winner, weight) / tf.cast(inside, tf.float32)[:, None]
    padded = tf.pad(share, [[0, 0], [width - 1, width - 1], [0, 0]])
    starts = [width - 1 + reach - offset for offset in range(width)]
    return tf.add_n([padded[:, start : start + length] for start in starts])
