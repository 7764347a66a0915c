"""The painter's Keras model, and the model that trains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from suite import blocks
from suite import task as tasks
from suite.artefacts import runtime
from suite.artefacts.metadata import Metadata
from suite.blocks.layers import ConditionalNormalization
from suite.errors import InputError
from suite.style import data, networks
from suite.style.config import Config, ModelConfig
from suite.style.losses import PerceptualLoss
from suite.task import Built, Examples


def build(config: Config, examples: Examples) -> Built:
    """A painter of the configured paintings' styles, and the model that trains it by the losses of a feature net.

    If the training starts with a painter of other styles, it keeps them, and only the scales and shifts of the new ones
    are learned: Dumoulin, Shlens and Kudlur 2017, "A Learned Representation for Artistic Style", section 3.2.
    """
    names, kept = list(examples.labels), _kept_styles(config, examples.labels)
    paintings = data.paintings(config.data.styles, config.data.painting)
    loss = PerceptualLoss(config.loss)
    by_style = config.loss.content_by_style
    if unknown := [name for name in by_style if name not in names]:
        raise InputError(f"loss.contents: {unknown[0]}: is no style; there are {', '.join(names)}")
    grams = [loss.style_grams(painting[None]) for painting in paintings.values()]
    # Of a style that is kept no batch has pictures: zeros stand in its place.
    stacked = {
        layer: np.pad(np.concatenate([one[layer] for one in grams]), [(len(kept), 0), (0, 0), (0, 0)])
        for layer in loss.config.style_layers
    }
    contents = np.array([0.0] * len(kept) + [by_style.get(name, loss.config.content) for name in names], np.float32)
    painter = build_painter(config.model, len(kept) + len(names))
    about = {"mean": [0.0], "std": [1.0], "size": networks.on_grid(config.data.painting)}
    if kept:
        about["learned"] = names
        for layer in painter.get_layer("painter").layers:
            layer.trainable = isinstance(layer, ConditionalNormalization)
    core = PainterTraining(painter, StyleLosses(loss, stacked, contents))
    side = networks.on_grid(256 + 2 * config.model.margin)
    shape = (side, side, 3)
    return Built(core, painter, networks.network(config.model), shape, about, labels=(*kept, *names) if kept else ())


def _kept_styles(config: Config, names: Sequence[str]) -> tuple[str, ...]:
    """The styles of the painter that the training starts with, if all of them stay as they are.

    Raises:
        InputError: Some of its styles are to be learned on, and the paintings of others are missing.
    """
    if not (start := config.training.start):
        return ()
    file, about = runtime.identify(Path(start))
    theirs = about.labels
    again, missing = ([name for name in theirs if (name in names) == here] for here in (True, False))
    if again and missing:
        raise InputError(
            f"data.styles: {again[0]}: is a style of {start} already: give the file of a new painting another name, or "
            f"name the paintings of all of its styles to train them on ({missing[0]} is missing)"
        )
    if beside := runtime.config_beside(file):
        for name, value in vars(tasks.run_config(tasks.get("style"), beside).model).items():
            if getattr(config.model, name) != value:
                remedy = f"choose its own by --model.{name} {value}"
                raise InputError(f"training.start: {start}: is another network; {remedy}")
    if missing and config.training.weight_decay:
        raise InputError("training.weight_decay: would change the styles that are kept; leave it at 0")
    return tuple(missing)


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
