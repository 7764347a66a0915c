"""Random warps of pictures inside tf.data; stateless, by a seed. Exported models hold none of it."""

from __future__ import annotations

import math

import tensorflow as tf

KNOTS = 5  # of the elastic displacement along each axis, which is linear between them


def random_warp(
    images: tf.Tensor, seed: tf.Tensor, shift: float, rotation: float, scale: float, shear: float, elastic: float
) -> tf.Tensor:
    """Shifts, rotates, scales, shears and bends pictures, all in one resampling.

    Args:
        images: float32 (B, H, W, C).
        seed: int32 (2,); the same seed gives the same result.
        shift: Largest shift along each axis, either way, in pixels.
        rotation: Largest rotation, either way, in degrees.
        scale: Largest relative change of size along each axis, either way.
        shear: Largest shear, either way; at 0.1 the top moves by a twentieth of the height.
        elastic: Standard deviation of a smooth random displacement of every pixel, in pixels.

    Returns:
        float32 (B, H, W, C); outside of a picture its edge is repeated.

    Elastic: Simard, Steinkraus and Platt 2003, "Best Practices for Convolutional Neural Networks", section 2; smooth
    by interpolation between knots, in place of their Gaussian filter.
    """
    seeds = tf.random.split(seed, 2)
    batch, height, width = tf.shape(images)[0], images.shape[1], images.shape[2]
    y = tf.range(height, dtype=tf.float32)[:, None] - (height - 1) / 2
    x = tf.range(width, dtype=tf.float32)[None, :] - (width - 1) / 2
    largest = tf.constant([math.radians(rotation), scale, scale, shear, shift, shift])
    turn = _matrices(tf.random.stateless_uniform([batch, 6], seeds[0], -1.0, 1.0) * largest)  # (B, 2, 3)
    grid = tf.stack(
        [tf.broadcast_to(y, (height, width)), tf.broadcast_to(x, (height, width)), tf.ones((height, width))]
    )
    source = tf.tensordot(turn, grid, [[2], [0]])  # (B, 2, H, W): where each pixel comes from
    if elastic:
        source += _bend(batch, height, width, elastic, seeds[1])
    centre = tf.constant([(height - 1) / 2, (width - 1) / 2])[None, :, None, None]
    return _sample(images, source + centre)


def _matrices(changes: tf.Tensor) -> tf.Tensor:
    """Affine maps (B, 2, 3) from a pixel, as (y, x, 1) from the centre, to where it comes from."""
    angle, tall, wide, shear, down, right = tf.unstack(changes, axis=1)
    sine, cosine = tf.sin(angle), tf.cos(angle)
    rows = [(1 + tall) * cosine, -sine, down], [sine + shear, (1 + wide) * cosine, right]
    return tf.stack([tf.stack(row, axis=1) for row in rows], axis=1)


def _bend(batch: tf.Tensor, height: int, width: int, pixels: float, seed: tf.Tensor) -> tf.Tensor:
    """Smooth displacements (B, 2, H, W)."""
    knots = tf.random.stateless_normal([batch, 2, KNOTS, KNOTS], seed, stddev=pixels)
    return tf.einsum("bcij,ih,jw->bchw", knots, _hats(height), _hats(width))


def _hats(size: int) -> tf.Tensor:
    """Linear interpolation from knots to pixels, (KNOTS, size)."""
    position = tf.range(size, dtype=tf.float32) * ((KNOTS - 1) / (size - 1))
    return tf.nn.relu(1 - tf.abs(tf.range(KNOTS, dtype=tf.float32)[:, None] - position))


def _sample(images: tf.Tensor, source: tf.Tensor) -> tf.Tensor:
    """The pictures at places between pixels, (B, 2, H, W), by bilinear interpolation."""
    height, width = images.shape[1], images.shape[2]
    y, x = tf.clip_by_value(source[:, 0], 0.0, height - 1.0), tf.clip_by_value(source[:, 1], 0.0, width - 1.0)
    top, left = tf.minimum(tf.floor(y), height - 2.0), tf.minimum(tf.floor(x), width - 2.0)
    down, right = (y - top)[..., None], (x - left)[..., None]
    place = tf.cast(top * width + left, tf.int32)  # (B, H, W)
    flat = tf.reshape(images, (-1, height * width, images.shape[3]))

    def at(offset: int) -> tf.Tensor:
        return tf.gather(flat, place + offset, batch_dims=1)

    above = at(0) * (1 - right) + at(1) * right
    below = at(width) * (1 - right) + at(width + 1) * right
    return above * (1 - down) + below * down
