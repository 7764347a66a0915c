"""The training input pipeline: clips in, augmented log-mel batches out."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from suite.data.batches import of
from suite.speech.augment import augment_features, augment_waveforms
from suite.speech.config import Config
from suite.speech.data import Clips
from suite.speech.features import SAMPLES, Features
from suite.speech.model import LogMel, log_mel


def batches(clips: Clips, noises: np.ndarray, features: Features, config: Config, first: int = 0) -> tf.data.Dataset:
    """Augmented batches from step `first` to the end of the last epoch.

    Args:
        clips: The training split.
        noises: int16 (M, 16000), to mix in.
        features: The front end.
        config: Augmentation, batch size, epochs and seed.
        first: Number of the first step.

    Returns:
        Batches of log-mel features (B, T, F) float32 and one-hot targets (B, L) float32.
    """
    layer = LogMel(**features.as_dict())
    noise = tf.constant(noises, tf.float32) / 32767
    targets = tf.one_hot(clips.targets, len(clips.labels))

    def make(rows, seed):
        waveforms = tf.numpy_function(lambda r: clips.waveforms[r], [rows], tf.int16, stateful=False)
        waveforms = tf.cast(tf.ensure_shape(waveforms, (rows.shape[0], SAMPLES)), tf.float32) / 32767
        seeds = tf.random.split(seed, 2)
        waveforms = augment_waveforms(waveforms, noise, config.augment, seeds[0])
        return augment_features(layer(waveforms), config.augment, seeds[1]), tf.gather(targets, rows)

    return of(len(clips), config.training, make, first)


def validation(clips: Clips, features: Features) -> tf.data.Dataset:
    """The clips as they are: batches of log-mel features (B, T, F) and one-hot targets (B, L)."""
    targets = tf.one_hot(clips.targets, len(clips.labels))
    return tf.data.Dataset.from_tensor_slices((log_mel(clips.waveforms, features), targets)).batch(256)
