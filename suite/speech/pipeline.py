"""The training input pipeline: clips in, augmented log-mel batches out, each a function of its step alone."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from suite.speech.augment import augment_features, augment_waveforms
from suite.speech.config import Config
from suite.speech.data import Clips
from suite.speech.features import SAMPLES, Features
from suite.speech.model import LogMel, log_mel


def steps_an_epoch(clips: Clips, config: Config) -> int:
    """Whole batches in one pass over the clips, and at least training.min_steps."""
    return max(config.training.min_steps, len(clips) // config.training.batch)


def batches(clips: Clips, noises: np.ndarray, features: Features, config: Config, first: int = 0) -> tf.data.Dataset:
    """Augmented batches from step `first` to the end of the last epoch.

    The order of a pass over the clips and the random changes of a batch depend on the seed and the step's number, not
    on what came before: a training that goes on at step 1,000 sees what it would have seen.

    Args:
        clips: The training split.
        noises: int16 (M, 16000), to mix in.
        features: The front end.
        config: Augmentation, batch size, epochs and seed.
        first: Number of the first step.

    Returns:
        Batches of log-mel features (B, T, F) float32 and one-hot targets (B, L) float32.
    """
    seed, size = config.training.seed, min(config.training.batch, len(clips))
    steps = len(clips) // size  # a pass; an epoch of a small set has several
    layer = LogMel(**features.as_dict())
    noise = tf.constant(noises, tf.float32) / 32767
    targets = tf.one_hot(clips.targets, len(clips.labels))

    def make(step):
        number, place = step // steps, step % steps
        order = tf.random.experimental.stateless_shuffle(tf.range(len(clips)), tf.stack([seed, number]))
        rows = tf.ensure_shape(order[place * size : (place + 1) * size], (size,))
        waveforms = tf.numpy_function(lambda r: clips.waveforms[r], [rows], tf.int16, stateful=False)
        waveforms = tf.cast(tf.ensure_shape(waveforms, (size, SAMPLES)), tf.float32) / 32767
        seeds = tf.random.split(tf.stack([seed, step]), 2)
        waveforms = augment_waveforms(waveforms, noise, config.augment, seeds[0])
        return augment_features(layer(waveforms), config.augment, seeds[1]), tf.gather(targets, rows)

    last = steps_an_epoch(clips, config) * config.training.epochs
    numbers = tf.data.Dataset.range(first, last, output_type=tf.int32)
    return numbers.map(make, num_parallel_calls=tf.data.AUTOTUNE).prefetch(4)


def validation(clips: Clips, features: Features) -> tf.data.Dataset:
    """The clips as they are: batches of log-mel features (B, T, F) and one-hot targets (B, L)."""
    targets = tf.one_hot(clips.targets, len(clips.labels))
    return tf.data.Dataset.from_tensor_slices((log_mel(clips.waveforms, features), targets)).batch(256)
