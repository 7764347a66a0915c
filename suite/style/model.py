"""The painter's Keras model, and the model that trains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from suite import blocks
from suite.artefacts.metadata import Metadata
from suite.errors import InputError
from suite.style import data, networks
from suite.style.config import Config, ModelConfig
from suite.style.losses import PerceptualLoss
from suite.task import Built, Examples


def build(config: Config, examples: Examples) -> Built:
    """A painter of the configured paintings' styles, and the model that trains it by the losses of a feature net."""
    names = list(examples.labels)
    paintings = data.paintings(config.data.styles, config.data.painting)
    loss = PerceptualLoss(config.loss)
    grams = [loss.style_grams(painting[None]) for painting in paintings.values()]
    stacked = {layer: np.concatenate([one[layer] for one in grams]) for layer in loss.config.style_layers}
    by_style = config.loss.content_by_style
    if unknown := [name for name in by_style if name not in names]:
        raise InputError(f"loss.contents: {unknown[0]}: is no style; there are {', '.join(names)}")
    contents = np.array([by_style.get(name, loss.config.content) for name in names], np.float32)
    painter = build_painter(config.model, len(names))
    about = {"mean": [0.0], "std": [1.0], "size": networks.on_grid(config.data.painting)}
    core = PainterTraining(painter, StyleLosses(loss, stacked, contents))
    side = networks.on_grid(256 + 2 * config.model.margin)
    return Built(core, painter, networks.network(config.model), (side, side, 3), about)


def untrained(config: Config, about: Metadata) -> keras.Model:
    """The painter that `build` made, with random weights, see `Task.untrained`."""
    return build_painter(config.model, len(about.labels))


def build_painter(config: ModelConfig, styles: int) -> keras.Model:
    """The model that is saved.

    Args:
        config: The network.
        styles: Number of styles, S.

    Returns:
        A keras.Model of three inputs, by name: image (B, H, W, 3) in 0..255, of any size from 16 pixels a side; styles
        (B, S), a weight a style, which sum to 1; strength (B, 1), from 0 (the image itself) to 1. It gives the picture
        (B, H, W, 3) in 0..255.
    """
    image = keras.Input((None, None, 3), name="image")
    weights = keras.Input((styles,), name="styles")
    strength = keras.Input((1,), name="strength")
    framed = WholeGrid(networks.GRID, config.margin, name="grid")(image)
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="rescaling")(framed)
    core = blocks.build(networks.network(config), (None, None, 3), 3, name="painter", conditions=styles)
    repainted = Repaint(config.margin, name="repaint")([image, core([x, weights]), strength])
    return keras.Model([image, weights, strength], Clip(name="clip")(repainted), name="style")


@dataclass(frozen=True)
class StyleLosses:
    """The losses of pictures in several styles.

    Args:
        loss: The perceptual loss.
        grams: Gram matrices of the S paintings by layer, each (S, C, C).
        contents: Weight of the content loss in each style, (S,).
    """

    loss: PerceptualLoss
    grams: Mapping[str, np.ndarray]
    contents: np.ndarray

    def __call__(self, image: tf.Tensor, styles: tf.Tensor, pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        """Mean losses of pictures painted of an image (B, H, W, 3) with these weights of the styles (B, S)."""
        target = {layer: ops.einsum("bs,sij->bij", styles, gram) for layer, gram in self.grams.items()}
        losses = self.loss(pictures, self.loss.content_features(image), target)
        own = ops.matmul(styles, self.contents[:, None])[:, 0]
        losses["total"] += (own - self.loss.config.content) * losses["content"]
        return {name: ops.mean(loss) for name, loss in losses.items()}


class PainterTraining(keras.Model):
    """The painter without its final clipping, with the perceptual losses; only the painter's weights are trained.

    Args:
        painter: See `build_painter`; its layers are shared.
        losses: The losses of its pictures.
    """

    def __init__(self, painter: keras.Model, losses: StyleLosses) -> None:
        super().__init__(painter.inputs, painter.get_layer("repaint").output, name="painter_training")
        self.painter_losses = losses
        self.parts = [keras.metrics.Mean(name=name) for name in ("style", "content", "variation")]

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> tf.Tensor:
        losses = self.painter_losses(x["image"], x["styles"], _clipped(y_pred))
        for part in self.parts:
            part.update_state(losses[part.name])
        return losses["total"]


@tf.custom_gradient
def _clipped(pictures: tf.Tensor) -> Any:
    """Pictures clipped to 0..255. A gradient that leads back into the range passes, so no pixel stays clipped."""

    def gradient(upstream: tf.Tensor) -> tf.Tensor:
        outward = ((pictures > 255) & (upstream < 0)) | ((pictures < 0) & (upstream > 0))
        return tf.where(outward, 0.0, upstream)

    return tf.clip_by_value(pictures, 0.0, 255.0), gradient


@keras.saving.register_keras_serializable("suite.style")
class WholeGrid(keras.layers.Layer):
    """Mirrors an image at its edges: by a margin, and below and on the right to sides that a number divides."""

    def __init__(self, multiple: int, margin: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.multiple, self.margin = multiple, margin

    def call(self, image: tf.Tensor) -> tf.Tensor:
        margin, sides = self.margin, image.shape[1:3] if all(image.shape[1:3]) else ops.shape(image)[1:3]
        below, beside = (-(side + 2 * margin) % self.multiple for side in sides)
        frame = [(0, 0), (margin, margin + below), (margin, margin + beside), (0, 0)]
        return ops.pad(image, frame, mode="symmetric" if margin else "reflect")

    def compute_output_shape(self, shape: Any) -> Any:
        sides = [n and -(-(n + 2 * self.margin) // self.multiple) * self.multiple for n in shape[1:3]]
        return (shape[0], *sides, shape[3])

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"multiple": self.multiple, "margin": self.margin}


@keras.saving.register_keras_serializable("suite.style")
class Repaint(keras.layers.Layer):
    """Blends the network's output without its margin, around 0, over the image; its opacity is the strength.

    The output is not added to the image: normalised features carry no contrast, and could not cancel it.
    """

    def __init__(self, margin: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.margin = margin

    def call(self, inputs: Sequence[tf.Tensor]) -> tf.Tensor:
        image, painted, strength = inputs
        _, height, width, _ = ops.shape(image)
        painted = painted[:, self.margin : self.margin + height, self.margin : self.margin + width]
        painted = 127.5 + 127.5 * painted
        return image + ops.reshape(strength, (-1, 1, 1, 1)) * (painted - image)

    def compute_output_shape(self, shapes: Any) -> Any:
        return shapes[0]

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"margin": self.margin}


@keras.saving.register_keras_serializable("suite.style")
class Clip(keras.layers.Layer):
    """Clips to 0..255."""

    def call(self, picture: tf.Tensor) -> tf.Tensor:
        return ops.clip(picture, 0.0, 255.0)

    def compute_output_shape(self, shape: Any) -> Any:
        return shape
