"""What makes a picture show the one's content in the other's style, as numbers without units.

    content    how far the features of a deep layer are from the photograph's
    style      how far the Gram matrices of several layers - which features occur together, wherever - are from the
               painting's
    variation  how much neighbouring pixels differ

Gatys, Ecker and Bethge 2015, "A Neural Algorithm of Artistic Style", equations 1 to 7; total variation: Johnson, Alahi
and Fei-Fei 2016, section 3.2. Their sums of squares depend on the size of the picture, the width of the layer and the
contrast of the painting, by orders of magnitude. Here both are relative, differences over what is wanted: so each layer
counts alike, one set of weights serves every painting and size, and no painting dominates where several are learned.
The style's are not squared, since a photograph's sharp edges can have a hundred times what a soft painting has; the
content's are, as in the paper: otherwise the first change to a photograph would cost the most, and none be made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from suite.nets import vgg as features
from suite.style.config import LossConfig

Features = Mapping[str, tf.Tensor]  # of each layer (B, H, W, C)
Grams = Mapping[str, tf.Tensor]  # of each layer (B, C, C)


class Judge:
    """The losses of pictures, as a feature net sees them.

    Args:
        config: The feature net, its layers and the weights of the losses.
        net: The feature net, where it is loaded already.
    """

    def __init__(self, config: LossConfig, net: keras.Model | None = None):
        self.config = config
        self.net = net or features.load(config.net, config.layers)
        self._content_net = keras.Model(self.net.input, self.net.output[config.content_layer])

    def content_of(self, pictures) -> tf.Tensor:
        """What is wanted of the content: features (B, H', W', C) of photographs (B, H, W, 3) in 0..255."""
        return self._content_net(tf.convert_to_tensor(pictures, tf.float32))

    def style_of(self, pictures) -> Grams:
        """What is wanted of the style: Gram matrices of paintings (B, H, W, 3) in 0..255."""
        seen = self.net(tf.convert_to_tensor(pictures, tf.float32))
        return {layer: gram(seen[layer]) for layer in self.config.style_layers}

    def losses(self, pictures: tf.Tensor, content_wanted: tf.Tensor, style_wanted: Grams) -> dict[str, tf.Tensor]:
        """The losses of pictures.

        Args:
            pictures: (B, H, W, 3) in 0..255.
            content_wanted: As of `content_of`.
            style_wanted: As of `style_of`, (B, C, C) or (1, C, C).

        Returns:
            total, style, content and variation, each (B,); the total is the weighted sum of the others.
        """
        seen = self.net(pictures)
        found = {layer: gram(seen[layer]) for layer in self.config.style_layers}
        parts = {
            "style": style(found, style_wanted),
            "content": content(seen[self.config.content_layer], content_wanted),
            "variation": variation(pictures),
        }
        return {"total": tf.add_n([getattr(self.config, name) * part for name, part in parts.items()]), **parts}


def gram(features: tf.Tensor) -> tf.Tensor:
    """The mean over all places of the products of each two features.

    Args:
        features: (B, H, W, C).

    Returns:
        (B, C, C) float32: the paper's G (equation 3) over the number of places, so that pictures of any size compare.
    """
    shape = tf.shape(features)
    flat = tf.cast(tf.reshape(features, (shape[0], shape[1] * shape[2], features.shape[-1])), tf.float32)
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(shape[1] * shape[2], tf.float32)


def style(found: Grams, wanted: Grams) -> tf.Tensor:
    """Mean over the layers of |G - A| / |A|, by the Frobenius norm: (B,); 0 is the painting's own style."""
    return tf.add_n([relative(found[layer], wanted[layer]) for layer in wanted]) / len(wanted)


def content(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """|F - P|^2 / |P|^2 of one layer's features (B, H, W, C): (B,); 0 is the photograph's own content."""
    return tf.square(relative(found, wanted))


def variation(pictures: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of neighbouring pixels, down and across, as a share of the range 0..255: (B,)."""
    down = tf.reduce_mean(tf.abs(pictures[:, 1:] - pictures[:, :-1]), axis=(1, 2, 3))
    across = tf.reduce_mean(tf.abs(pictures[:, :, 1:] - pictures[:, :, :-1]), axis=(1, 2, 3))
    return (down + across) / 255


def relative(found: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """|found - wanted| / |wanted| of each picture, (B,); both (B, ...)."""
    found, wanted = tf.cast(found, tf.float32), tf.cast(wanted, tf.float32)
    axes = tuple(range(1, len(wanted.shape)))
    squares = tf.reduce_sum(tf.square(found - wanted), axes) / (tf.reduce_sum(tf.square(wanted), axes) + 1e-9)
    return tf.sqrt(squares + 1e-8)  # whose slope is finite where nothing differs


def mixed(styles: Sequence[Grams], weights: Sequence[float]) -> Grams:
    """The Gram matrices of a mixture: the weighted mean of theirs."""
    shares = np.asarray(weights, np.float32) / np.sum(weights, dtype=np.float32)
    return {
        layer: tf.add_n([share * one[layer] for share, one in zip(shares, styles, strict=True)]) for layer in styles[0]
    }
