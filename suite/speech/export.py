"""Signatures of the SavedModel and sources of the TFLite files of keyword spotters."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from suite.artefacts.metadata import Metadata
from suite.artefacts.saved_model import Endpoint
from suite.artefacts.tflite import Source
from suite.artefacts.tflite_metadata import Audio
from suite.artefacts.tflite_metadata import Features as FeaturesContent
from suite.speech.features import FLOOR, SAMPLE_RATE, SAMPLES, Features


def signatures(model: keras.Model, about: Metadata) -> list[Endpoint]:
    """Waveforms (B, 16000) to probabilities, and to log-mel features."""
    front, normalisation = model.get_layer("log_mel"), model.get_layer("spotter").get_layer("normalisation")
    spec = tf.TensorSpec((None, SAMPLES), tf.float32, name="waveform")
    return [
        Endpoint(
            "serving_default",
            lambda waveform: {"probabilities": tf.nn.softmax(model(waveform))},
            [spec],
            [normalisation],  # `suite.artefacts.rebuild` reads its mean and variance
        ),
        Endpoint("features", lambda waveform: {"log_mel": front(waveform)}, [spec]),
    ]


def sources(model: keras.Model, about: Metadata, options: Any) -> list[Source]:
    """Phones' files take the waveform, with the front end in float; microcontrollers' files take the features."""
    spotter, features = model.get_layer("spotter"), Features.of(about.settings)
    return [
        Source(
            lambda waveform: {"probabilities": tf.nn.softmax(model(waveform))},
            {"waveform": tf.TensorSpec((1, SAMPLES), tf.float32)},
            {"waveform": Audio(SAMPLE_RATE)},
            modes=("float32", "float16", "dynamic", "int8"),
            float_until="normalisation",
        ),
        Source(
            lambda log_mel: {"probabilities": tf.nn.softmax(spotter(log_mel))},
            {"log_mel": tf.TensorSpec((1, *features.shape), tf.float32)},
            {"log_mel": FeaturesContent("The features log_mel")},
            modes=("int8_mcu",),
        ),
    ]


def card(about: Metadata) -> dict[str, Any]:
    """The variables of card.md."""
    return {"features": Features.of(about.settings), "floor": FLOOR, "rate": SAMPLE_RATE}
