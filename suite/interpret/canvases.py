"""Canvases: the input of a task's models as something to read, to mask, to show and to optimise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.interpret.priors import Prior

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from suite.task import Examples

_DARK = 0.12  # level at which a dark picture begins, so that the logistic function has a slope


@dataclass(frozen=True)
class Canvas:
    """The input of a task's models, raw as `Examples.raw` holds it; features, surfaces and altered use TensorFlow.

    Args:
        inputs: Name of an input for people, such as "picture".
        read: A person's input (a file, or a text) to one raw input.
        grid: One raw input to the shape of what can be masked in it: pixels (H, W), time and frequency (T, F), words
            (N,).
        masked: (one raw input, masks (M, *grid) of ones where it stays and zeros where it is taken out) to M raw
            inputs.
        window: Size along each axis of the grid of what is taken out at a time to see what rests on it.
        limits: Least and greatest value of an input.
        picture: One raw input to a picture (H, W, C) in 0..255; None for words.
        upright: A map (*grid) to one (H, W) that lies on the picture.
        words: One raw input to its words; None for what is shown as a picture.
        suffix: Of a file of one input that is no picture, such as ".wav"; "" for none.
        write: (raw input, file) writes such a file.
        surfaces: What can be optimised, by name, the default first; none where only words can be exchanged, or only
            real inputs make sense.
        features: (Keras model) to the function from its input to that of its network, in TensorFlow.
        around: (one raw input, a place of its grid, a number of places) to a picture of so many places around that one.
        altered: One raw input to what Deep Dream alters of it.
        examples: (number) to real inputs that come with the packages, where there are some.
    """

    inputs: str
    read: Callable[[str], Any]
    grid: Callable[[Any], tuple[int, ...]]
    masked: Callable[[Any, np.ndarray], Any]
    window: tuple[int, ...]
    features: Callable[[keras.Model], Callable[[tf.Tensor], tf.Tensor]]
    limits: tuple[float, float] = (0.0, 255.0)
    picture: Callable[[Any], np.ndarray] | None = None
    upright: Callable[[np.ndarray], np.ndarray] = lambda values: values
    words: Callable[[Any], list[str]] | None = None
    suffix: str = ""
    write: Callable[[Any, Path], None] | None = None
    surfaces: Mapping[str, Callable[[], Surface]] = field(default_factory=dict)
    around: Callable[[Any, tuple[int, ...], int], np.ndarray] | None = None
    altered: Callable[[Any], Altered] | None = None
    examples: Callable[[int], Examples] | None = None


@dataclass(frozen=True)
class Altered:
    """Variables of one real input, which Deep Dream alters.

    Args:
        start: The variables of the input as it is, (1, ...).
        decode: Variables to the input of the Keras model, in TensorFlow.
        limits: Least and greatest value of a variable.
        rate: Mean change of a variable in a step.
    """

    start: np.ndarray
    decode: Callable[[tf.Tensor], tf.Tensor]
    limits: tuple[float, float]
    rate: float


@dataclass(frozen=True)
class Surface:
    """A parameterisation of inputs by variables, which are optimised in their place.

    Args:
        shape: Of the variables of one input.
        decode: Variables (B, *shape) to inputs of the Keras model, in TensorFlow.
        limits: Least and greatest value of a variable.
        blank: Value of an empty input; the L1 prior draws to it.
        middle, spread: Value about which a noisy start lies, and its standard deviation as a share of the limits.
        axes: Those along which neighbouring values are alike in natural inputs.
        measured: Variables to what the priors measure; by default the variables themselves.
        learning_rate: Adam's.
        transform: (inputs, seed (2,)) to inputs seen through a random transform.
        priors: The priors by name: none, l1, natural.
        margin: The network's margin on real inputs, their 90th percentile, for which the priors' weights are meant.
        batch: Inputs that are optimised at a time.
    """

    shape: tuple[int, ...]
    decode: Callable[[tf.Tensor], tf.Tensor]
    limits: tuple[float, float]
    blank: float
    middle: float
    learning_rate: float
    transform: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    priors: Mapping[str, Prior]
    margin: float
    batch: int = 64
    spread: float = 0.1
    axes: tuple[int, ...] = (1, 2)
    measured: Callable[[tf.Tensor], tf.Tensor] = lambda values: values

    def start(self, count: int, prior: Prior, seed: int) -> np.ndarray:
        """Variables to begin with: strong noise, or an almost blank input."""
        rng, span = np.random.default_rng(seed), self.limits[1] - self.limits[0]
        centre, spread = (self.middle, self.spread) if prior.noise else (self.blank + 0.1 * span, 0.02)
        values = rng.normal(centre, spread * span, (count, *self.shape))
        return np.clip(values, *self.limits).astype(np.float32)


def pixels(shape: Sequence[int], ground: float = 0.0) -> Surface:
    """The pixels of a picture.

    Args:
        shape: (H, W, C) of the picture, in 0..255.
        ground: Where nothing is: 0 for dark, as around a digit; 0.5 for grey, where pictures have no ground in common.
    """
    from suite.interpret import transforms

    height, _, channels = shape
    unit = height / 28  # the recipe's pixels are those of MNIST

    def transform(pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        level = 255 * ground  # of what comes in at the edges
        return level + transforms.affine(pictures - level, seed, rotation=12, scale=0.12, shift=2.5 * unit)

    # A larger picture has more pixels, and longer edges, for the same margin.
    ink, edges = 0.02 / (unit**2 * channels), 0.03 / (unit * channels)
    return Surface(
        shape=tuple(shape),
        decode=lambda values: 255 * values,
        limits=(0.0, 1.0),
        blank=ground,
        middle=0.5,
        learning_rate=0.06,
        transform=transform,
        priors={
            "none": Prior(noise=True, steps=200),
            "l1": Prior(l1=2.5 * ink, steps=300),
            "natural": Prior(l1=ink, variation=edges, transformed=True, steps=120),
        },
        margin=5.0,
    )


def fourier(shape: Sequence[int], ground: float = 0.0) -> Surface:
    """The Fourier coefficients of a picture, each over its frequency, so that coarse shapes come before fine ones.

    Olah, Mordvintsev and Schubert 2017, "Feature Visualization", section "Preconditioning and Parameterization".

    Args:
        shape, ground: As of `pixels`.
    """
    import tensorflow as tf

    of_pixels, (height, width, channels) = pixels(shape, ground), shape
    level = np.clip(ground, _DARK, 1 - _DARK)
    middle = float(np.log(level / (1 - level)))  # on the logistic scale
    frequencies = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    scale = np.sqrt(height * width) / np.maximum(frequencies, 1 / max(height, width))
    weights = tf.constant(scale[None, None], tf.complex64)

    def decode(values: tf.Tensor) -> tf.Tensor:
        spectrum = weights * tf.transpose(tf.complex(values[:, 0], values[:, 1]), (0, 3, 1, 2))
        levels = tf.transpose(tf.signal.irfft2d(spectrum, (height, width)), (0, 2, 3, 1))
        return 255 * tf.sigmoid(levels + middle)

    priors = {name: replace(prior, noise=True) for name, prior in of_pixels.priors.items()}
    return replace(
        of_pixels,
        shape=(2, *frequencies.shape, channels),
        decode=decode,
        limits=(-4.0, 4.0),
        middle=0.0,
        spread=0.01,
        priors=priors,
        measured=lambda values: decode(values) / 255,
    )


SURFACES = {"pixels": pixels, "fourier": fourier}
