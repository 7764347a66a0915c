"""The keyword spotter's Keras model: a log-mel front end and a chain of blocks over the spectrogram."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from suite import blocks
from suite.artefacts.metadata import Metadata
from suite.data.splits import draw
from suite.speech import features as front_end
from suite.speech.config import Config
from suite.speech.features import FLOOR, SAMPLE_RATE, SAMPLES, Features
from suite.speech.networks import network
from suite.speech.preprocessing import to_float
from suite.task import Built, Examples

_NORMALISED = 8000  # examples from which the normalisation is computed


def build(config: Config, examples: Examples) -> Built:
    """The network of log-mel features (B, T, F), and the whole model, of waveforms (B, 16000) in -1..1 at 16 kHz.

    Both give logits (B, L). The normalisation's mean and variance, one for all bands, are those of the examples, of
    many those of some thousands.
    """
    features = Features(fft=config.model.fft)
    spotter, whole = _models(config, features, len(examples.labels))
    some = draw(np.arange(len(examples)), _NORMALISED)
    spotter.get_layer("normalisation").adapt(_log_mel(examples.raw, some, features))
    settings = {
        "sample_rate": SAMPLE_RATE,
        "samples": SAMPLES,
        "features": features.as_dict(),
        "language": config.data.language,
    }
    return Built(spotter, whole, network(config.model), (*features.shape, 1), settings)


def untrained(config: Config, about: Metadata) -> keras.Model:
    """The whole model that `build` made, with random weights, see `Task.untrained`."""
    return _models(config, Features.of(about.settings), len(about.labels))[1]


def _models(config: Config, features: Features, outputs: int) -> tuple[keras.Model, keras.Model]:
    shape = (*features.shape, 1)
    inputs = keras.Input(features.shape, name="log_mel")
    x = keras.layers.Reshape(shape, name="channel")(keras.layers.Normalization(axis=None, name="normalisation")(inputs))
    spotter = keras.Model(inputs, blocks.build(network(config.model), shape, outputs)(x), name="spotter")
    waveform = keras.Input((SAMPLES,), name="waveform")
    logits = spotter(LogMel(**features.as_dict(), name="log_mel")(waveform))
    return spotter, keras.Model(waveform, logits, name="speech")


@keras.saving.register_keras_serializable("suite")
class LogMel(keras.layers.Layer):
    """Waveform (B, 16000) to log-mel features (B, T, F), the natural logarithm of mel power + 1e-6.

    The same as features.log_mel and librosa to 1e-4, from operations that every TFLite runtime has built in.

    Args:
        window, hop, mels, low, high, fft: As in features.Features; files without fft have 512.
    """

    def __init__(
        self, window: int, hop: int, mels: int, low: float, high: float, fft: int = 512, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.features = Features(window, hop, mels, low, high, fft)

    def call(self, waveform: tf.Tensor) -> tf.Tensor:
        features = self.features
        taper = front_end.window(features)
        frames = tf.signal.frame(waveform, features.frame, features.hop) * taper  # (B, T, frame)
        if features.frame > features.fft:
            frames = tf.reshape(frames, (-1, features.shape[0], features.frame // features.fft, features.fft))
            frames = tf.reduce_sum(frames, axis=2)
        spectrum = tf.signal.rfft(frames)
        power = ops.square(ops.abs(spectrum))  # (B, T, fft/2+1)
        return ops.log(ops.tensordot(power, front_end.mel_matrix(features), 1) + FLOOR)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (input_shape[0], *self.features.shape)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **self.features.as_dict()}


def _log_mel(waveforms: Any, rows: np.ndarray, features: Features, batch: int = 256) -> np.ndarray:
    """Features of some clips through the layer itself: rows (M,) of int16 (N, 16000) to float32 (M, T, F)."""
    layer = LogMel(**features.as_dict())
    parts = [rows[i : i + batch] for i in range(0, len(rows), batch)]
    return np.concatenate([layer(to_float(waveforms[part])).numpy() for part in parts])
