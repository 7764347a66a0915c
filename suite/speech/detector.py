"""Words in a stream of posteriors: smoothing, threshold, refractory time.

After Chen, Parada and Heigold 2014, "Small-footprint keyword spotting using deep neural networks", section 2.3: the
posteriors of overlapping windows are averaged over a short time, and a word is detected if its average is above a
threshold; then there is no detection for the refractory time, since many windows contain the same word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from suite.artefacts.runtime import Artefact
from suite.errors import InputError
from suite.speech.config import StreamSettings
from suite.speech.features import SAMPLE_RATE, SAMPLES


def stream_settings(spotter: Artefact) -> StreamSettings:
    """The settings of the detection in a model's file.

    Raises:
        InputError: This version does not know them.
    """
    try:
        return StreamSettings(**spotter.about.settings.get("stream", {}))
    except (TypeError, InputError):
        raise InputError(f"{spotter.path}: its stream settings are unknown to this version; export it again") from None


@dataclass(frozen=True)
class Detection:
    """A detected word.

    Args:
        time: Seconds from the start to the middle of its windows.
        word: Its label.
        score: Its averaged posterior.
    """

    time: float
    word: str
    score: float


class Detector:
    """Finds words in the posteriors of one window after another.

    Args:
        labels: L labels; those that begin with _ are not words.
        settings: Settings of the detection.
    """

    def __init__(self, labels: Sequence[str], settings: StreamSettings) -> None:
        self.labels, self.settings = labels, settings
        self._words = [i for i, label in enumerate(labels) if not label.startswith("_")]
        self._recent = np.zeros((0, len(labels)))  # the last posteriors, for the average
        self._windows = 0  # number so far
        self._free_from = 0  # the first window after the refractory time
        self._current = ""  # the word above the threshold, which is one detection

    def detect(self, posteriors: np.ndarray) -> list[Detection]:
        """The words detected in the next W windows, (W, L)."""
        means = self._smooth(posteriors)
        best = np.array(self._words)[np.argmax(means[:, self._words], axis=1)]
        scores = means[np.arange(len(means)), best]
        found = []
        for row, score in enumerate(scores):
            window, word = self._windows + row, self.labels[best[row]]
            if score < self.settings.threshold:
                self._current = ""
            elif word != self._current and window >= self._free_from:
                found.append(Detection(self._middle(window), word, round(float(score), 3)))
                self._free_from = window + round(self.settings.refractory / self.settings.hop)
                self._current = word
        self._windows += len(posteriors)
        return found

    def _smooth(self, posteriors: np.ndarray) -> np.ndarray:
        """Running means over the last windows, (W, L)."""
        known, most = len(self._recent), self.settings.smoothing
        every = np.concatenate([self._recent, posteriors])
        self._recent = every[max(0, len(every) - most + 1) :]
        total = np.cumsum(np.concatenate([np.zeros((1, every.shape[1])), every]), axis=0)
        last = np.arange(known + 1, len(every) + 1)
        first = np.maximum(0, last - most)
        return (total[last] - total[first]) / (last - first)[:, None]

    def _middle(self, window: int) -> float:
        """The middle of the averaged windows, in seconds."""
        before = min(window, self.settings.smoothing - 1)
        return round((window - before / 2) * self.settings.hop + SAMPLES / SAMPLE_RATE / 2, 2)


class Stream:
    """Detections in sound that arrives in pieces.

    Args:
        spotter: A keyword spotter.
        settings: Settings of the detection.
    """

    def __init__(self, spotter: Artefact, settings: StreamSettings) -> None:
        self.spotter, self.detector = spotter, Detector(spotter.labels, settings)
        self._hop = round(settings.hop * SAMPLE_RATE)
        self._sound = np.zeros(0, np.float32)  # the start of the next window

    def feed(self, sound: np.ndarray) -> list[Detection]:
        """The words detected with the next samples, float32 (N,) at 16 kHz."""
        self._sound = np.concatenate([self._sound, sound])
        windows = cut(self._sound, self._hop)
        self._sound = self._sound[len(windows) * self._hop :]
        return self.detector.detect(self.spotter.predict_raw(windows)) if len(windows) else []


def cut(sound: np.ndarray, hop: int) -> np.ndarray:
    """The windows of a second in a sound, a hop apart: a view (W, 16000)."""
    if len(sound) < SAMPLES:
        return np.zeros((0, SAMPLES), np.float32)
    return np.lib.stride_tricks.sliding_window_view(sound, SAMPLES)[::hop]
