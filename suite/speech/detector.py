"""Words in a stream of posteriors: smoothing, threshold, refractory time.

After Chen, Parada and Heigold 2014, "Small-footprint keyword spotting using deep neural networks", section 2.3: the
posteriors of overlapping windows are averaged over a short time, and a word is detected if its average is above a
threshold; then there is no detection for the refractory time, since many windows contain the same word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from suite.artefacts.runtime import Artefact
from suite.errors import InputError
from suite.speech.config import StreamSettings
from suite.speech.features import SAMPLE_RATE, SAMPLES

_SHORTEST, _HEARD = 0.3, 0.15  # seconds of a word, and of its beginning, by which it may be recognised
_AFTER_ONSET = 0.9  # seconds from an onset to the end of the clip that is read again
_FRAME = SAMPLE_RATE // 100  # samples whose level is measured
_FLOOR_FRAMES, _FLOOR = 150, -80.0  # frames among which the quietest is the floor, and the least floor, in dB
_RISE = 12.0  # dB above it, from which on it is speech
_PAUSE_FRAMES, _LOUD_FRAMES = 8, 3  # of a pause, and of speech after it


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
        time: Seconds from the start to the middle of its windows; from a `Stream` to the beginning of the word, where
            it is heard after a pause.
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
        only: The words that are detected; by default all.
    """

    def __init__(self, labels: Sequence[str], settings: StreamSettings, only: Sequence[str] = ()) -> None:
        self.labels, self.settings = labels, settings
        self._words = [i for i, label in enumerate(labels) if not label.startswith("_") and label in (only or labels)]
        self._recent = np.zeros((0, len(labels)))  # the last posteriors, for the average
        self._windows = 0  # number so far
        self._free_from = 0  # the first window after the refractory time
        self.current = ""  # the word above the threshold, which is one detection

    def detect(self, posteriors: np.ndarray) -> list[Detection]:
        """The words detected in the next W windows, (W, L)."""
        means = self._smooth(posteriors)
        best = np.array(self._words)[np.argmax(means[:, self._words], axis=1)]
        scores = means[np.arange(len(means)), best]
        found = []
        for row, score in enumerate(scores):
            window, word = self._windows + row, self.labels[best[row]]
            if score < self.settings.threshold:
                self.current = ""
            elif word != self.current and window >= self._free_from:
                found.append(Detection(self._middle(window), word, round(float(score), 3)))
                self._free_from = window + round(self.settings.refractory / self.settings.hop)
                self.current = word
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

    The averages of overlapping windows cannot tell a word that is said again at once from one that lasts. So a word
    counts again where speech begins anew within the refractory time, after a pause, and the second from there is that
    word too.

    Args:
        spotter: A keyword spotter.
        settings: Settings of the detection.
        only: The words that are detected; by default all.
    """

    def __init__(self, spotter: Artefact, settings: StreamSettings, only: Sequence[str] = ()) -> None:
        self.spotter, self.detector = spotter, Detector(spotter.labels, settings, only)
        self._hop, self._window = round(settings.hop * SAMPLE_RATE), 0
        self._sound, self._start = np.zeros(0, np.float32), 0  # the last seconds, and the number of their first sample
        self._onsets = Onsets()
        self._waiting: list[float] = []  # onsets whose second is not over
        self._last: Detection | None = None

    def feed(self, sound: np.ndarray) -> list[Detection]:
        """The words detected with the next samples, float32 (N,) at 16 kHz, with the times of their beginnings."""
        self._sound = np.concatenate([self._sound, sound])
        self._waiting += self._onsets.feed(sound)
        windows = cut(self._sound[max(0, self._window * self._hop - self._start) :], self._hop)
        found: list[Detection] = []
        for posteriors in self.spotter.predict_raw(windows) if len(windows) else ():
            found += self._step(posteriors)
        kept = max(0, self._window * self._hop - 2 * SAMPLES - self._start)
        self._sound, self._start = self._sound[kept:], self._start + kept
        self._onsets.times = [time for time in self._onsets.times if time > self._start / SAMPLE_RATE]
        return found

    def _step(self, posteriors: np.ndarray) -> list[Detection]:
        """The words detected with the next window."""
        end = self._window * self._hop / SAMPLE_RATE + 1
        self._window += 1
        found = [placed for d in self.detector.detect(posteriors[None]) if (placed := self._placed(d, end))]
        for onset in [onset for onset in self._waiting if onset + _AFTER_ONSET <= end]:
            self._waiting.remove(onset)
            if again := self._again(onset):
                found.append(again)
                self._last = again
        return found

    def _placed(self, detection: Detection, end: float) -> Detection | None:
        """The detection at the beginning of its word, the last onset in its window but for its end; None if told."""
        onsets = [onset for onset in self._onsets.times if end - 1.1 <= onset <= end - _HEARD]
        placed = replace(detection, time=onsets[-1]) if onsets else detection
        if self._last and (placed.word, placed.time) == (self._last.word, self._last.time):
            return None
        self._last = placed
        return placed

    def _again(self, onset: float) -> Detection | None:
        """The last word, if it is said again from this onset on, within the refractory time."""
        last, settings = self._last, self.detector.settings
        if not last or onset - last.time <= _SHORTEST:
            return None
        if onset - last.time > settings.refractory + 0.5 and self.detector.current != last.word:
            return None  # the detector is free to hear it
        first = round((onset + _AFTER_ONSET - 1) * SAMPLE_RATE) - self._start
        clip = self._sound[max(0, first) : first + SAMPLES]
        score = float(self.spotter.predict_raw(clip[None])[0][self.spotter.labels.index(last.word)])
        return Detection(onset, last.word, round(score, 3)) if score >= settings.threshold else None


class Onsets:
    """The beginnings of speech after pauses: where the level rises above the quietest part of the last seconds."""

    def __init__(self) -> None:
        self.times: list[float] = []  # in seconds; the caller removes old ones
        self._rest, self._before = np.zeros(0, np.float32), np.float32(0)
        self._levels: list[float] = []  # of the last frames, in dB
        self._frame, self._quiet, self._loud = 0, _PAUSE_FRAMES, 0  # frames: all, in the last pause, loud ones since

    def feed(self, sound: np.ndarray) -> list[float]:
        """The onsets found with the next samples, in seconds."""
        sound = np.concatenate([self._rest, sound])
        count = len(sound) // _FRAME
        frames, self._rest = sound[: count * _FRAME], sound[count * _FRAME :]
        if not count:
            return []
        changes = np.diff(frames, prepend=self._before).reshape(-1, _FRAME)  # without offset, and hardly any hum
        self._before = frames[-1]
        found = [
            time for level in 10 * np.log10(np.square(changes).mean(axis=1) + 1e-12) if (time := self._next(level))
        ]
        self.times += found
        return found

    def _next(self, level: float) -> float | None:
        """The onset that is certain with the next frame's level."""
        self._levels = [*self._levels[-_FLOOR_FRAMES + 1 :], level]
        self._frame += 1
        if level < max(_FLOOR, min(self._levels)) + _RISE:
            self._quiet, self._loud = self._quiet + 1, 0
            return None
        self._loud += 1
        if self._loud < _LOUD_FRAMES:
            return None
        pause, self._quiet = self._quiet, 0
        return (self._frame - _LOUD_FRAMES) * _FRAME / SAMPLE_RATE if pause >= _PAUSE_FRAMES else None


def cut(sound: np.ndarray, hop: int) -> np.ndarray:
    """The windows of a second in a sound, a hop apart: a view (W, 16000)."""
    if len(sound) < SAMPLES:
        return np.zeros((0, SAMPLES), np.float32)
    return np.lib.stride_tricks.sliding_window_view(sound, SAMPLES)[::hop]
