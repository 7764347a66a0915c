"""Sounds without a word that are made: to learn from, and of other kinds to score with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from suite.speech.features import SAMPLE_RATE
from suite.speech.preprocessing import to_int16

LEVELS = (-80.0, -3.0)  # root mean square of _silence_, in dB of full scale: from nothing to a clipped roar
_SECOND = np.arange(SAMPLE_RATE) / SAMPLE_RATE

Kind = Callable[[np.random.Generator], np.ndarray]


def at_level(noise: np.ndarray, rng: np.random.Generator, levels: tuple[float, float]) -> np.ndarray:
    """Noise, int16, at a level that is drawn between two, in dB of full scale."""
    return to_int16(noise * gain(noise, rng.uniform(*levels)))


def gain(x: np.ndarray, decibels: float) -> float:
    """The factor that gives x this root mean square, in dB."""
    return 10 ** (decibels / 20) / max(float(np.sqrt(np.mean(np.square(x)))), 1e-9)


def unit(x: np.ndarray) -> np.ndarray:
    """A sound with a root mean square of 1."""
    return x * gain(x, 0)


def response(rng: np.random.Generator, n: int, presence: float = 0) -> np.ndarray:
    """A microphone's smooth magnitude response, (n // 2 + 1,): random knots in dB, rolled off at both ends.

    eSpeak NG's vowels have about 6 dB less around 2 kHz than people's, for which `presence` makes up, in dB.
    """
    frequency = np.maximum(np.fft.rfftfreq(n, 1 / SAMPLE_RATE), 1)
    knots = np.geomspace(80, 8000, 8)
    curve = rng.normal(0, 4, knots.size) + rng.normal(0, 2) * np.log2(knots / 1000)
    curve += presence * np.array([0, 0, 0, 0, 0.6, 1, 0.6, 0])
    curve = np.interp(np.log(frequency), np.log(knots), curve)
    low, high = np.exp(rng.uniform(np.log(40), np.log(350))), rng.uniform(3500, 12000)
    curve -= 10 * np.log10(1 + (low / frequency) ** 4) + 10 * np.log10(1 + (frequency / high) ** 8)
    return 10 ** (curve / 20)


def hiss(rng: np.random.Generator) -> np.ndarray:
    """Noise of a random colour (violet to brown), steady or with a slowly varying level."""
    n = SAMPLE_RATE
    frequency = np.maximum(np.fft.rfftfreq(n, 1 / n), 20)
    spectrum = np.fft.rfft(rng.standard_normal(n)) * frequency ** -rng.uniform(-0.5, 1) * response(rng, n)
    swell = np.interp(np.arange(n), np.linspace(0, n, 6), rng.uniform(0.3, 1, 6) ** rng.integers(0, 2))
    return unit(np.fft.irfft(spectrum, n) * swell)


def band(rng: np.random.Generator) -> np.ndarray:
    """Noise in one or two bands, as of air in pipes, steady or in slow waves."""
    frequency, spectrum = np.fft.rfftfreq(SAMPLE_RATE, 1 / SAMPLE_RATE), np.zeros(SAMPLE_RATE // 2 + 1, complex)
    for _ in range(rng.integers(1, 3)):
        centre, width = np.exp(rng.uniform(np.log(150), np.log(5000))), rng.uniform(0.1, 0.8)
        shape = np.exp(-0.5 * (np.log(np.maximum(frequency, 1) / centre) / width) ** 2)
        spectrum += rng.uniform(0.3, 1) * np.fft.rfft(rng.standard_normal(SAMPLE_RATE)) * shape
    wave = 1 + rng.uniform(0, 0.9) * rng.integers(0, 2) * np.sin(2 * np.pi * rng.uniform(0.3, 3) * _SECOND)
    return unit(np.fft.irfft(spectrum, SAMPLE_RATE) * wave)


def hum(rng: np.random.Generator) -> np.ndarray:
    """Mains, motors and beeps: a fundamental and harmonics, with a little vibrato."""
    pitch = np.exp(rng.uniform(np.log(45), np.log(1500)))
    return unit(_tone(rng, pitch, _SECOND, rng.uniform(0.5, 2), rng.uniform(0, 0.003)))


def taps(rng: np.random.Generator) -> np.ndarray:
    """Clicks, knocks and clatter: ringing impulses at random times."""
    out = np.zeros(SAMPLE_RATE)
    for start in rng.integers(0, SAMPLE_RATE - 400, rng.integers(1, 15)):
        time = np.arange(SAMPLE_RATE - start) / SAMPLE_RATE
        ring = np.sin(2 * np.pi * np.exp(rng.uniform(np.log(100), np.log(6000))) * time + rng.uniform(0, 6))
        hit = (ring + rng.uniform(0, 1) * rng.standard_normal(time.size)) * np.exp(-time / rng.uniform(0.001, 0.05))
        out[start:] += rng.uniform(0.1, 1) * hit
    return unit(out)


def notes(rng: np.random.Generator) -> np.ndarray:
    """Notes and chords of a scale that begin, fade and overlap, as of music."""
    out, root = np.zeros(SAMPLE_RATE), np.exp(rng.uniform(np.log(80), np.log(500)))
    scale = root * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12, 16, 19, 24]) / 12)
    length, slope = rng.uniform(0.1, 0.8), rng.uniform(0.7, 2)
    for start in np.arange(rng.uniform(-length, 0), 1, length * rng.choice([0.5, 1])):
        for pitch in rng.choice(scale, rng.integers(1, 4)):
            time = _SECOND - start
            fade = np.where(time > 0, np.minimum(time / rng.uniform(0.002, 0.08), 1), 0) * np.exp(
                -np.maximum(time, 0) / (length * rng.uniform(0.3, 3))
            )
            out += rng.uniform(0.3, 1) * fade * _tone(rng, pitch, time, slope, rng.uniform(0, 0.001))
    return unit(out)


def bursts(rng: np.random.Generator) -> np.ndarray:
    """Bursts of coloured noise, as of steps, rustling and scraping: each begins and fades in its own time."""
    out = np.zeros(SAMPLE_RATE)
    for start in rng.uniform(-0.1, 0.95, rng.integers(1, 8)):
        time = np.maximum(_SECOND - start, 0)
        rise, fall = np.exp(rng.uniform(np.log([0.001, 0.005]), np.log([0.1, 0.4])))
        out += rng.uniform(0.2, 1) * hiss(rng) * (1 - np.exp(-time / rise)) * np.exp(-time / fall)
    return unit(out)


def glides(rng: np.random.Generator) -> np.ndarray:
    """Tones that go up and down, as of sirens, doors and brakes."""
    out = np.zeros(SAMPLE_RATE)
    for _ in range(rng.integers(1, 4)):
        knots = np.exp(rng.uniform(np.log(150), np.log(6000)) + rng.normal(0, 0.4, rng.integers(2, 12)))
        pitch = np.interp(_SECOND, np.linspace(0, 1, knots.size), np.clip(knots, 50, 7500))
        phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
        loudness = np.interp(_SECOND, np.linspace(0, 1, 12), rng.uniform(0, 1, 12) ** rng.integers(0, 4))
        overtone = rng.uniform(0, 0.6) * np.sin(2 * phase) * (2 * pitch < SAMPLE_RATE / 2)
        out += loudness * (np.sin(phase) + overtone)
    return unit(out)


# What a model learns from; babble comes with the voices of `suite.speech.synthetic`.
TRAINING: tuple[Kind, ...] = (hiss, band, hum, taps, notes, bursts, glides)


def fan(rng: np.random.Generator) -> np.ndarray:
    """A fan: noise whose level goes round with the blades, and their tone."""
    blades = rng.uniform(20, 120)
    wave = 1 + rng.uniform(0.2, 0.9) * np.sin(2 * np.pi * blades * _SECOND)
    return unit(hiss(rng) * wave + rng.uniform(0, 0.5) * unit(_tone(rng, blades, _SECOND, 1.0, 0.001)))


def engine(rng: np.random.Generator) -> np.ndarray:
    """An engine: a train of short bursts whose rate rises or falls."""
    rate = rng.uniform(15, 60) * (1 + rng.uniform(-0.5, 0.5) * _SECOND)
    phase = np.cumsum(rate) / SAMPLE_RATE % 1
    bursts = np.exp(-phase * rng.uniform(3, 20)) * rng.standard_normal(SAMPLE_RATE)
    spectrum = np.fft.rfft(bursts) * response(rng, SAMPLE_RATE) / (1 + np.fft.rfftfreq(SAMPLE_RATE, 1e-4) / 5)
    return unit(np.fft.irfft(spectrum, SAMPLE_RATE))


def claps(rng: np.random.Generator) -> np.ndarray:
    """One hand clap or several: wide bursts of noise of some milliseconds, with a room's echo."""
    out = np.zeros(2 * SAMPLE_RATE)
    for start in rng.uniform(0, 0.9, rng.integers(1, 6)):
        time = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
        begin = int(start * SAMPLE_RATE)
        burst = rng.standard_normal(time.size) * (np.exp(-time / 0.004) + 0.1 * np.exp(-time / rng.uniform(0.02, 0.15)))
        out[begin : begin + time.size] += rng.uniform(0.5, 1) * burst
    spectrum = np.fft.rfft(out[:SAMPLE_RATE]) * response(rng, SAMPLE_RATE)
    return unit(np.fft.irfft(spectrum, SAMPLE_RATE))


def keys(rng: np.random.Generator) -> np.ndarray:
    """A bunch of keys: many high partials of metal that ring together."""
    out = np.zeros(SAMPLE_RATE)
    for start in rng.uniform(0, 0.95, rng.integers(4, 30)):
        time = np.maximum(_SECOND - start, 0)
        for pitch in rng.uniform(2000, 7800, rng.integers(2, 6)):
            ring = np.exp(-time / rng.uniform(0.01, 0.1)) * np.sin(2 * np.pi * pitch * time)
            out += rng.uniform(0.1, 1) * np.where(start < _SECOND, ring, 0)
    return unit(out)


def water(rng: np.random.Generator) -> np.ndarray:
    """Water: bubbles, each a tone that rises as it ends, over a little noise."""
    out = 0.05 * unit(hiss(rng)) * np.sqrt(SAMPLE_RATE) / 50
    for start in rng.uniform(0, 1, rng.integers(20, 120)):
        time = np.maximum(_SECOND - start, 0)
        pitch = np.exp(rng.uniform(np.log(300), np.log(3000)))
        bubble = np.sin(2 * np.pi * pitch * time * (1 + rng.uniform(0, 6) * time)) * np.exp(
            -time / rng.uniform(0.005, 0.04)
        )
        out += rng.uniform(0.05, 1) * np.where(start < _SECOND, bubble, 0)
    return unit(out)


def birds(rng: np.random.Generator) -> np.ndarray:
    """Birds: whistles whose pitch goes up and down, in trills."""
    out = np.zeros(SAMPLE_RATE)
    for start in rng.uniform(0, 0.9, rng.integers(1, 6)):
        length = rng.uniform(0.04, 0.4)
        time = _SECOND - start
        glide = rng.uniform(2000, 6000) + rng.uniform(-1500, 1500) * time / length
        glide += rng.uniform(0, 800) * np.sin(2 * np.pi * rng.uniform(5, 40) * time)
        shape = np.where((time > 0) & (time < length), np.sin(np.pi * np.clip(time / length, 0, 1)), 0)
        out += rng.uniform(0.3, 1) * shape * np.sin(2 * np.pi * np.cumsum(glide) / SAMPLE_RATE)
    return unit(out)


# What no model learns from.
SCORED: tuple[Kind, ...] = (fan, engine, claps, keys, water, birds)


def _tone(rng: np.random.Generator, pitch: float, time: np.ndarray, slope: float, vibrato: float) -> np.ndarray:
    """A fundamental and harmonics that fall off by a power of their number."""
    phase = 2 * np.pi * pitch * (time + vibrato * np.sin(2 * np.pi * rng.uniform(0.5, 8) * time))
    harmonics = range(1, 1 + min(20, int(7500 / pitch)))
    return np.asarray(sum(rng.uniform() * k**-slope * np.sin(k * phase + rng.uniform(0, 6)) for k in harmonics))
