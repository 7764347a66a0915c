"""Random changes of pictures."""

from dataclasses import fields

import numpy as np
import pytest
import tensorflow as tf

from suite.digits.augment import augment
from suite.digits.config import AugmentConfig
from suite.errors import InputError

NONE = {field.name: 0.0 for field in fields(AugmentConfig)}
SEED = tf.constant([1, 2])


def dot(y=14, x=14, batch=64):
    images = np.zeros((batch, 28, 28, 1), np.float32)
    images[:, y, x] = 255
    return tf.constant(images)


def centre(images):
    """Where the light is, (B, 2)."""
    grid = np.stack(np.meshgrid(np.arange(28), np.arange(28), indexing="ij"), -1)
    return np.einsum("bhwc,hwd->bd", images, grid) / images.sum((1, 2, 3))[:, None]


def test_nothing_changes_where_nothing_is_asked_for():
    assert np.array_equal(augment(dot(), AugmentConfig(**NONE), SEED), dot())


def test_the_seed_decides():
    config = AugmentConfig()
    first = augment(dot(), config, SEED).numpy()
    assert np.array_equal(first, augment(dot(), config, SEED))
    assert not np.array_equal(first, augment(dot(), config, tf.constant([1, 3])))
    assert len({row.tobytes() for row in first}) == 64  # each picture is changed in its own way


@pytest.mark.parametrize(
    ("change", "least", "most"), [({"shift": 3.0}, 1, 4.3), ({"elastic": 2.0}, 0.5, 9), ({"rotation": 20.0}, 1, 4)]
)
def test_a_change_is_as_large_as_asked_for(change, least, most):
    moved = centre(augment(dot(14, 22), AugmentConfig(**{**NONE, **change}), SEED).numpy()) - (14, 22)
    assert least < np.abs(moved).max() < most
    assert np.abs(moved.mean(0)).max() < 1  # to either side


def test_scale_and_shear_leave_the_centre_where_it_is():
    images = np.zeros((64, 28, 28, 3), np.float32)
    images[:, 10:18, 10:18] = 255
    changed = augment(tf.constant(images), AugmentConfig(**{**NONE, "scale": 0.3, "shear": 0.3}), SEED).numpy()
    assert changed.shape == images.shape and np.allclose(centre(changed), 13.5, atol=0.2)
    assert np.ptp(changed.sum((1, 2, 3))) > 0.3 * images[0].sum()


def test_impossible_settings_are_refused():
    with pytest.raises(InputError, match="augment.shift"):
        AugmentConfig(shift=-1)
