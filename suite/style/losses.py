"""The perceptual loss: how far a picture is from one picture's content and another's style, without units.

    content    squared difference of a deep layer's features from the photograph's
    style      squared difference of several layers' Gram matrices, mean products of two features, from the painting's
    variation  mean difference of neighbouring pixels

Gatys, Ecker and Bethge 2015, "A Neural Algorithm of Artistic Style", equations 1 to 7; total variation: Johnson, Alahi
and Fei-Fei 2016, section 3.2. Their sums of squares depend on the size of the picture, the width of the layer and the
contrast of the painting, by orders of magnitude. Here content and style are relative to the photograph's and the
painting's own: each layer has the same weight, and one set of weights serves every painting and size.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from suite.pretrained import memory, nets
from suite.style.config import LossConfig

Grams = Mapping[str, tf.Tensor]  # Gram matrices by layer, each (B, C, C)


class PerceptualLoss:
    """The losses of pictures, by the features of a pretrained net.

    Args:
        config: The feature nets, their layers, and the losses' form and weights.
    """

    def __init__(self, config: LossConfig) -> None:
        self.config = config = config.resolved()
        shared = config.content_net in (None, config.net)
        layers = (*config.style_layers, *([config.content_layer] if shared else []))
        self.net = nets.load(config.net, tuple(dict.fromkeys(layers)), config.precision)
        other = self.net if shared else nets.load(str(config.content_net), (config.content_layer,), config.precision)
        self.content_net = keras.Model(other.input, other.output[config.content_layer])
        self._shared = shared

    def of(self, style: str) -> PerceptualLoss:
        """The losses with a style's own weight of the content, by the same nets."""
        own = copy.copy(self)
        own.config = replace(self.config, content=self.config.content_by_style.get(style, self.config.content))
        return own

    def needed(self, height: int, width: int) -> float:
        """Bytes that the losses and their gradient take for a picture of this size."""
        other = 0.0 if self._shared else memory.needed(self.content_net, height, width) - memory.REST
        return memory.needed(self.net, height, width) + other

    def content_features(self, photographs: Any) -> tf.Tensor:
        """Target of the content loss: features (B, H', W', C) of photographs (B, H, W, 3) in 0..255."""
        return self.content_net(ops.convert_to_tensor(photographs, "float32"))

    def style_grams(self, paintings: Any) -> Grams:
        """Target of the style loss: Gram matrices of paintings (B, H, W, 3) in 0..255."""
        features = self.net(ops.convert_to_tensor(paintings, "float32"))
        return {layer: gram(features[layer]) for layer in self.config.style_layers}

    def __call__(
        self, pictures: tf.Tensor, content_target: tf.Tensor, style_target: Grams, regions: tf.Tensor | None = None
    ) -> dict[str, tf.Tensor]:
        """The losses of pictures.

        Args:
            pictures: (B, H, W, 3) in 0..255.
            content_target: See `content_features`.
            style_target: See `style_grams`, (B, C, C) or (1, C, C) each; with regions (R, C, C).
            regions: How far each pixel of the one picture belongs to each of R regions, (R, H, W, 1) in 0..1; each has
                a style of its own (Gatys et al. 2017, "Controlling Perceptual Factors in Neural Style Transfer",
                section 4).

        Returns:
            total, style, content and variation, each (B,); the total is the weighted sum of the others.
        """
        features = self.net(pictures)
        grams = {layer: gram(features[layer], regions) for layer in self.config.style_layers}
        content_features = features[self.config.content_layer] if self._shared else self.content_net(pictures)
        losses = {
            "style": style(grams, style_target, self.config.squared),
            "content": content(content_features, content_target),
            "variation": variation(pictures),
        }
        if regions is not None:
            losses["style"] = ops.mean(losses["style"], keepdims=True)
        return {"total": sum(getattr(self.config, name) * loss for name, loss in losses.items()), **losses}


def gram(features: tf.Tensor, regions: tf.Tensor | None = None) -> tf.Tensor:
    """Gram matrices: the mean over all places of the products of each two features.

    Args:
        features: (B, H, W, C).
        regions: Of the one picture (B is 1), (R, H', W', 1): the weight of each place in the mean of each region.

    Returns:
        float32 (B, C, C), or (R, C, C): the paper's G (equation 3) over the number of places, so that pictures of any
        size compare.
    """
    batch, height, width, channels = ops.shape(features)
    flat = ops.cast(ops.reshape(features, (batch, height * width, channels)), "float32")
    if regions is None:
        return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat) / ops.cast(height * width, "float32")
    shares = tf.reshape(tf.image.resize(regions, (height, width), "area"), (-1, height * width, 1))
    shares /= tf.reduce_sum(shares, axis=1, keepdims=True) + 1e-6
    return tf.matmul(flat * shares, tf.repeat(flat, tf.shape(shares)[0], axis=0), transpose_a=True)


def style(grams: Grams, target: Grams, squared: bool = True) -> tf.Tensor:
    """Mean over the layers of |G - A|^2 / |A|^2, by the Frobenius norm: (B,); 0 is the painting's own style.

    Not squared, |G - A| / |A|.
    """
    distances = [relative(grams[layer], target[layer]) for layer in target]
    # 1e-8, so that the gradient is finite where nothing differs.
    return sum(distances if squared else [ops.sqrt(distance + 1e-8) for distance in distances]) / len(target)


def content(features: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """|F - P|^2 / |P|^2 of one layer's features (B, H, W, C): (B,); 0 is the photograph's own content."""
    return relative(features, target)


def variation(pictures: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of neighbouring pixels, down and across, as a share of the range 0..255: (B,)."""
    down = ops.mean(ops.abs(pictures[:, 1:] - pictures[:, :-1]), axis=(1, 2, 3))
    across = ops.mean(ops.abs(pictures[:, :, 1:] - pictures[:, :, :-1]), axis=(1, 2, 3))
    return (down + across) / 255


def relative(values: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """|values - target|^2 / |target|^2 of each picture, (B,); both (B, ...)."""
    values, target = ops.cast(values, "float32"), ops.cast(target, "float32")
    axes = tuple(range(1, len(target.shape)))
    return ops.sum(ops.square(values - target), axes) / (ops.sum(ops.square(target), axes) + 1e-9)


def stacked(styles: Sequence[Grams]) -> Grams:
    """The Gram matrices of several styles, (S, C, C) each."""
    return {layer: tf.concat([one[layer] for one in styles], axis=0) for layer in styles[0]}


def mixed(styles: Sequence[Grams], weights: Sequence[float]) -> Grams:
    """The Gram matrices of a mixture of styles: their weighted mean."""
    shares = np.asarray(weights, np.float32) / np.sum(weights, dtype=np.float32)
    return {layer: sum(share * one[layer] for share, one in zip(shares, styles, strict=True)) for layer in styles[0]}
