"""Scores of a keyword spotter on long recordings: misses and false alarms at each threshold.

Scores on clips of a second are not enough: a spotter that runs all day gets other words, parts of words and noise
hundreds of thousands of times. One recording is composed of keywords, other words and noise, another of noise alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from suite.artefacts.runtime import Artefact
from suite.console import plots
from suite.console.log import LOG
from suite.console.progress import progress
from suite.problems import Report
from suite.speech.config import SILENCE, UNKNOWN, StreamSettings
from suite.speech.detector import Detection, Detector, cut, stream_settings
from suite.speech.features import SAMPLE_RATE, SAMPLES
from suite.speech.preprocessing import to_float, to_int16
from suite.task import Examples

SECONDS = 3600.0  # of the recording with words
NOISE_TIMES = 5  # as long is that without
TOLERANCE = 0.9  # seconds between a word's middle and its detection, whose windows hear a part of the word at least
SMOOTHINGS = (2, 3, 4, 5)  # windows in an average, of which one number is chosen
GAP = (0.5, 4.0)  # seconds of noise between clips
MOST_TRIGGERED, MOST_ALARMS = 0.05, 0.2  # other words taken for keywords, and alarms an hour in noise, where possible
THRESHOLDS = np.round(np.concatenate([np.linspace(0.3, 0.925, 26), np.linspace(0.95, 0.99, 9)]), 4)
_BATCH = 256


@dataclass(frozen=True)
class Composition:
    """A long recording composed of clips, and the words in it.

    Args:
        sound: int16 (N,) at 16 kHz.
        events: (time of the clip's middle in seconds, label) of every keyword and every other word.
    """

    sound: np.ndarray
    events: list[tuple[float, str]]

    def times(self, others: bool) -> int:
        """The number of keywords, or of other words."""
        return sum((label == UNKNOWN) == others for _, label in self.events)

    @property
    def hours(self) -> float:
        return len(self.sound) / SAMPLE_RATE / 3600


class Counts(NamedTuple):
    """Missed keywords, other words in which a keyword was detected, and detections elsewhere."""

    missed: int
    triggered: int
    elsewhere: int


@dataclass(frozen=True)
class Point:
    """What a spotter does with one setting.

    Args:
        smoothing: Number of windows in an average.
        threshold: Threshold of the averaged posterior.
        misses: Share of the keywords that were not detected.
        triggered: Share of the other words in which a keyword was detected.
        false_alarms: Number of detections an hour, in the recording with words, that belong to neither.
        noise_alarms: Number of detections an hour in noise alone.
    """

    smoothing: int
    threshold: float
    misses: float
    triggered: float
    false_alarms: float
    noise_alarms: float


@dataclass(frozen=True)
class StreamReport(Report):
    """A spotter on composed recordings.

    Args:
        settings: Settings of the detection; the threshold is the operating point.
        at_threshold: What the spotter does at the operating point.
        curve: The same at other thresholds.
        hours: Length of the recording with words.
        noise_hours: Length of the recording of noise.
        words: Number of keywords in the recording with words.
        others: Number of other words in it.
        split: Description of the clips.
        artefact: The scored file.
    """

    settings: StreamSettings
    at_threshold: Point
    curve: list[Point]
    hours: float
    noise_hours: float
    words: int
    others: int
    split: str
    artefact: str

    def plot(self, path: Path) -> None:
        """Draws the curve between other words that trigger and misses as PNG."""
        drawing = plots.figure(6, 4)
        axes = drawing.add_subplot()
        axes.plot([100 * p.triggered for p in self.curve], [100 * p.misses for p in self.curve], marker=".")
        here = self.at_threshold
        axes.plot(100 * here.triggered, 100 * here.misses, "o", label=f"threshold {here.threshold:g}")
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("other words taken for a keyword, %")
        axes.set_ylabel("missed keywords, %")
        axes.set_title(f"{self.hours:.1f} h composed of the {self.split}", fontsize=9)
        axes.grid(alpha=0.3)
        axes.legend()
        plots.save(drawing, path)

    def table(self) -> str:
        """The operating point, and every fourth point of the curve."""
        points = [*self.curve[::4], self.at_threshold]
        rows = ["threshold   missed  other words  false alarms an hour  in noise alone"]
        for point in sorted(points, key=lambda p: p.threshold):
            mark = "  <- the file's" if point is self.at_threshold else ""
            rows.append(
                f"{point.threshold:9.3f}  {point.misses:7.2%}  {point.triggered:11.2%}  {point.false_alarms:20.1f}  "
                f"{point.noise_alarms:14.1f}{mark}"
            )
        if not (self.words and self.others):
            rows.append("a share of nothing is 0: the recording has no keyword, or no other word")
        rows.append(f"averages of {self.settings.smoothing} windows")
        rows.append(
            f"{self.words:,} keywords and {self.others:,} other words in {self.hours:.2f} h, composed of the "
            f"{self.split}, and {self.noise_hours:.2f} h of noise, music and babble that were made"
        )
        return "\n".join(rows)


def report(
    spotter: Artefact,
    clips: Examples,
    noises: np.ndarray,
    alone: np.ndarray,
    choose_settings: bool = False,
    seconds: float | None = None,
    noise_seconds: float | None = None,
) -> StreamReport:
    """The report on composed recordings.

    Args:
        spotter: The model; the settings are those in its file.
        clips: The clips to compose the recording with words of.
        noises: int16 (M, 16000), for its background.
        alone: int16 (N, 16000), of which the recording without words is mixed.
        choose_settings: Choose threshold and smoothing on these recordings, which must be of the validation split.
        seconds: Length of the recording with words; by default an hour.
        noise_seconds: Length of the recording without; by default five hours.
    """
    made, settings = compose(clips, noises, seconds or SECONDS), stream_settings(spotter)
    noise_seconds = noise_seconds or NOISE_TIMES * (seconds or SECONDS)
    rows = [posteriors(spotter, sound, settings) for sound in (made.sound, noise_alone(alone, int(noise_seconds)))]

    def point(settings: StreamSettings) -> Point:
        detectors = [Detector(spotter.labels, settings) for _ in rows]
        found, in_noise = (detector.detect(part) for detector, part in zip(detectors, rows, strict=True))
        counts, words, others = count(found, made.events), made.times(others=False), made.times(others=True)
        return Point(
            settings.smoothing,
            settings.threshold,
            counts.missed / max(1, words),
            counts.triggered / max(1, others),
            counts.elsewhere / made.hours,
            len(in_noise) / (noise_seconds / 3600),
        )

    def curve(smoothing: int) -> list[Point]:
        return [point(replace(settings, smoothing=smoothing, threshold=float(number))) for number in THRESHOLDS]

    if choose_settings:
        chosen = choose([one for smoothing in SMOOTHINGS for one in curve(smoothing)])
        settings = replace(settings, smoothing=chosen.smoothing, threshold=chosen.threshold)
        if not kept(chosen):
            LOG.warning(
                f"no setting has under {MOST_TRIGGERED:.0%} of the other words trigger and no alarm in noise; averaged "
                f"over {chosen.smoothing} windows with a threshold of {chosen.threshold:g} it is "
                f"{chosen.triggered:.1%}, {chosen.noise_alarms:.1f} alarms an hour, and {chosen.misses:.1%} of the "
                "keywords are missed"
            )
    return StreamReport(
        settings,
        point(settings),
        curve(settings.smoothing),
        made.hours,
        noise_seconds / 3600,
        made.times(others=False),
        made.times(others=True),
        clips.description,
        str(spotter.path),
    )


def compose(clips: Examples, noises: np.ndarray, seconds: float = SECONDS, seed: int = 0) -> Composition:
    """A recording of clips in random order over noise; each clip is used about equally often.

    Args:
        clips: Clips of keywords, _unknown_ and _silence_.
        noises: int16 (M, 16000), for the background.
        seconds: Length of the recording.
        seed: Seed of the order, gaps and levels.
    """
    rng = np.random.default_rng(seed)
    sound = _background(noises, int(seconds * SAMPLE_RATE), rng)
    events: list[tuple[float, str]] = []
    order: list[int] = []
    targets, start = np.asarray(clips.targets), int(SAMPLE_RATE * rng.uniform(*GAP))
    while start + SAMPLES <= len(sound):
        order = order or list(rng.permutation(len(clips)))
        clip = order.pop()
        label = clips.labels[targets[clip]]
        sound[start : start + SAMPLES] += to_float(clips.raw[clip])
        if label != SILENCE:
            events.append(((start + SAMPLES / 2) / SAMPLE_RATE, label))
        start += SAMPLES + int(SAMPLE_RATE * rng.uniform(*GAP))
    return Composition(to_int16(sound), events)


def noise_alone(noises: np.ndarray, seconds: int, seed: int = 0) -> np.ndarray:
    """A recording without words, int16 (N,): each second is the sum of two, one of them up to 20 dB quieter."""
    rng = np.random.default_rng(seed)
    sound = np.empty((seconds, SAMPLES), np.int16)
    for second in sound:
        first, other = to_float(noises[rng.integers(len(noises), size=2)])
        second[:] = to_int16(first + other * 10 ** rng.uniform(-1, 0))
    return sound.reshape(-1)


def posteriors(spotter: Artefact, sound: np.ndarray, settings: StreamSettings) -> np.ndarray:
    """Probabilities (W, L) of every window of a recording, int16 (N,)."""
    windows = cut(sound, round(settings.hop * SAMPLE_RATE))
    rows, report_progress = [], progress("scoring", "s", settings.hop)
    for i in range(0, len(windows), _BATCH):
        rows.append(spotter.predict_raw(windows[i : i + _BATCH]))
        report_progress(min(i + _BATCH, len(windows)), len(windows))
    return np.concatenate(rows)


def count(found: Sequence[Detection], events: Sequence[tuple[float, str]]) -> Counts:
    """What was detected; a detection belongs to the nearest event within the tolerance.

    A second detection in a keyword, or one of another keyword, is a detection elsewhere.
    """
    heard: set[float] = set()
    triggered: set[float] = set()
    elsewhere = 0
    for detection in found:
        time, label = min(events, key=lambda event: abs(event[0] - detection.time), default=(np.inf, ""))
        near = abs(time - detection.time) <= TOLERANCE
        if near and label == UNKNOWN:
            triggered.add(time)
        elif near and label == detection.word and time not in heard:
            heard.add(time)
        else:
            elsewhere += 1
    return Counts(sum(label != UNKNOWN for _, label in events) - len(heard), len(triggered), elsewhere)


def choose(points: Sequence[Point]) -> Point:
    """The point with the fewest misses among those that keep the limits; of equal ones the highest threshold.

    If none keeps them, that with the fewest alarms in noise, then the fewest other words.
    """
    if good := [point for point in points if kept(point)]:
        return min(good, key=lambda p: (p.misses, -p.threshold))
    return min(points, key=lambda p: (p.noise_alarms, p.triggered, p.misses))


def kept(point: Point) -> bool:
    """Whether a point keeps the limits."""
    return point.triggered <= MOST_TRIGGERED and point.noise_alarms <= MOST_ALARMS


def _background(noises: np.ndarray, samples: int, rng: np.random.Generator) -> np.ndarray:
    """Noise that changes about every ten seconds, at -60 to -30 dB, float32 (samples,)."""
    sound = np.zeros(samples, np.float32)
    start = 0
    while start < samples:
        stop = min(samples, start + int(SAMPLE_RATE * rng.uniform(5, 15)))
        noise = to_float(noises[rng.integers(len(noises))])
        level = 10 ** (rng.uniform(-60, -30) / 20) / max(1e-4, float(np.sqrt(np.mean(noise**2))))
        sound[start:stop] = np.resize(noise, stop - start) * level
        start = stop
    return sound
