"""The losses: their zeros, their scale, and what they do not depend on."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from suite.pretrained import nets
from suite.style import losses
from suite.style.config import LOSS, LossConfig
from suite.style.losses import PerceptualLoss
from suite.style.task import TASK
from suite.task import run_config
from tests.style import pictures


def one(picture):
    return tf.constant(picture[None], tf.float32)


def test_a_gram_matrix_is_the_mean_product_of_two_features():
    features = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype(np.float32)
    expected = np.einsum("bhwi,bhwj->bij", features, features) / 35
    assert np.allclose(losses.gram(tf.constant(features)), expected, atol=1e-5)


def test_a_gram_matrix_does_not_depend_on_size_or_place():
    features = np.random.default_rng(0).normal(size=(1, 4, 6, 3)).astype(np.float32)
    tiled = np.roll(np.tile(features, (1, 3, 2, 1)), 5, axis=2)
    assert np.allclose(losses.gram(tf.constant(features)), losses.gram(tf.constant(tiled)), atol=1e-5)


def test_relative_is_a_squared_share_of_what_is_wanted():
    wanted = np.random.default_rng(0).normal(size=(2, 4, 4)).astype(np.float32)
    for scale in (1e-3, 1.0, 1e3):
        found = tf.constant(1.25 * scale * wanted)
        assert np.allclose(losses.relative(found, tf.constant(scale * wanted)), 0.25**2, atol=1e-3)


def test_style_is_the_mean_over_the_layers():
    rng = np.random.default_rng(0)
    target = {name: tf.constant(rng.normal(size=(2, 4, 4)), tf.float32) for name in ("a", "b", "c")}
    found = {"a": 1.25 * target["a"], "b": 1.5 * target["b"], "c": target["c"]}
    assert np.allclose(losses.style(found, target), (0.25**2 + 0.5**2 + 0) / 3, atol=1e-3)
    assert np.allclose(losses.style(found, target, squared=False), (0.25 + 0.5 + 0) / 3, atol=1e-3)
    features = tf.constant(rng.normal(size=(2, 3, 5, 4)), tf.float32)
    assert np.allclose(losses.content(1.5 * features, features), 0.25, atol=1e-3)


def test_a_picture_has_its_own_content_and_style(net):
    loss = PerceptualLoss(net)
    picture, other = one(pictures.photograph(0)), one(pictures.painting(0))
    own = loss(picture, loss.content_features(picture), loss.style_grams(picture))
    assert float(own["content"][0]) < 1e-3 and float(own["style"][0]) < 1e-3
    strange = loss(picture, loss.content_features(picture), loss.style_grams(other))
    assert float(strange["style"][0]) > 0.1
    parts = {name: float(loss[0]) for name, loss in strange.items()}
    weights = loss.config
    total = sum(getattr(weights, name) * parts[name] for name in ("style", "content", "variation"))
    assert parts["total"] == pytest.approx(total, rel=1e-5)


def test_the_content_may_be_of_another_net(net, tmp_path):
    """Its layer and its weight are those of that net, where none were chosen."""
    other = pictures.feature_net(
        tmp_path / "other.h5", widths={**pictures.WIDTHS, "block2_conv1": 7, "block3_conv1": 9}
    )
    loss = PerceptualLoss(replace(net, content_net=other))
    picture = one(pictures.photograph(0))
    assert loss.content_features(picture).shape[-1] == 9 and loss.style_grams(picture)["block2_conv1"].shape[-1] == 12
    strange = loss(one(pictures.photograph(1)), loss.content_features(picture), loss.style_grams(picture))
    expected = losses.content(loss.content_net(one(pictures.photograph(1))), loss.content_features(picture))
    assert float(strange["content"][0]) == pytest.approx(float(expected[0])) and float(expected[0]) > 0.01
    chosen = LossConfig(net="squeezenet", content_net="vgg16").resolved()
    assert chosen.content_layer == nets.VGG.content_layer and chosen.style_layers == nets.SQUEEZENET.style_layers
    assert (chosen.content, chosen.variation) == (nets.VGG.content_weight, nets.SQUEEZENET.variation_weight)


def test_variation_counts_steps_between_neighbours():
    stripes = np.zeros((1, 4, 4, 3), np.float32)
    stripes[:, ::2] = 255
    assert float(losses.variation(tf.constant(stripes))[0]) == pytest.approx(1.0)
    assert float(losses.variation(tf.zeros((1, 4, 4, 3)))[0]) == 0


def test_a_mixture_is_the_mean_of_its_styles(net):
    loss = PerceptualLoss(net)
    grams = [loss.style_grams(one(pictures.painting(number))) for number in range(2)]
    mixture = losses.mixed(grams, [3, 1])
    for layer in net.style_layers:
        assert np.allclose(mixture[layer], 0.75 * grams[0][layer] + 0.25 * grams[1][layer], rtol=1e-5)


def test_older_painters_keep_their_losses(tmp_path):
    (tmp_path / "config.yaml").write_text("loss: {content: 0.4}\n")
    old = run_config(TASK, tmp_path / "config.yaml").loss
    assert (old.net, old.content, old.variation, old.squared) == ("hed_vgg16", 0.4, 1.0, False)
    (tmp_path / "config.yaml").write_text("loss: {squared: true}\n")
    new = run_config(TASK, tmp_path / "config.yaml").loss
    assert (new.net, new.content, new.variation, new.squared) == ("squeezenet", LOSS.content, None, True)


def test_another_net_of_the_same_kind_keeps_layers_and_weights():
    chosen = LossConfig("vgg16", style_layers=("block1_conv1",), content=0.4)
    assert chosen.by("vgg19") == replace(chosen, net="vgg19")
    assert chosen.by("squeezenet") == LossConfig("squeezenet")
