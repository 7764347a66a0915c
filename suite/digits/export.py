"""Signatures of the SavedModel and sources of the TFLite files of picture classifiers."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from suite.artefacts.metadata import Metadata
from suite.artefacts.saved_model import Endpoint
from suite.artefacts.tflite import Source
from suite.artefacts.tflite_metadata import Features, Image


def signatures(model: keras.Model, about: Metadata) -> list[Endpoint]:
    """One signature: pictures (B, H, W, C) in 0..255 to probabilities."""
    spec = tf.TensorSpec((None, *model.inputs[0].shape[1:]), tf.float32, name="image")
    return [Endpoint("serving_default", lambda image: {"probabilities": tf.nn.softmax(model(image))}, [spec])]


def sources(model: keras.Model, about: Metadata, options: Any) -> list[Source]:
    """Phones' files take colour pictures uint8 (1, H, W, 3), averaged in the graph where the model takes grey.

    MediaPipe refuses pictures of one channel. Microcontrollers' files take the model's own input, in int8.
    """
    height, width, channels = model.inputs[0].shape[1:]

    def from_phone(image: tf.Tensor) -> dict[str, tf.Tensor]:
        colours = tf.cast(image, tf.float32)
        picture = tf.reduce_mean(colours, axis=3, keepdims=True) if channels == 1 else colours
        return {"probabilities": tf.nn.softmax(model(picture))}

    phone = {"image": tf.TensorSpec((1, height, width, 3), tf.uint8)}
    mcu = {"grey": tf.TensorSpec((1, height, width, channels), tf.float32)}
    contents = {"image": Image(about.settings["mean"], about.settings["std"])}
    return [
        Source(from_phone, phone, contents, modes=("float32", "float16", "dynamic", "int8")),
        Source(
            lambda grey: {"probabilities": tf.nn.softmax(model(grey))},
            mcu,
            {"grey": Features("The features grey")},
            modes=("int8_mcu",),
        ),
    ]
