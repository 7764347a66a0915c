"""Augmentation: decided by the seed, as strong as asked, and off where it is off."""

import numpy as np
import pytest
import tensorflow as tf

from suite.speech.augment import augment_features, augment_waveforms, cut_off
from suite.speech.config import AugmentConfig

SEED = tf.constant([1, 2], tf.int64)
OFF = dict(shift=0, gain=0, noise=0, time_masks=0, mel_masks=0, equaliser=0, mel_warp=0, time_warp=0)


def only(**changes):
    return AugmentConfig(**{**OFF, **changes})


@pytest.fixture
def waveforms():
    time = np.arange(16_000) / 16_000
    return tf.constant(np.stack([0.1 * np.sin(2 * np.pi * f * time) for f in range(200, 1000, 50)]), tf.float32)


@pytest.fixture
def noises():
    return tf.constant(np.random.default_rng(0).normal(0, 0.02, (5, 16_000)), tf.float32)


@pytest.fixture
def log_mel():
    return tf.constant(np.random.default_rng(1).normal(-6, 2, (16, 49, 40)), tf.float32)


def test_all_off_changes_nothing(waveforms, noises, log_mel):
    np.testing.assert_array_equal(augment_waveforms(waveforms, noises, only(), SEED), waveforms)
    np.testing.assert_array_equal(augment_features(log_mel, only(), SEED), log_mel)


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
def test_the_seed_decides_eagerly_and_inside_tf_data(waveforms, noises, log_mel, dtype):
    config, seed = AugmentConfig(), tf.constant([1, 2], dtype)
    wave, mel = augment_waveforms(waveforms, noises, config, seed), augment_features(log_mel, config, seed)
    data = tf.data.Dataset.from_tensors((waveforms, log_mel)).repeat(2)
    data = data.map(lambda w, m: (augment_waveforms(w, noises, config, seed), augment_features(m, config, seed)))
    for w, m in data:
        np.testing.assert_allclose(w, wave, atol=1e-5)
        np.testing.assert_allclose(m, mel, atol=1e-3)
    other = tf.constant([1, 3], dtype)
    assert np.abs(augment_waveforms(waveforms, noises, config, other) - wave).max() > 0.01
    assert np.abs(augment_features(log_mel, config, other) - mel).max() > 0.5


def test_the_clips_of_a_batch_are_changed_differently(waveforms, log_mel):
    wave = augment_waveforms(tf.repeat(waveforms[:1], 2, axis=0), None, only(gain=10), SEED)
    assert np.abs(wave[0] - wave[1]).max() > 0.001
    mel = augment_features(tf.repeat(log_mel[:1], 2, axis=0), only(equaliser=4), SEED)
    assert np.abs(mel[0] - mel[1]).max() > 0.1


def test_a_clip_that_is_cut_off_is_told():
    """A tone in the middle, over a little noise: where less than half of it is left, it is no longer the word."""
    rng = np.random.default_rng(0)
    word = np.zeros((400, 16_000), np.float32)
    word[:, 6000:10_000] = 0.1 * np.sin(np.arange(4000))
    clips = tf.constant(word + rng.normal(0, 0.001, word.shape).astype(np.float32))
    moved, gone = cut_off(clips, 0.5, SEED)
    left = np.square(moved).sum(axis=1) / np.square(clips).sum(axis=1)
    assert 0.15 < np.mean(gone) < 0.35 and 0.4 < np.mean(np.any(moved != clips, axis=1)) < 0.6
    assert left[gone].max() < 0.55 and left[~gone.numpy()].min() > 0.45
    same, none = cut_off(clips, 0.0, SEED)
    assert not np.any(none)
    np.testing.assert_array_equal(same, clips)
    assert not np.any(cut_off(tf.zeros([4, 16_000]), 1.0, SEED)[1])  # silence has nothing to lose


def test_shift_moves_by_at_most_what_is_asked_and_fills_with_zeros():
    impulses = tf.one_hot([8000] * 200, 16_000)
    shifted = augment_waveforms(impulses, None, only(shift=10), SEED).numpy()
    moved = shifted.argmax(axis=1) - 8000
    assert (shifted.sum(axis=1) == 1).all()
    assert moved.min() < -100 and moved.max() > 100 and np.abs(moved).max() <= 160
    edge = augment_waveforms(tf.one_hot([0] * 200, 16_000), None, only(shift=10), SEED).numpy()
    assert 0 < (edge.sum(axis=1) == 0).sum() < 200  # pushed over the edge, it does not come back on the other side


def test_noise_has_the_ratio_that_was_asked(waveforms, noises):
    added = augment_waveforms(waveforms, noises, only(noise=1, snr_low=10, snr_high=10), SEED) - waveforms
    ratio = 10 * np.log10(np.mean(np.square(waveforms), axis=1) / np.mean(np.square(added), axis=1))
    np.testing.assert_allclose(ratio, 10, atol=0.1)


def test_noise_is_mixed_into_the_share_that_was_asked(noises):
    many = tf.ones([1000, 400]) * 0.1
    changed = np.abs(augment_waveforms(many, noises[:, :400], only(noise=0.3), SEED) - many).max(axis=1) > 0
    assert changed.mean() == pytest.approx(0.3, abs=0.05)


def test_noise_without_noises_or_into_digital_silence_changes_nothing(waveforms, noises):
    for nothing in (None, noises[:0]):
        np.testing.assert_array_equal(augment_waveforms(waveforms, nothing, only(noise=1), SEED), waveforms)
    silent = augment_waveforms(tf.zeros([4, 16_000]), noises, only(noise=1), SEED)
    np.testing.assert_array_equal(silent, 0)
    assert np.isfinite(augment_waveforms(waveforms, tf.zeros([2, 16_000]), only(noise=1), SEED)).all()


def test_gain_stays_within_what_was_asked_and_never_leaves_the_range(waveforms):
    changed = augment_waveforms(tf.repeat(waveforms, 20, axis=0), None, only(gain=6), SEED)
    decibels = 20 * np.log10(np.abs(changed).max(axis=1) / 0.1)
    assert -6.1 < decibels.min() < -4 and 4 < decibels.max() < 6.1
    assert np.abs(augment_waveforms(waveforms * 9, None, only(gain=20), SEED)).max() <= 1


@pytest.mark.parametrize(
    ("config", "axis", "widest"),
    [(only(time_masks=2, time_mask=7), 1, 14), (only(mel_masks=2, mel_mask=5), 2, 10)],
)
def test_masks_hide_whole_rows_behind_the_mean(log_mel, config, axis, widest):
    masked = augment_features(log_mel, config, SEED).numpy()
    hidden = masked != log_mel.numpy()
    rows = hidden.any(axis=3 - axis)
    np.testing.assert_array_equal(rows, hidden.all(axis=3 - axis))
    assert 0 < rows.sum(axis=1).max() <= widest
    clip = rows.any(axis=1).argmax()
    np.testing.assert_allclose(masked[clip][hidden[clip]], log_mel[clip].numpy().mean(), rtol=1e-5)


def test_the_equaliser_adds_a_smooth_curve_of_the_asked_strength(log_mel):
    many = tf.repeat(log_mel, 20, axis=0)
    curve = (augment_features(many, only(equaliser=4), SEED) - many).numpy()
    np.testing.assert_allclose(curve, curve[:, :1, :].repeat(49, axis=1), atol=1e-4)  # the same in every frame
    assert curve[:, 0, 0].std() * 10 / np.log(10) == pytest.approx(4, rel=0.15)  # dB
    assert np.abs(np.diff(curve[:, 0], axis=1)).max() < 1


@pytest.mark.parametrize(("config", "axis"), [(only(time_warp=0.2), 1), (only(mel_warp=0.2), 2)])
def test_warps_move_a_peak_by_at_most_what_was_asked(config, axis):
    place = 40 if axis == 1 else 30
    fixed = 24 if axis == 1 else 0  # the point that a stretch leaves in place
    peaks = np.zeros((100, 49, 40), np.float32)
    peaks[(slice(None), place, slice(None)) if axis == 1 else (slice(None), slice(None), place)] = 1
    warped = augment_features(tf.constant(peaks), config, SEED).numpy()
    moved = warped.sum(axis=3 - axis).argmax(axis=1) - place
    most = (place - fixed) * (1 / 0.8 - 1) + 1
    assert moved.min() < -1 and moved.max() > 1 and np.abs(moved).max() <= most
    flat = tf.ones([4, 49, 40]) * 3
    np.testing.assert_allclose(augment_features(flat, config, SEED), 3, rtol=1e-5)
