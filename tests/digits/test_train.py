"""Training batches of pictures."""

from dataclasses import replace

import numpy as np
import pytest

from suite.digits import train
from suite.digits.config import AugmentConfig, Config
from suite.errors import InputError
from suite.task import Examples


def test_a_batch_depends_on_its_step_alone_and_passes_differ():
    pixels = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), np.uint8)
    images = Examples(pixels, np.arange(40) % 10, tuple("0123456789"), "noise")
    config = Config()
    config = replace(config, training=replace(config.training, epochs=3, batch=10, min_steps=1))
    every = [(x.numpy(), y.numpy()) for x, y in train.batches(images, None, config, 0)]
    assert len(every) == 3 * 4 and every[0][0].shape == (10, 28, 28, 1)
    for (x, y), (again, its) in zip(every[5:], train.batches(images, None, config, 5), strict=True):
        assert np.array_equal(x, again) and np.array_equal(y, its)
    first, second = (np.concatenate([y.argmax(1) for _, y in every[i : i + 4]]) for i in (0, 4))
    assert sorted(first) == sorted(images.targets) and not np.array_equal(first, second)
    assert not any(np.array_equal(every[0][0][0], picture) for picture in pixels)  # changed, each in its own way


def test_impossible_augmentation_is_refused():
    with pytest.raises(InputError, match="augment.shift"):
        AugmentConfig(shift=-1)


def test_pixels_of_the_augmentation_scale_with_the_picture():
    """A shift of 2 pixels is 2 of 28, and 8 of 112."""
    dots = np.zeros((32, 112, 112, 1), np.uint8)
    dots[:, 52:60, 52:60] = 255
    images = Examples(dots, np.zeros(32, int), ("a", "b"), "dots")
    nothing = dict.fromkeys(("rotation", "scale", "shear", "elastic"), 0.0)
    config = replace(Config(), augment=AugmentConfig(shift=2.0, **nothing))
    config = replace(config, training=replace(config.training, epochs=1, batch=32, min_steps=1))
    (pictures, _), *_ = train.batches(images, None, config, 0)
    rows = (pictures.numpy()[..., 0].sum(axis=2) @ np.arange(112)) / pictures.numpy().sum(axis=(1, 2, 3))
    assert 4 < np.abs(rows - 55.5).max() <= 8.1
