"""What each word added to an answer: of each filter the max pooling keeps one window, whose words share its worth."""

from __future__ import annotations

import keras
import tensorflow as tf


def of(model: keras.Model):
    """A function from ids (B, N) to what each place adds to each logit, (B, N, L).

    With the logits' bias the places' sums are the logits. A filter's activation, times its weight for the label, goes
    in equal parts to the words of the window that won; where none was above zero there is nothing to share.

    Args:
        model: A text classifier, as model.build gives it: branches of one convolution each, max over time, logits.
    """
    core = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    convolutions = [layer for layer in core.layers if isinstance(layer, keras.layers.Conv1D)]
    activations = keras.Model(core.inputs, [core.get_layer(_activation(layer)).output for layer in convolutions])
    table, logits = model.get_layer("embedding"), core.get_layer("logits")

    def explain(ids):
        maps = activations(tf.gather(table.embeddings, ids))
        weights = tf.split(logits.kernel, [layer.filters for layer in convolutions])
        added = [
            _added(values, weight, layer.kernel_size[0])
            for values, weight, layer in zip(maps, weights, convolutions, strict=True)
        ]
        return tf.add_n(added)

    return explain


def _activation(convolution: keras.layers.Layer) -> str:
    return convolution.name.replace("_conv", "_act")


def _added(values: tf.Tensor, weight: tf.Tensor, width: int) -> tf.Tensor:
    """What one branch's winning windows add, (B, N, L), from its activations (B, N, F) and weights (F, L)."""
    length = values.shape[1]
    winner = tf.one_hot(tf.argmax(values, axis=1), length, axis=1) * values  # (B, N, F)
    reach = (width - 1) // 2  # a window of padding "same" begins so many words before its place
    place = tf.range(length)
    inside = tf.minimum(place - reach + width, length) - tf.maximum(place - reach, 0)  # words of each window
    worth = tf.einsum("bnf,fl->bnl", winner, weight) / tf.cast(inside, tf.float32)[:, None]
    padded = tf.pad(worth, [[0, 0], [width - 1, width - 1], [0, 0]])
    starts = [width - 1 + reach - offset for offset in range(width)]
    return tf.add_n([padded[:, start : start + length] for start in starts])
