"""Objectives: how strongly units of a network answer, to be maximised. One unit an example; each gives scores (B,)."""

from __future__ import annotations

import tensorflow as tf

LEAK = 0.1  # of the slope below zero, without which half of the filters of a ReLU never start


def filters(maps: tf.Tensor, units: tf.Tensor) -> tf.Tensor:
    """The degree of activation a^k of filters, before the ReLU: the sum over the feature map, with a leak below zero.

    Args:
        maps: Responses of a convolution, (B, T, K) or (B, H, W, K).
        units: The filter k of each example, (B,).
    """
    own = tf.gather(tf.maximum(maps, LEAK * maps), units, axis=-1, batch_dims=1)
    return tf.reduce_sum(own, range(1, len(own.shape)))


def degree(maps: tf.Tensor, units: tf.Tensor) -> tf.Tensor:
    """The degree of activation a^k of filters, as the lecture has it: the sum over the feature map after the ReLU."""
    own = tf.nn.relu(tf.gather(maps, units, axis=-1, batch_dims=1))
    return tf.reduce_sum(own, range(1, len(own.shape)))


def neurons(vectors: tf.Tensor, units: tf.Tensor) -> tf.Tensor:
    """Outputs (B, K) of a dense layer before the ReLU, of the neuron of each example."""
    return tf.gather(vectors, units, axis=-1, batch_dims=1)


def margins(logits: tf.Tensor, units: tf.Tensor) -> tf.Tensor:
    """A logit less the log-sum-exp of the others, which is the logarithm of p / (1 - p).

    It still rises where the probability is 1 in float32, and lowers the other outputs as well.
    """
    others = tf.where(tf.one_hot(units, logits.shape[-1], True, False), -float("inf"), logits)
    return neurons(logits, units) - tf.reduce_logsumexp(others, axis=-1)


def layer(maps: tf.Tensor) -> tf.Tensor:
    """Mean square of all activations of a layer, which Deep Dream raises (Mordvintsev, Olah and Tyka 2015)."""
    return tf.reduce_mean(tf.square(maps), range(1, len(maps.shape)))


def guided(maps: tf.Tensor, guide: tf.Tensor) -> tf.Tensor:
    """Mean product of the activations at each place and those at the most similar place of a guide.

    Args:
        maps: (1, H, W, K).
        guide: Activations of the guide, (P, K), one row a place.
    """
    flat = tf.reshape(maps, (-1, guide.shape[-1]))
    nearest = tf.stop_gradient(tf.gather(guide, tf.argmax(tf.matmul(flat, guide, transpose_b=True), axis=1)))
    return tf.reduce_mean(flat * nearest)[None]
