"""A second of sound as a canvas of `suite.interpret`: time and frequency to mask, and a vocoder to optimise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.artefacts.metadata import Metadata
from suite.console.log import LOG
from suite.errors import InputError
from suite.interpret.canvases import Altered, Canvas, Surface
from suite.interpret.priors import Prior
from suite.speech import preprocessing
from suite.speech.features import FLOOR, SAMPLE_RATE, SAMPLES, Features, log_mel, mel_matrix
from suite.speech.preprocessing import to_float
from suite.task import Examples

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

_FFT, _HOP = 512, 128  # of masking and of the vocoder: windows that overlap enough to be added again
_PITCH = 120.0  # Hz of the pulse train: a low voice
_FRAMES = 24  # steps of the vocoder's gains in a second
_QUIET = 10  # percentile of a frequency's levels that counts as its quiet moments
_SILENCE = 1e-4  # peak below which a recording counts as silent


def canvas(about: Metadata) -> Canvas:
    """A second of sound, by time and mel band; what is taken out is as quiet as the band's quiet moments."""
    features = Features.of(about.settings)
    return Canvas(
        inputs="recording",
        read=read,
        grid=lambda clip: features.shape,
        masked=lambda clip, masks: masked(clip, masks, features),
        window=(features.shape[0] // 7, features.mels // 7),
        features=_spectrogram,
        limits=(-1.0, 1.0),
        picture=lambda clip: picture(clip, features),
        upright=lambda values: values.T[::-1],
        suffix=".wav",
        write=write,
        surfaces={"vocoder": lambda: vocoder(features)},
        altered=lambda clip: altered(clip, features),
        examples=lambda count: spoken(about, count),
    )


def read(file: str) -> np.ndarray:
    """The loudest second of a recording, float32 (16000,).

    Raises:
        InputError: It cannot be read, or is silent.
    """
    waveform = preprocessing.read(file)
    clip = preprocessing.one_second(waveform)
    if len(waveform) > 1.1 * SAMPLES:
        LOG.info(f"{file}: the loudest of its {len(waveform) / SAMPLE_RATE:.0f} seconds is used")
    if np.abs(clip).max() < _SILENCE:
        raise InputError(f"{file}: is silent; give a recording with sound")
    return clip


def spoken(about: Metadata, count: int) -> Examples:
    """The keywords, spoken by eSpeak NG in voices of its own, 20 clips a word."""
    from suite.speech import synthetic

    words = [label for label in about.labels if not label.startswith("_")]
    each, language = min(20, -(-count // len(words))), about.settings.get("language", "en")
    clips = list(synthetic.clips(words, "test", each, workers=1, language=language))
    targets = np.array([about.labels.index(clip.label) for clip in clips])
    return Examples(np.stack([clip.waveform for clip in clips]), targets, about.labels, "words spoken by eSpeak NG")


def write(clip: np.ndarray, file: Path) -> None:
    """Writes a clip as a WAV file of 16 bits."""
    import io

    import soundfile

    from suite import files

    content = io.BytesIO()
    soundfile.write(content, clip / max(1.0, float(np.abs(clip).max())), SAMPLE_RATE, format="WAV", subtype="PCM_16")
    files.write(file, content.getvalue())


def picture(clip: np.ndarray, features: Features) -> np.ndarray:
    """The log-mel spectrogram of a clip, low frequencies below, (F, T, 1) in 0..255: 70 dB below its peak are black."""
    levels = log_mel(to_float(clip)[None] if clip.dtype == np.int16 else clip[None], features)[0].T[::-1]
    depth = 70 / 10 * np.log(10)
    return 255 * np.clip(1 + (levels - max(levels.max(), np.log(100 * FLOOR))) / depth, 0, 1)[..., None]


def masked(clip: np.ndarray, masks: np.ndarray, features: Features) -> np.ndarray:
    """Clips (M, 16000) without the times and mel bands where the masks (M, T, F) are zero."""
    from scipy import signal

    options = {"fs": SAMPLE_RATE, "nperseg": _FFT, "noverlap": _FFT - _HOP}
    clip = to_float(clip) if clip.dtype == np.int16 else clip
    _, times, spectrum = signal.stft(clip, **options)
    level = np.abs(spectrum)
    quiet = np.percentile(level, _QUIET, axis=1, keepdims=True)
    left = np.minimum(1, quiet / np.maximum(level, 1e-9))  # the gain of what is taken out
    bands = np.argmax(mel_matrix(replace(features, fft=_FFT)), axis=1)  # of each frequency
    frames = np.clip(np.round((times * SAMPLE_RATE - features.frame / 2) / features.hop), 0, features.shape[0] - 1)
    kept = masks[:, frames.astype(int)][:, :, bands].transpose(0, 2, 1)  # (M, frequencies, times)
    _, clips = signal.istft(spectrum * (kept + (1 - kept) * left), **options)
    return clips[:, :SAMPLES].astype(np.float32)


def _spectrogram(model: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    """Waveforms to the network's input: log-mel features, normalised, (B, T, F, 1)."""
    spotter, front = model.get_layer("spotter"), model.get_layer("log_mel")
    normalisation, channel = spotter.get_layer("normalisation"), spotter.get_layer("channel")
    return lambda waveforms: channel(normalisation(front(waveforms)))


def vocoder(features: Features) -> Surface:
    """Logarithmic gains of mel bands over time, on a pulse train and on noise: a voice without a speaker.

    Free pixels of a log-mel spectrogram give pictures that no sound has; gains on sounds always give a sound, and the
    model's own front end reads it. The model of a voice is that of Dudley 1939, "The Vocoder".
    """

    from suite.interpret import transforms

    gains = sources(features, [_pulses(), np.random.default_rng(0).normal(0, 1, SAMPLES)])

    def transform(waveforms: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        moved = transforms.roll(waveforms, seed, (SAMPLE_RATE // 10,))
        return transforms.noise(transforms.gain(moved, seed + 1, 0.3), seed + 2, -3.5, -1.7)

    return Surface(
        shape=(2, _FRAMES, features.mels),
        decode=gains,
        limits=(-9.0, 0.0),
        blank=-7.0,
        middle=-6.0,
        learning_rate=0.1,
        transform=transform,
        priors={
            "none": Prior(noise=True, steps=100),
            "l1": Prior(l1=0.0004, noise=True, steps=200),
            "natural": Prior(l1=0.0004, variation=0.002, transformed=True, noise=True, steps=200),
        },
        margin=3.2,
        batch=16,
        axes=(2, 3),
    )


def altered(clip: np.ndarray, features: Features) -> Altered:
    """Gains on a recording's own spectrum, and on a voice and noise that begin 50 dB below it."""
    level = float(np.sqrt(np.mean(np.square(clip))))
    gains = sources(features, [clip, level * _pulses(), level * np.random.default_rng(0).normal(0, 1, SAMPLES)])
    start = np.zeros((1, 3, _FRAMES, features.mels), np.float32)
    start[:, 1:] = -6
    return Altered(start, gains, (-9.0, 2.0), 0.05)


def sources(features: Features, sounds: list[np.ndarray]) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from gains (B, S, T', F), natural logarithms, to waveforms (B, 16000): the sum of S sounds.

    Args:
        features: Their mel bands.
        sounds: S sounds, (16000,) each.
    """
    import tensorflow as tf

    taper = tf.signal.hann_window
    spectra = [tf.signal.stft(np.float32(sound), _FFT, _HOP, window_fn=taper, pad_end=True) for sound in sounds]
    inverse = tf.signal.inverse_stft_window_fn(_HOP, forward_window_fn=taper)
    weights = mel_matrix(replace(features, fft=_FFT))
    smooth = np.float32(weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)).T  # bands to frequencies
    beyond = np.float32(-6.0 * (smooth.sum(axis=0) < 1e-6))  # frequencies of no band stay quiet

    def decode(gains: tf.Tensor) -> tf.Tensor:
        total = 0.0
        for number, spectrum in enumerate(spectra):
            steps = tf.image.resize(gains[:, number, ..., None], (spectrum.shape[0], features.mels), "bicubic")[..., 0]
            gain = tf.exp(tf.einsum("btm,mf->btf", steps, smooth) + beyond)
            total += tf.signal.inverse_stft(
                tf.complex(gain, tf.zeros_like(gain)) * spectrum, _FFT, _HOP, window_fn=inverse
            )[:, :SAMPLES]
        return total

    return decode


def _pulses() -> np.ndarray:
    """A pulse train: all harmonics of the pitch below 7,600 Hz, in phase, of power 1."""
    time = np.arange(SAMPLES) / SAMPLE_RATE
    wave = sum(np.cos(2 * np.pi * _PITCH * harmonic * time) for harmonic in range(1, int(7600 / _PITCH) + 1))
    return np.asarray(wave / np.sqrt(np.mean(np.square(wave))))
