"""Random warps of pictures."""

import numpy as np
import pytest
import tensorflow as tf

from suite.data.warp import random_warp

NONE = dict.fromkeys(("shift", "rotation", "scale", "shear", "elastic"), 0.0)
SEED = tf.constant([1, 2])


def warped(images, seed=SEED, **changes):
    return random_warp(images, seed, **NONE | changes).numpy()


def dot(y=14, x=14, batch=64):
    images = np.zeros((batch, 28, 28, 1), np.float32)
    images[:, y, x] = 255
    return tf.constant(images)


def centre(images):
    """Where the light is, (B, 2)."""
    grid = np.stack(np.meshgrid(np.arange(28), np.arange(28), indexing="ij"), -1)
    return np.einsum("bhwc,hwd->bd", images, grid) / images.sum((1, 2, 3))[:, None]


def test_nothing_changes_where_nothing_is_asked_for():
    np.testing.assert_allclose(warped(dot()), dot(), atol=1e-3)


def test_the_seed_decides():
    changes = {"shift": 2.0, "rotation": 12.0, "scale": 0.12, "shear": 0.1, "elastic": 0.8}
    first = warped(dot(), **changes)
    assert np.array_equal(first, warped(dot(), **changes))
    assert not np.array_equal(first, warped(dot(), tf.constant([1, 3]), **changes))
    assert len({row.tobytes() for row in first}) == 64  # each picture is changed in its own way


@pytest.mark.parametrize(
    ("change", "least", "most"), [({"shift": 3.0}, 1, 4.3), ({"elastic": 2.0}, 0.5, 9), ({"rotation": 20.0}, 1, 4)]
)
def test_a_change_is_as_large_as_asked_for(change, least, most):
    moved = centre(warped(dot(14, 22), **change)) - (14, 22)
    assert least < np.abs(moved).max() < most
    assert np.abs(moved.mean(0)).max() < 1  # to either side


def test_scale_and_shear_leave_the_centre_where_it_is():
    images = np.zeros((64, 28, 28, 3), np.float32)
    images[:, 10:18, 10:18] = 255
    changed = warped(tf.constant(images), scale=0.3, shear=0.3)
    assert changed.shape == images.shape and np.allclose(centre(changed), 13.5, atol=0.2)
    assert np.ptp(changed.sum((1, 2, 3))) > 0.3 * images[0].sum()
