"""Painters: a chain of blocks over a picture gives another one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import tensorflow as tf

from suite import blocks
from suite.artefacts import metadata, runtime
from suite.artefacts.metadata import Metadata
from suite.blocks import layers as _layers  # noqa: F401 - registers what a saved painter holds
from suite.errors import InputError
from suite.style import networks
from suite.style.config import Config, ModelConfig


def build(config: ModelConfig, styles: int) -> keras.Model:
    """The whole model.

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
    x = keras.layers.Rescaling(1 / 127.5, offset=-1.0, name="rescaling")(WholeGrid(networks.GRID, name="grid")(image))
    core = blocks.build(networks.network(config), (None, None, 3), 3, name="painter", conditions=styles)
    repainted = Repaint(name="repaint")([image, core([x, weights]), strength])
    return keras.Model([image, weights, strength], Clip(name="clip")(repainted), name="style")


def begin_with(painter: keras.Model, start: Path, styles: Sequence[str]) -> None:
    """Gives a painter the weights of another one of the same styles and network.

    Raises:
        InputError: There is no such painter, or it has other styles or another network.
    """
    file = runtime.model_file(start)
    theirs = metadata.read(file)
    if theirs.task != "style" or theirs.labels != tuple(styles):
        raise InputError(f"training.start: {start}: has {', '.join(theirs.labels)}; it must have {', '.join(styles)}")
    weights = keras.saving.load_model(file, compile=False).get_weights()
    if [weight.shape for weight in weights] != [tuple(weight.shape) for weight in painter.weights]:
        raise InputError(f"training.start: {start}: is another network; choose its own by --model.variant")
    painter.set_weights(weights)


def unclipped(painter: keras.Model) -> keras.Model:
    """The same painter, but what it gives may leave 0..255, so that training can bring it back."""
    return keras.Model(painter.inputs, painter.get_layer("repaint").output)


@keras.saving.register_keras_serializable("suite.style")
class WholeGrid(keras.layers.Layer):
    """Mirrors an image at its lower and right edge until its sides are multiples of a number."""

    def __init__(self, multiple: int, **options):
        super().__init__(**options)
        self.multiple = multiple

    def call(self, image):
        if all(side and side % self.multiple == 0 for side in image.shape[1:3]):
            return image
        height, width = tf.shape(image)[1], tf.shape(image)[2]
        below, beside = -height % self.multiple, -width % self.multiple
        return tf.pad(image, [(0, 0), (0, below), (0, beside), (0, 0)], mode="REFLECT")

    def compute_output_shape(self, shape):
        return (shape[0], *(n and n + -n % self.multiple for n in shape[1:3]), shape[3])

    def get_config(self):
        return super().get_config() | {"multiple": self.multiple}


@keras.saving.register_keras_serializable("suite.style")
class Repaint(keras.layers.Layer):
    """Puts what was painted, around 0, over the image, as opaque as the strength says.

    The image is not what the painting begins with: normalised features do not know its contrast, and could not take
    away what is to go.
    """

    def call(self, inputs):
        image, painted, strength = inputs
        painted = 127.5 + 127.5 * painted[:, : tf.shape(image)[1], : tf.shape(image)[2]]
        return image + tf.reshape(strength, (-1, 1, 1, 1)) * (painted - image)

    def compute_output_shape(self, shapes):
        return shapes[0]


@keras.saving.register_keras_serializable("suite.style")
class Clip(keras.layers.Layer):
    """Cuts off what leaves 0..255."""

    def call(self, picture):
        return tf.clip_by_value(picture, 0.0, 255.0)

    def compute_output_shape(self, shape):
        return shape


def describe(config: Config, styles: Sequence[str], parameters: int, macs: int) -> Metadata:
    """What the model says of itself, in every file of it."""
    return Metadata(
        task="style",
        labels=tuple(styles),
        input="image",
        settings={
            "mean": [0.0],
            "std": [1.0],
            "variant": config.model.variant,
            "parameters": parameters,
            "macs": macs,
        },
        name="painter",
        description="Paints a photograph like a famous picture",
        output="picture",
    )
