"""Painters: what they take and give, and what styles and strength mean."""

import keras
import numpy as np
import pytest

from suite import blocks
from suite.commands.describe import table
from suite.style import model as models
from suite.style import networks
from suite.style.config import ModelConfig
from suite.task import Layout


@pytest.fixture(scope="module")
def painter():
    keras.utils.set_random_seed(0)
    model = models.build_painter(ModelConfig("tiny"), styles=3)
    for weight in model.trainable_weights:  # styles differ, as after a training
        if weight.path.endswith(("scale", "shift")):
            weight.assign(weight + np.random.default_rng(0).normal(size=weight.shape) * 0.3)
    return model


def image(height=48, width=64, count=1):
    return np.random.default_rng(1).uniform(0, 255, (count, height, width, 3)).astype(np.float32)


def paint(painter, picture, weights, strength=1.0):
    count = len(picture)
    return painter([picture, np.float32([weights] * count), np.full((count, 1), strength, np.float32)]).numpy()


@pytest.mark.parametrize("size", [(48, 64), (47, 66), (16, 17), (133, 50)])
def test_any_size_comes_back(painter, size):
    picture = paint(painter, image(*size), [1, 0, 0])
    assert picture.shape == (1, *size, 3) and picture.min() >= 0 and picture.max() <= 255


def test_strength_0_is_the_photograph_and_half_is_half_way(painter):
    photograph = image()
    whole, half = (paint(painter, photograph, [0, 1, 0], strength) for strength in (1.0, 0.5))
    assert np.array_equal(paint(painter, photograph, [0, 1, 0], 0.0), photograph)
    inside = (whole > 0) & (whole < 255)
    assert np.allclose(half[inside], (photograph + whole)[inside] / 2, atol=1e-2)


def test_styles_differ_and_a_mixture_is_neither(painter):
    first, second, both = (paint(painter, image(), w) for w in ([1, 0, 0], [0, 1, 0], [0.5, 0.5, 0]))
    assert min(np.abs(a - b).mean() for a, b in ((first, second), (first, both), (second, both))) > 0.1


def test_each_picture_has_its_own_style_and_statistics(painter):
    pictures = image(count=2)
    together = painter([pictures, np.eye(3, dtype=np.float32)[:2], np.ones((2, 1), np.float32)]).numpy()
    assert np.allclose(together[:1], paint(painter, pictures[:1], [1, 0, 0]), atol=1e-2)
    assert np.allclose(together[1:], paint(painter, pictures[1:], [0, 1, 0]), atol=1e-2)


@pytest.mark.parametrize("variant", networks.VARIANTS)
def test_the_plan_is_what_keras_builds(variant):
    network = networks.VARIANTS[variant]
    core = blocks.build(network, (64, 64, 3), 3, conditions=5)
    rows = {row.name: row for row in blocks.plan(network, (64, 64, 3), 3, conditions=5)}
    assert {layer.name for layer in core.layers} - {"features", "condition"} == set(rows)
    for name, row in rows.items():
        layer = core.get_layer(name)
        assert row.output_shape == tuple(layer.output.shape[1:]), name
        assert row.parameters == layer.count_params(), name


def test_the_small_painter_of_8_styles_fits_into_a_megabyte_of_float16():
    assert 2 * models.build_painter(ModelConfig("small"), styles=8).count_params() < 0.9e6
    assert "b9_upsample" in table(Layout(networks.VARIANTS["small"], (256, 256, 3), 3, 8))


def test_a_saved_painter_paints_the_same(painter, tmp_path):
    painter.save(tmp_path / "painter.keras")
    loaded = keras.saving.load_model(tmp_path / "painter.keras")
    assert np.array_equal(paint(loaded, image(), [0, 0, 1]), paint(painter, image(), [0, 0, 1]))


def test_the_margin_is_cut_off_and_the_edges_have_no_border():
    """A plain picture stays plain to its edges, of which the zeros around a chain of convolutions would take hold."""
    plain = np.full((1, 64, 64, 3), 90, np.float32) + np.random.default_rng(0).normal(0, 20, (1, 64, 64, 3)).astype("f")

    def edge(margin, seed):
        keras.utils.set_random_seed(seed)
        picture = paint(models.build_painter(ModelConfig("tiny", margin=margin), styles=3), plain, [1, 0, 0])
        assert picture.shape == plain.shape
        return np.abs(picture[:, :2].mean() - picture[:, 16:-16, 16:-16].mean())

    assert np.mean([edge(12, seed) for seed in range(8)]) < 0.7 * np.mean([edge(1, seed) for seed in range(8)])


def test_margin_0_mirrors_in_every_layer_as_painters_of_before():
    assert {block.padding for block in networks.network(ModelConfig(margin=0)).blocks} == {"reflect"}
    assert {block.padding for block in networks.network(ModelConfig()).blocks} == {"same"}
