"""The layers that Keras does not have; a model that holds one needs this module to be loaded."""

from __future__ import annotations

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("suite")
class ReflectionPadding(keras.layers.Layer):
    """Mirrors its input at its edges, without repeating the outermost values.

    Args:
        margins: (before, after) along each axis between the batch and the channels; each smaller than the axis.
    """

    def __init__(self, margins, **options):
        super().__init__(**options)
        self.margins = tuple(tuple(sides) for sides in margins)

    def call(self, x):
        return tf.pad(x, [(0, 0), *self.margins, (0, 0)], mode="REFLECT")

    def compute_output_shape(self, shape):
        inner = [n and n + sum(sides) for n, sides in zip(shape[1:-1], self.margins, strict=True)]
        return (shape[0], *inner, shape[-1])

    def get_config(self):
        return super().get_config() | {"margins": self.margins}


@keras.saving.register_keras_serializable("suite")
class ConditionalNormalization(keras.layers.Layer):
    """Normalises each channel of each picture by itself, then scales and shifts it as the styles say.

    Takes features (B, H, W, C) and a weight a style (B, S); gives (B, H, W, C). Every style has a scale and a shift a
    channel; a mixture of styles has the mixture of theirs. Dumoulin, Shlens and Kudlur 2017, "A Learned Representation
    for Artistic Style", equation 5 and section 2.2.
    """

    epsilon = 1e-5

    def build(self, shapes):
        (*_, channels), (_, styles) = shapes
        self.scale = self.add_weight(shape=(styles, channels), initializer="ones", name="scale")
        self.shift = self.add_weight(shape=(styles, channels), initializer="zeros", name="shift")

    def call(self, inputs):
        x, condition = inputs
        axes = tuple(range(1, len(x.shape) - 1))
        mean = tf.reduce_mean(x, axes, keepdims=True)
        centred = x - mean
        variance = tf.reduce_mean(tf.square(centred), axes, keepdims=True)
        place = (-1, *(1 for _ in axes), x.shape[-1])
        scale = tf.reshape(tf.matmul(condition, self.scale), place)
        shift = tf.reshape(tf.matmul(condition, self.shift), place)
        return centred * (scale * tf.math.rsqrt(variance + self.epsilon)) + shift

    def compute_output_shape(self, shapes):
        return shapes[0]
