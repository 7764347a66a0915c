"""Scores of a keyword spotter on a long recording: misses, false alarms an hour, and the curve between them.

Scores on clips of a second are not enough: a spotter that runs all day gets other words, parts of words and noise
hundreds of thousands of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from suite.artefacts.runtime import Artefact
from suite.console import plots
from suite.console.progress import progress
from suite.problems import Report
from suite.speech.config import StreamSettings
from suite.speech.detector import Detection, Detector, cut, stream_settings
from suite.speech.features import SAMPLE_RATE, SAMPLES
from suite.speech.preprocessing import to_float, to_int16
from suite.task import Examples

SECONDS = 3600.0  # of the composed recording
TOLERANCE = 0.75  # seconds between a word's middle and its detection
GAP = (0.5, 4.0)  # seconds of noise between clips
MOST_ALARMS = 5.0  # false alarms an hour at the chosen threshold
THRESHOLDS = np.round(np.concatenate([np.linspace(0.3, 0.925, 26), np.linspace(0.95, 0.99, 9)]), 4)
_BATCH = 256


@dataclass(frozen=True)
class Composition:
    """A long recording composed of clips, and its keywords.

    Args:
        sound: int16 (N,) at 16 kHz.
        events: (time of the clip's middle in seconds, word) of every keyword.
    """

    sound: np.ndarray
    events: list[tuple[float, str]]

    @property
    def hours(self) -> float:
        return len(self.sound) / SAMPLE_RATE / 3600


@dataclass(frozen=True)
class Point:
    """Misses and false alarms at one threshold.

    Args:
        threshold: Threshold of the averaged posterior.
        misses: Share of the keywords that were not detected.
        false_alarms: Number of detections an hour without that word.
    """

    threshold: float
    misses: float
    false_alarms: float


@dataclass(frozen=True)
class StreamReport(Report):
    """A spotter on a composed recording.

    Args:
        settings: Settings of the detection; the threshold is the operating point.
        at_threshold: Misses and false alarms at the operating point.
        curve: The same at other thresholds.
        hours: Length of the recording.
        words: Number of keywords in it.
        split: Description of the clips.
        artefact: The scored file.
    """

    settings: StreamSettings
    at_threshold: Point
    curve: list[Point]
    hours: float
    words: int
    split: str
    artefact: str

    def plot(self, path: Path) -> None:
        """Draws the curve between misses and false alarms as PNG."""
        drawing = plots.figure(6, 4)
        axes = drawing.add_subplot()
        axes.plot([p.false_alarms for p in self.curve], [100 * p.misses for p in self.curve], marker=".")
        here = self.at_threshold
        axes.plot(here.false_alarms, 100 * here.misses, "o", label=f"threshold {here.threshold:g}")
        axes.set_xscale("symlog", linthresh=1)
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("false alarms an hour")
        axes.set_ylabel("missed words, %")
        axes.set_title(f"{self.hours:.1f} h composed of the {self.split}", fontsize=9)
        axes.grid(alpha=0.3)
        axes.legend()
        plots.save(drawing, path)

    def table(self) -> str:
        """The operating point, and every fourth point of the curve."""
        points = [*self.curve[::4], self.at_threshold]
        rows = [f"{'threshold':>9}  {'missed':>7}  false alarms an hour"]
        for point in sorted(points, key=lambda p: p.threshold):
            mark = "  <- the file's" if point is self.at_threshold else ""
            rows.append(f"{point.threshold:9.3f}  {point.misses:7.2%}  {point.false_alarms:6.1f}{mark}")
        rows.append(f"{self.words:,} words in {self.hours:.2f} h, composed of the {self.split}")
        return "\n".join(rows)


def report(
    spotter: Artefact, clips: Examples, noises: np.ndarray, choose_threshold: bool = False, seconds: float | None = None
) -> StreamReport:
    """The report on a composed recording.

    Args:
        spotter: The model; the settings are those in its file.
        clips: The clips to compose the recording of.
        noises: int16 (M, 16000), for the background.
        choose_threshold: Choose the threshold on this recording, which must be of the validation split.
        seconds: Length of the recording; by default an hour.
    """
    made, settings = compose(clips, noises, seconds or SECONDS), stream_settings(spotter)
    rows = posteriors(spotter, made.sound, settings)
    points = curve(rows, spotter.labels, made, settings, THRESHOLDS.tolist())
    if choose_threshold:
        settings = replace(settings, threshold=choose(points).threshold)
    (here,) = curve(rows, spotter.labels, made, settings, [settings.threshold])
    name = str(spotter.path)
    return StreamReport(settings, here, points, made.hours, len(made.events), clips.description, name)


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
        if not label.startswith("_"):
            events.append(((start + SAMPLES / 2) / SAMPLE_RATE, label))
        start += SAMPLES + int(SAMPLE_RATE * rng.uniform(*GAP))
    return Composition(to_int16(sound), events)


def posteriors(spotter: Artefact, sound: np.ndarray, settings: StreamSettings) -> np.ndarray:
    """Probabilities (W, L) of every window of a recording, int16 (N,)."""
    windows = cut(sound, round(settings.hop * SAMPLE_RATE))
    rows, report_progress = [], progress("scoring", "s", settings.hop)
    for i in range(0, len(windows), _BATCH):
        rows.append(spotter.predict_raw(windows[i : i + _BATCH]))
        report_progress(min(i + _BATCH, len(windows)), len(windows))
    return np.concatenate(rows)


def count(found: Sequence[Detection], events: Sequence[tuple[float, str]]) -> tuple[int, int]:
    """(misses, false alarms); a detection matches the first event of its word within the tolerance."""
    waiting = list(events)
    alarms = 0
    for detection in found:
        near = [e for e in waiting if e[1] == detection.word and abs(e[0] - detection.time) <= TOLERANCE]
        if near:
            waiting.remove(near[0])
        else:
            alarms += 1
    return len(waiting), alarms


def curve(
    rows: np.ndarray, labels: Sequence[str], made: Composition, settings: StreamSettings, thresholds: Sequence[float]
) -> list[Point]:
    """Misses and false alarms at each threshold.

    Args:
        rows: Posteriors (W, L) of the composition.
        labels: The spotter's.
        made: The composition.
        settings: Settings of the detection, without the threshold.
        thresholds: The thresholds.
    """
    points = []
    for threshold in thresholds:
        found = Detector(labels, replace(settings, threshold=float(threshold))).detect(rows)
        misses, alarms = count(found, made.events)
        points.append(Point(float(threshold), misses / max(1, len(made.events)), alarms / made.hours))
    return points


def choose(points: Sequence[Point], most: float = MOST_ALARMS) -> Point:
    """The point with the fewest misses at no more false alarms than `most`; of equal ones the highest threshold.

    If no threshold has so few, the point with the fewest false alarms.
    """
    good = [point for point in points if point.false_alarms <= most]
    if good:
        return min(good, key=lambda point: (point.misses, -point.threshold))
    return min(points, key=lambda point: (point.false_alarms, point.misses))


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
