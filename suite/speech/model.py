"""Keyword spotters: a log-mel front end and a chain of blocks over the spectrogram."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from suite import blocks
from suite.artefacts.metadata import Metadata
from suite.speech import features as front_end
from suite.speech import networks
from suite.speech.config import Config, ModelConfig
from suite.speech.features import FLOOR, SAMPLE_RATE, SAMPLES, Features
from suite.speech.inputs import to_float


def build(config: ModelConfig, features: Features, classes: int) -> keras.Model:
    """The network alone: log-mel features (B, T, F) to logits (B, classes).

    Its first layer is `normalisation`, to be adapted to training features before training.
    """
    inputs = keras.Input(features.shape, name="log_mel")
    x = keras.layers.Normalization(axis=None, name="normalisation")(inputs)  # one mean and one variance for all bands
    x = keras.layers.Reshape((*features.shape, 1), name="channel")(x)
    core = blocks.build(networks.network(config), (*features.shape, 1), classes)
    return keras.Model(inputs, core(x), name="spotter")


def with_front_end(spotter: keras.Model, features: Features) -> keras.Model:
    """The whole model: waveform (B, 16000), float32 in -1..1 at 16 kHz, to logits; shares the spotter's weights."""
    waveform = keras.Input((SAMPLES,), name="waveform")
    return keras.Model(waveform, spotter(LogMel(**features.as_dict(), name="log_mel")(waveform)), name="speech")


def describe(config: Config, features: Features, labels: Sequence[str], parameters: int, macs: int) -> Metadata:
    """What the model says of itself, in every file of it."""
    return Metadata(
        task="speech",
        labels=tuple(labels),
        input="waveform",
        settings={
            "sample_rate": SAMPLE_RATE,
            "samples": SAMPLES,
            "features": features.as_dict(),
            "variant": config.model.variant,
            "parameters": parameters,
            "macs": macs,
        },
        name="keyword spotter",
        description="Says which word one second of sound holds",
    )


@keras.saving.register_keras_serializable("suite")
class LogMel(keras.layers.Layer):
    """Waveform (B, 16000) to log-mel features (B, T, F), the natural logarithm of mel power + 1e-6.

    The same as features.log_mel and librosa to 1e-4, from operations that every TFLite runtime has built in.

    Args:
        window, hop, mels, low, high: As in features.Features.
    """

    def __init__(self, window: int, hop: int, mels: int, low: float, high: float, **kwargs):
        super().__init__(**kwargs)
        self.features = Features(window, hop, mels, low, high)

    def call(self, waveform):
        features = self.features
        taper = front_end.window(features)
        spectrum = tf.signal.stft(
            waveform,
            features.fft,
            features.hop,
            features.fft,
            window_fn=lambda length, dtype: tf.constant(taper, dtype),
        )
        power = tf.square(tf.abs(spectrum))  # (B, T, fft/2+1)
        mel = tf.tensordot(power, tf.constant(front_end.mel_matrix(features)), 1)
        return tf.math.log(mel + FLOOR)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.features.shape)

    def get_config(self):
        return {**super().get_config(), **self.features.as_dict()}


def log_mel(waveforms: np.ndarray, features: Features, batch: int = 256) -> np.ndarray:
    """Features of many clips through the layer itself: int16 (N, 16000) to float32 (N, T, F)."""
    layer = LogMel(**features.as_dict())
    parts = [waveforms[i : i + batch] for i in range(0, len(waveforms), batch)]
    return np.concatenate([layer(to_float(part)).numpy() for part in parts])
