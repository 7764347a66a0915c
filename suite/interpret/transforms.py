"""Random transforms under which a natural input stays what it is; stateless, by seed (2,).

A transform takes inputs (B, ...) and gives inputs of the same shape.
"""

from __future__ import annotations

import math

import tensorflow as tf


def affine(pictures: tf.Tensor, seed: tf.Tensor, rotation: float, scale: float, shift: float) -> tf.Tensor:
    """Pictures (B, H, W, C), rotated, scaled and shifted about their centre, zero beyond their edges.

    Args:
        pictures: float (B, H, W, C).
        seed: (2,).
        rotation: Degrees, either way.
        scale: Relative change of size, either way.
        shift: Pixels along each axis, either way.
    """
    height, width = pictures.shape[1:3]
    draws = tf.random.stateless_uniform((4, tf.shape(pictures)[0]), seed, -1, 1)
    angle, size = draws[0] * math.radians(rotation), 1 + draws[1] * scale
    cosine, sine = tf.cos(angle) * size, tf.sin(angle) * size
    x, y = (width - 1) / 2, (height - 1) / 2
    across, down = draws[2] * shift, draws[3] * shift
    zero = tf.zeros_like(cosine)
    matrix = [cosine, -sine, x - cosine * x + sine * y + across, sine, cosine, y - sine * x - cosine * y + down]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pictures,
        transforms=tf.stack([*matrix, zero, zero], 1),
        output_shape=(height, width),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )


def roll(inputs: tf.Tensor, seed: tf.Tensor, places: tuple[int, ...]) -> tf.Tensor:
    """Inputs (B, ...), all moved round by the same random number of places, at most `places` along each inner axis."""
    shifts = tf.stack(
        [tf.random.stateless_uniform((), seed + axis, -most, most + 1, tf.int32) for axis, most in enumerate(places)]
    )
    return tf.roll(inputs, shifts, list(range(1, len(places) + 1)))


def gain(waveforms: tf.Tensor, seed: tf.Tensor, decades: float) -> tf.Tensor:
    """Waveforms (B, N) louder or softer by at most this number of powers of ten, each by its own."""
    return waveforms * 10 ** tf.random.stateless_uniform((tf.shape(waveforms)[0], 1), seed, -decades, decades)


def noise(waveforms: tf.Tensor, seed: tf.Tensor, low: float, high: float) -> tf.Tensor:
    """Waveforms (B, N) with white noise of a level between two powers of ten."""
    level = 10 ** tf.random.stateless_uniform((tf.shape(waveforms)[0], 1), seed, low, high)
    return waveforms + level * tf.random.stateless_normal(tf.shape(waveforms), seed + 1)
