"""Random changes to waveforms and log-mel features inside tf.data; stateless, by a seed. Exported models hold none."""

from __future__ import annotations

import math

import tensorflow as tf

from suite.speech.config import AugmentConfig
from suite.speech.features import SAMPLE_RATE

FLOOR = 1e-10  # mean power below which a waveform counts as digital silence
_FRAME = SAMPLE_RATE // 100  # samples whose power is measured
_FARTHEST = 80  # frames by which a clip is moved at most to cut a word off


def augment_waveforms(
    waveforms: tf.Tensor, noises: tf.Tensor | None, config: AugmentConfig, seed: tf.Tensor
) -> tf.Tensor:
    """Shifts clips in time, mixes noise into some of them, and changes their level.

    Args:
        waveforms: float32 (B, N) in -1..1 at 16 kHz.
        noises: float32 (M, N), in -1..1; none are mixed if None or empty.
        config: The ranges of the changes.
        seed: int32 or int64 (2,); the same seed gives the same result.

    Returns:
        float32 (B, N) in -1..1.
    """
    seeds = tf.random.split(seed, 3)
    if config.shift:
        waveforms = _shift(waveforms, int(config.shift * SAMPLE_RATE / 1000), seeds[0])
    if config.noise and noises is not None and noises.shape[0] != 0:
        waveforms = _mix(waveforms, noises, config, seeds[1])
    if config.gain:
        decibels = tf.random.stateless_uniform([tf.shape(waveforms)[0], 1], seeds[2], -config.gain, config.gain)
        waveforms *= _ratio(decibels)
    return tf.clip_by_value(waveforms, -1.0, 1.0)


def cut_off(waveforms: tf.Tensor, share: float, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Moves some clips so far that a part of the word is outside, as in the windows of a stream.

    Args:
        waveforms: float32 (B, 16000) in -1..1 at 16 kHz.
        share: Of the clips that are moved.
        seed: int32 or int64 (2,); the same seed gives the same result.

    Returns:
        The waveforms, and bool (B,): True where less than half of the sound above the background's power is left.
    """
    seeds = tf.random.split(seed, 2)
    batch, frames = tf.shape(waveforms)[0], waveforms.shape[1] // _FRAME
    chosen = tf.random.stateless_uniform([batch], seeds[0]) < share
    shift = tf.random.stateless_uniform([batch], seeds[1], -_FARTHEST, _FARTHEST + 1, tf.int32)
    shift = tf.where(chosen, shift, 0)
    power = tf.reduce_mean(tf.square(tf.reshape(waveforms, [batch, frames, _FRAME])), axis=2)
    quiet = tf.sort(power, axis=1)[:, frames // 5, None]
    sound = tf.nn.relu(power - 2 * quiet)
    left = tf.reduce_sum(_moved(sound, shift, _FARTHEST), axis=1)
    return _moved(waveforms, shift * _FRAME, _FARTHEST * _FRAME), left < 0.5 * tf.reduce_sum(sound, axis=1)


def augment_features(log_mel: tf.Tensor, config: AugmentConfig, seed: tf.Tensor) -> tf.Tensor:
    """Stretches, filters and masks log-mel features.

    Args:
        log_mel: float32 (B, T, F), natural logarithm of mel power, before normalisation.
        config: The ranges of the changes.
        seed: int32 or int64 (2,); the same seed gives the same result.

    Returns:
        float32 (B, T, F); masked cells hold the mean of their clip.

    Masks: SpecAugment, Park et al. 2019. Stretch of the mel axis: after VTLP, Jaitly and Hinton 2013.
    """
    seeds = tf.random.split(seed, 5)
    batch, frames, bins = tf.shape(log_mel)[0], log_mel.shape[1], log_mel.shape[2]
    mean = tf.reduce_mean(log_mel, axis=(1, 2), keepdims=True)
    if config.time_warp:
        log_mel = tf.matmul(_stretch(batch, frames, config.time_warp, seeds[0], (frames - 1) / 2), log_mel)
    if config.mel_warp:
        log_mel = tf.matmul(log_mel, _stretch(batch, bins, config.mel_warp, seeds[1], 0.0), transpose_b=True)
    if config.equaliser:
        log_mel += _curve(batch, bins, config.equaliser, seeds[2])
    if config.time_masks and config.time_mask:
        hidden = _masks(batch, frames, config.time_masks, config.time_mask, seeds[3])
        log_mel = tf.where(hidden[:, :, None], mean, log_mel)
    if config.mel_masks and config.mel_mask:
        hidden = _masks(batch, bins, config.mel_masks, config.mel_mask, seeds[4])
        log_mel = tf.where(hidden[:, None, :], mean, log_mel)
    return log_mel


def _shift(waveforms: tf.Tensor, most: int, seed: tf.Tensor) -> tf.Tensor:
    shift = tf.random.stateless_uniform([tf.shape(waveforms)[0]], seed, -most, most + 1, tf.int32)
    return _moved(waveforms, shift, most)


def _moved(x: tf.Tensor, shift: tf.Tensor, most: int) -> tf.Tensor:
    """Rows (B, N), each moved to the left by its own number of places, at most `most`; zeros follow."""
    padded = tf.pad(x, [[0, 0], [most, most]])
    return tf.gather(padded, most + shift[:, None] + tf.range(tf.shape(x)[1])[None], batch_dims=1)


def _mix(waveforms: tf.Tensor, noises: tf.Tensor, config: AugmentConfig, seed: tf.Tensor) -> tf.Tensor:
    """Adds to some clips a random noise, at a random signal-to-noise ratio."""
    batch, seeds = tf.shape(waveforms)[0], tf.random.split(seed, 3)
    noise = tf.gather(noises, tf.random.stateless_uniform([batch], seeds[0], 0, tf.shape(noises)[0], tf.int32))
    decibels = tf.random.stateless_uniform([batch, 1], seeds[1], config.snr_low, config.snr_high)
    power, noise_power = _power(waveforms), _power(noise)
    factor = tf.sqrt(power / tf.maximum(noise_power, FLOOR)) / _ratio(decibels)
    chosen = tf.random.stateless_uniform([batch, 1], seeds[2]) < config.noise
    return waveforms + tf.where(chosen, factor, 0.0) * noise


def _power(waveforms: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.square(waveforms), axis=1, keepdims=True)


def _ratio(decibels: tf.Tensor) -> tf.Tensor:
    return tf.exp(decibels * (math.log(10) / 20))


def _stretch(batch: tf.Tensor, size: int, most: float, seed: tf.Tensor, centre: float) -> tf.Tensor:
    """Matrices `(B, size, size)` that stretch an axis around a fixed point; what lies outside repeats the edge."""
    factor = 1 + tf.random.stateless_uniform([batch, 1], seed, -most, most)
    index = tf.range(size, dtype=tf.float32)
    source = tf.clip_by_value(centre + (index - centre) * factor, 0.0, size - 1.0)  # (B, size)
    return tf.nn.relu(1 - tf.abs(source[:, :, None] - index))  # linear interpolation


def _curve(batch: tf.Tensor, bins: int, decibels: float, seed: tf.Tensor) -> tf.Tensor:
    """Smooth curves over the mel axis, `(B, 1, F)`, in the unit of the features: the natural logarithm of power."""
    knots = 6
    heights = tf.random.stateless_normal([batch, knots], seed, stddev=decibels * math.log(10) / 10)
    position = tf.range(bins, dtype=tf.float32) * ((knots - 1) / (bins - 1))
    hats = tf.nn.relu(1 - tf.abs(tf.range(knots, dtype=tf.float32)[:, None] - position))  # (knots, F)
    return tf.matmul(heights, hats)[:, None, :]


def _masks(batch: tf.Tensor, size: int, count: int, widest: int, seed: tf.Tensor) -> tf.Tensor:
    """True, `(B, size)`, where one of several masks of random width and place lies."""
    seeds = tf.random.split(seed, 2)
    width = tf.random.stateless_uniform([batch, count, 1], seeds[0], 0, min(widest, size) + 1, tf.int32)
    place = tf.random.stateless_uniform([batch, count, 1], seeds[1])
    start = tf.cast(place * tf.cast(size - width + 1, tf.float32), tf.int32)
    index = tf.range(size)
    return tf.reduce_any((index >= start) & (index < start + width), axis=1)
