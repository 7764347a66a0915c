"""Augmented training batches of log-mel features."""

from __future__ import annotations

import tensorflow as tf

from suite.data.batches import stateless_batches
from suite.problems.classification import training_targets, training_weights
from suite.speech.augment import augment_features, augment_waveforms, cut_off
from suite.speech.config import SILENCE, UNKNOWN, Config
from suite.speech.data import noises
from suite.speech.features import SAMPLES, Features
from suite.speech.model import LogMel
from suite.task import Built, Examples


def batches(examples: Examples, built: Built, config: Config, first: int) -> tf.data.Dataset:
    """Batches from step `first` to the end of the last epoch.

    Returns:
        Batches of log-mel features (B, T, F) float32, targets (B, L) float32 and, with data.balance, weights (B,).
    """
    layer = LogMel(**Features.of(built.settings).as_dict())
    noise = tf.constant(noises(config.data), tf.float32) / 32767
    targets, weights = training_targets(examples), training_weights(examples, config.data.balance)
    labels, augment = examples.labels, config.augment
    unknown = tf.one_hot(labels.index(UNKNOWN), len(labels)) if UNKNOWN in labels and augment.partial else None
    silence = tf.constant([label == SILENCE for label in labels])

    def make(rows: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, ...]:
        waveforms = tf.numpy_function(lambda r: examples.raw[r], [rows], tf.int16, stateful=False)
        waveforms = tf.cast(tf.ensure_shape(waveforms, (rows.shape[0], SAMPLES)), tf.float32) / 32767
        seeds, wanted = tf.random.split(seed, 3), targets(rows)
        if unknown is not None:
            waveforms, gone = cut_off(waveforms, augment.partial, seeds[2])
            spoken = ~tf.gather(silence, tf.argmax(wanted, axis=1))
            wanted = tf.where((gone & spoken)[:, None], unknown, wanted)
        waveforms = augment_waveforms(waveforms, noise, augment, seeds[0])
        return augment_features(layer(waveforms), augment, seeds[1]), wanted, *weights(rows)

    return stateless_batches(len(examples), config.training, make, first)
