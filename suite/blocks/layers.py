"""The layers that Keras lacks; importing this module registers them, which loading a model that has one needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops


@keras.saving.register_keras_serializable("suite")
class ReflectionPadding(keras.layers.Layer):
    """Pads the input with its reflection at the edges; the outermost values are not repeated.

    Args:
        margins: (before, after) for each axis between the batch and the channels; both smaller than the axis.
    """

    def __init__(self, margins: Sequence[Sequence[int]], **options: Any) -> None:
        super().__init__(**options)
        self.margins = tuple(tuple(sides) for sides in margins)

    def call(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return ops.pad(x, [(0, 0), *self.margins, (0, 0)], mode="reflect")

    def compute_output_shape(self, shape: Sequence[int | None]) -> tuple[int | None, ...]:
        inner = [n and n + sum(sides) for n, sides in zip(shape[1:-1], self.margins, strict=True)]
        return (shape[0], *inner, shape[-1])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"margins": self.margins}


@keras.saving.register_keras_serializable("suite")
class ConditionalNormalization(keras.layers.Layer):
    """Conditional instance normalisation: each example's channels, normalised, then scaled and shifted by condition.

    Takes features (B, H, W, C) or (B, T, C) and a weight per condition (B, S); returns features of the same shape.
    Every condition, such as a style, has a scale and a shift per channel; a mixture of conditions has the weighted sum
    of theirs. Dumoulin, Shlens and Kudlur 2017, "A Learned Representation for Artistic Style", equation 5 and section
    2.2.
    """

    epsilon = 1e-5

    def build(self, shapes: Sequence[Sequence[int]]) -> None:
        (*_, channels), (_, conditions) = shapes
        self.scale = self.add_weight(shape=(conditions, channels), initializer="ones", name="scale")
        self.shift = self.add_weight(shape=(conditions, channels), initializer="zeros", name="shift")

    def call(self, inputs: Sequence[keras.KerasTensor]) -> keras.KerasTensor:
        x, condition = inputs
        axes = tuple(range(1, len(x.shape) - 1))
        centred = x - ops.mean(x, axes, keepdims=True)
        variance = ops.mean(ops.square(centred), axes, keepdims=True)
        per_channel = (-1, *(1 for _ in axes), x.shape[-1])  # (B, 1, 1, C)
        scale = ops.reshape(ops.matmul(condition, self.scale), per_channel)
        shift = ops.reshape(ops.matmul(condition, self.shift), per_channel)
        return centred * (scale * ops.rsqrt(variance + self.epsilon)) + shift

    def compute_output_shape(self, shapes: Sequence[tuple[int | None, ...]]) -> tuple[int | None, ...]:
        return shapes[0]


@keras.saving.register_keras_serializable("suite")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's batch normalisation, which trains on (B, H, W, C) with TensorFlow's fused kernel.

    On a CPU a training step of a small network takes a quarter less time than with Keras's single operations. Trained
    so, the moving variance is that of the sample, n / (n - 1) times Keras's; masks have no effect.
    """

    def call(
        self, inputs: keras.KerasTensor, training: bool | None = None, mask: keras.KerasTensor | None = None
    ) -> keras.KerasTensor:
        if not (training and self.trainable and len(inputs.shape) == 4):
            return super().call(inputs, training=training, mask=mask)
        scale, offset = ops.cast(self.gamma, "float32"), ops.cast(self.beta, "float32")
        x = ops.cast(inputs, self.compute_dtype)
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(x, scale, offset, epsilon=self.epsilon)
        for moving, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + new * (1 - self.momentum))
        return outputs


@keras.saving.register_keras_serializable("suite")
class UpSampling2D(keras.layers.UpSampling2D):
    """Nearest-neighbour upsampling by one operation, which TFLite's GPU delegates have; Keras's own takes twelve."""

    def call(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
        height, width = ops.shape(inputs)[1:3]
        return tf.image.resize(inputs, (height * self.size[0], width * self.size[1]), "nearest")
