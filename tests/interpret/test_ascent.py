"""Objectives, canvases and priors: every score rises, and the same seed gives the same inputs."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from suite.interpret import ascent, canvases, load, objectives, priors, transforms
from suite.interpret.priors import Prior
from tests.interpret.inputs import LECTURE, SPEECH, TINY, check_rises

STEPS = 20


@pytest.fixture(scope="module")
def lecture():
    return load.load(LECTURE)


@pytest.fixture(scope="module")
def speech():
    return load.load(SPEECH)


@pytest.mark.parametrize(
    ("layer", "objective"),
    [
        ("b1_conv", objectives.filters),
        ("b2_conv", objectives.filters),
        ("dense1", objectives.neurons),
        ("logits", objectives.margins),
    ],
)
@pytest.mark.parametrize("canvas", ["pixels", "fourier"])
@pytest.mark.parametrize("prior", ["none", "l1", "natural"])
def test_every_score_of_a_picture_rises(prior, canvas, layer, objective, lecture):
    response, units = lecture.activations(layer), np.arange(5, dtype=np.int32)
    surface = lecture.canvas.surfaces[canvas]()
    made = ascent.maximise(
        lambda inputs, own: objective(response(inputs), own),
        units,
        surface,
        replace(surface.priors[prior], steps=STEPS),
        seed=1,
        scale=0.01,  # so that the score itself must rise
    )
    assert made.inputs.shape == (5, 28, 28, 1) and made.inputs.min() >= 0 and made.inputs.max() <= 255
    check_rises(*(objective(response(inputs), units).numpy() for inputs in (made.first, made.inputs)))


@pytest.mark.parametrize(("layer", "objective"), [("b4_conv2", objectives.filters), ("logits", objectives.margins)])
def test_every_score_of_a_sound_rises(layer, objective, speech):
    response, units = speech.activations(speech.response(layer)), np.arange(3, dtype=np.int32)
    surface = speech.canvas.surfaces["vocoder"]()
    prior = replace(surface.priors["none"], steps=STEPS)
    made = ascent.maximise(lambda inputs, own: objective(response(inputs), own), units, surface, prior, seed=1)
    assert made.inputs.shape == (3, 16_000)
    check_rises(*(objective(response(inputs), units).numpy() for inputs in (made.first, made.inputs)))


def test_the_same_seed_gives_the_same_inputs(lecture):
    response, surface = lecture.activations("logits"), lecture.canvas.surfaces["pixels"]()
    prior = replace(surface.priors["natural"], steps=STEPS)

    def score(inputs, own):
        return objectives.margins(response(inputs), own)

    def made(seed):
        return ascent.maximise(score, np.int32([3, 8]), surface, prior, seed).inputs

    first = made(1)
    np.testing.assert_array_equal(first, made(1))
    assert np.abs(first - made(2)).mean() > 0.1


def test_batches_do_not_change_what_is_asked(lecture):
    """More units than fit into one batch: each input excites its own unit."""
    response = lecture.activations("b1_conv")
    surface = replace(lecture.canvas.surfaces["pixels"](), batch=4)
    prior = replace(surface.priors["none"], steps=60)
    units = np.int32([0, 5, 14, 9, 22, 3])
    done = []
    made = ascent.maximise(
        lambda inputs, own: objectives.filters(response(inputs), own),
        units,
        surface,
        prior,
        1,
        report=lambda *n: done.append(n),
    )
    table = objectives.degree(tf.repeat(response(made.inputs), 6, axis=0), np.tile(units, 6)).numpy().reshape(6, 6)
    assert (np.diag(table) > 0).all() and np.diag(table).mean() > 1.3 * table.mean()
    assert done[-1] == (120, 120)


def test_a_leak_wakes_a_filter_that_a_relu_keeps_asleep():
    maps = tf.constant(-np.ones((1, 3, 3, 1), np.float32))
    with tf.GradientTape() as tape:
        tape.watch(maps)
        score = objectives.filters(maps, [0])
    assert float(score[0]) == pytest.approx(-0.9) and np.all(tape.gradient(score, maps).numpy() > 0)
    assert float(objectives.degree(maps, [0])[0]) == 0


def test_a_margin_is_the_logarithm_of_the_odds():
    logits = np.float32([[1.0, 2.0, -1.0], [12.0, 0.0, 0.0]])
    p = tf.nn.softmax(np.float64(logits)).numpy()[[0, 1], [1, 0]]
    np.testing.assert_allclose(objectives.margins(tf.constant(logits), [1, 0]), np.log(p / (1 - p)), rtol=1e-4)


def test_the_cost_is_that_of_ink_and_of_edges():
    picture = np.zeros((1, 4, 4, 1), np.float32)
    picture[0, 1, 1, 0] = 0.5
    assert float(priors.cost(tf.constant(picture), Prior(l1=1.0), 0.0)[0]) == pytest.approx(0.5)
    assert float(priors.cost(tf.constant(picture), Prior(variation=1.0), 0.0)[0]) == pytest.approx(2.0)
    assert float(priors.cost(tf.constant(picture), Prior(l1=1.0), 0.5)[0]) == pytest.approx(7.5)


def test_a_sound_s_neighbours_lie_along_time_and_frequency(speech):
    surface = speech.canvas.surfaces["vocoder"]()
    even, comb = np.full((2, 1, *surface.shape), -3.0, np.float32)
    even[:, 1] = -7  # the sources may differ
    comb[..., ::2] = -7

    def cost(values):
        return float(priors.cost(tf.constant(values), Prior(variation=1.0), surface.blank, surface.axes)[0])

    assert cost(even) == 0 and cost(comb) > 1000


def test_transforms_move_and_keep():
    pictures = np.zeros((2, 28, 28, 1), np.float32)
    pictures[:, 10:18, 12:16] = 200
    moved = transforms.affine(tf.constant(pictures), tf.constant([1, 2]), 12, 0.1, 2).numpy()
    assert np.abs(moved - pictures).max() > 50 and np.abs(moved[0] - moved[1]).max() > 10
    np.testing.assert_allclose(moved.sum(axis=(1, 2, 3)), pictures.sum(axis=(1, 2, 3)), rtol=0.3)
    still = transforms.affine(tf.constant(pictures), tf.constant([1, 2]), 0, 0, 0).numpy()
    np.testing.assert_allclose(still, pictures, atol=1e-3)
    waves = tf.constant(np.random.default_rng(0).normal(0, 0.1, (2, 1000)), tf.float32)
    assert sorted(transforms.roll(waves, tf.constant([1, 2]), (100,))[0].numpy()) == sorted(waves[0].numpy())
    louder = transforms.gain(waves, tf.constant([1, 2]), 0.3) / waves
    assert float(tf.reduce_min(louder)) > 10**-0.31 and float(tf.reduce_max(louder)) < 10**0.31


def test_transforms_are_new_for_each_seed(lecture, monkeypatch):
    """With the same start the natural prior's inputs depend on the seed, those of the L1 prior do not."""
    response, surface = lecture.activations("logits"), lecture.canvas.surfaces["pixels"]()
    monkeypatch.setattr(type(surface), "start", lambda self, count, prior, seed: np.full((count, 28, 28, 1), 0.1))

    def score(inputs, own):
        return objectives.margins(response(inputs), own)

    def made(prior, seed):
        return ascent.maximise(score, np.int32([3]), surface, replace(surface.priors[prior], steps=9), seed).inputs

    assert np.abs(made("natural", 1) - made("natural", 2)).mean() > 0.1
    np.testing.assert_array_equal(made("l1", 1), made("l1", 2))


def test_a_unit_s_response_is_normalised(speech):
    """A filter is judged by what its activation gets, which normalisation may have turned around."""
    assert speech.response("b1_conv") == "b1_norm" and speech.response("b4_conv2") == "b4_norm2"
    digits = load.load(TINY)
    assert digits.response("b3_depthwise") == "b3_depthwise_norm" and digits.response("logits") == "logits"
    assert load.load(LECTURE).response("b2_conv") == "b2_conv"


@pytest.mark.parametrize("canvas", ["pixels", "fourier"])
def test_a_picture_in_colour_lies_on_grey(canvas):
    """Of larger pictures without a ground in common the blank is grey, and what comes in at the edges too."""
    surface = canvases.SURFACES[canvas]((56, 56, 3), 0.5)
    start = surface.decode(tf.constant(surface.start(2, replace(surface.priors["natural"], noise=False), 1)))
    assert start.shape == (2, 56, 56, 3) and 90 < float(tf.reduce_mean(start)) < 165
    grey = tf.fill((1, 56, 56, 3), 127.5)
    np.testing.assert_allclose(surface.transform(grey, tf.constant([1, 2])), grey, atol=1e-3)
    assert surface.priors["l1"].l1 == pytest.approx(canvases.pixels((28, 28, 1)).priors["l1"].l1 / 12)
