"""Digits in pictures of every kind."""

import numpy as np
import pytest
from PIL import Image

from suite.digits import preprocessing
from tests.digits import drawings


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def row(digits, rng, *, height=80, pen=0.1, gap=0.25):
    """Ink of several digits beside each other, (H, W) in 0..1."""
    masks = [drawings.written(digit, rng, height, pen) for digit in digits]
    masks = [np.asarray(mask.crop(mask.getbbox()), np.float32) / 255 for mask in masks]
    tallest = max(len(mask) for mask in masks)
    space = round(gap * height)
    return np.hstack([np.pad(mask, [(20, 20 + tallest - len(mask)), (space, space)]) for mask in masks])


def on_paper(ink, paper=235, contrast=190):
    return np.float32(paper - contrast * ink)


def alike(one, other):
    """Correlation of two digits, -1..1, the best within a pixel's shift, which is how exact centring is."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(np.corrcoef(np.roll(one, shift, (0, 1)).ravel(), other.ravel())[0, 1] for shift in shifts)


# A digit as MNIST has it.


@pytest.mark.parametrize("side", [8, 20, 333])
def test_a_digit_is_scaled_and_centred_by_its_mass(side):
    ink = np.zeros((side + 9, side + 5))
    ink[3 : 3 + side, 2 : 2 + side // 4] = 255  # an L
    ink[3 + side - side // 4 : 3 + side, 2 : 2 + side // 2] = 255
    digit = preprocessing.centre(ink)
    assert digit.shape == (28, 28) and digit.dtype == np.float32 and digit.max() > 250
    assert np.ptp(np.flatnonzero(digit.any(axis=1))) == 19
    for axis in (0, 1):
        assert abs(digit.sum(axis=1 - axis) @ np.arange(28) / digit.sum() - 14) <= 0.5


def test_no_ink_is_an_empty_square():
    assert not preprocessing.centre(np.zeros((5, 5))).any()


# The digits of a picture.


@pytest.mark.parametrize("digit", range(10))
def test_a_picture_of_mnist_comes_back(digit, rng):
    mask = drawings.written(digit, rng, 60, 0.12)
    like_mnist = preprocessing.centre(np.asarray(mask, np.float32))
    (found,) = preprocessing.find(like_mnist)
    assert np.abs(found - like_mnist).mean() < 2


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("hand", [True, False])
def test_a_drawing_is_the_digit_that_was_drawn(digit, hand):
    plain = {"hand": hand, "pen": 0.1, "turn": 0}
    (expected,) = preprocessing.find(
        np.asarray(drawings.draw(digit, np.random.default_rng(3), height=100, dark=False, noise=0, **plain))
    )
    for height, dark, noise in [(16, True, 3), (60, False, 10), (300, True, 10)]:
        picture = drawings.draw(digit, np.random.default_rng(3), height=height, dark=dark, noise=noise, **plain)
        (found,) = preprocessing.find(np.asarray(picture))
        assert alike(found, expected) > 0.8


def test_drawings_of_every_kind_hold_one_digit(rng):
    counts = [len(preprocessing.find(np.asarray(drawings.draw(i % 10, rng)))) for i in range(60)]
    assert counts.count(1) >= 59


@pytest.mark.parametrize(("pen", "change"), [(0.01, 4), (0.1, 1), (0.4, 0.8)])
def test_pens_unlike_mnists_are_evened_out(rng, pen, change):
    ink = row([7], rng, height=300, pen=pen)
    (found,) = preprocessing.find(on_paper(ink))
    ratio = found.sum() / preprocessing.centre(ink * 255).sum()
    assert ratio > change if change > 1 else ratio < change if change < 1 else ratio == pytest.approx(1, abs=0.05)
    assert found.max() > 200


def test_a_row_is_read_from_left_to_right(rng):
    ink = row([3, 1, 4, 0, 7], rng)
    alone = [preprocessing.find(on_paper(part))[0] for part in np.split(ink, _gaps(ink), axis=1)]
    found = preprocessing.find(on_paper(ink))
    assert len(found) == 5 and all(alike(a, b) > 0.9 for a, b in zip(found, alone, strict=True))


def _gaps(ink):
    """Columns in the middle of the gaps between the digits of a row."""
    empty = np.flatnonzero(~ink.any(axis=0))
    return [int(run.mean()) for run in np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1)[1:-1]]


def test_a_five_with_a_loose_bar_is_one_digit(rng):
    ink = np.zeros((120, 100))
    ink[15:22, 45:75] = 1  # the bar
    ink[26:60, 30:37] = ink[53:60, 30:65] = ink[53:95, 60:67] = ink[88:95, 30:67] = 1
    (found,) = preprocessing.find(on_paper(ink))
    assert found[:8].any() and found[20:].any()


def test_a_broken_stroke_is_one_digit(rng):
    ink = row([0], rng, pen=0.1)
    middle = ink.shape[1] // 2
    ink[:, middle : middle + 2] = 0
    assert len(preprocessing.find(on_paper(ink))) == 1


def shaded(ink, rng):
    return on_paper(ink) * np.linspace(0.4, 1, ink.shape[1])


def noisy(ink, rng):
    return on_paper(ink) + rng.normal(0, 20, ink.shape)


def specked(ink, rng):
    return on_paper(np.where(rng.random(ink.shape) < 0.02, 1, ink))


def ruled(ink, rng):
    lines = np.zeros_like(ink)
    lines[8::20] = lines[9::20] = 0.35
    return on_paper(np.maximum(ink, lines))


def framed(ink, rng):
    return np.pad(on_paper(ink), 8, constant_values=20)


def boxed(ink, rng):
    return np.pad(framed(ink, rng), 15, constant_values=235)


def on_a_desk(ink, rng):
    image = Image.fromarray(on_paper(np.pad(ink, 30)).astype(np.uint8))
    return np.asarray(image.rotate(4, Image.Resampling.BICUBIC, expand=True, fillcolor=50), np.float32)


def chalk(ink, rng):
    return 40 + 150 * ink * (rng.random(ink.shape) > 0.3) + rng.normal(0, 8, ink.shape)


def pencil(ink, rng):
    return on_paper(ink, contrast=35) + rng.normal(0, 3, ink.shape)


def enormous(ink, rng):
    return on_paper(np.kron(ink, np.ones((14, 14))))


@pytest.mark.parametrize(
    "photograph", [shaded, noisy, specked, ruled, framed, boxed, on_a_desk, chalk, pencil, enormous]
)
def test_digits_of_a_photograph(rng, photograph):
    ink = row([5, 2], rng)
    expected = preprocessing.find(on_paper(ink))
    found = preprocessing.find(np.clip(photograph(ink, rng), 0, 255))
    assert len(found) == 2 and all(alike(a, b) > 0.8 for a, b in zip(found, expected, strict=True))


def test_a_digit_may_touch_the_border(rng):
    ink = row([3], rng)
    cut = ink[np.ix_(ink.any(axis=1), ink.any(axis=0))]
    (expected,), (found,) = preprocessing.find(on_paper(ink)), preprocessing.find(on_paper(cut))
    assert alike(found, expected) > 0.95


@pytest.mark.parametrize(
    "picture",
    [
        np.full((100, 100), 255),
        np.zeros((28, 28)),
        np.full((1, 1), 9),
        np.full((5, 300), 9),
        np.add.outer(np.linspace(50, 200, 150), np.linspace(0, 40, 150)),
        np.add.outer(np.linspace(50, 200, 150), np.linspace(0, 40, 150))
        + np.random.default_rng(1).normal(0, 8, (150,) * 2),
        np.random.default_rng(1).uniform(0, 255, (28, 28)),
        np.random.default_rng(1).normal(200, 10, (300, 300)),
        np.indices((300, 300)).sum(axis=0) // 3 % 2 * 255,
    ],
    ids=["white", "black", "pixel", "strip", "gradient", "gradient and noise", "noise", "grain", "pattern"],
)
def test_nothing_is_found_in_nothing(picture):
    assert preprocessing.find(picture.astype(np.float32)) == []
