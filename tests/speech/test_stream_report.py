"""Composed recordings and their scores."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from suite.speech import stream_report
from suite.speech.detector import Detection
from suite.speech.stream_report import Point
from suite.task import Examples

LABELS = ("yes", "no", "_unknown_", "_silence_")


@pytest.fixture
def composition():
    rng = np.random.default_rng(0)
    clips = Examples(rng.integers(-9000, 9000, (40, 16000), np.int16), np.arange(40) % 4, LABELS, "test split")
    return stream_report.compose(clips, rng.integers(-50, 50, (5, 16000), np.int16), seconds=200, seed=1)


def test_a_composition_holds_the_words_at_their_times(composition):
    assert len(composition.sound) == 200 * 16000 and composition.hours == pytest.approx(200 / 3600)
    assert {word for _, word in composition.events} == {"yes", "no", "_unknown_"}
    assert composition.times(others=False) + composition.times(others=True) == len(composition.events)
    times = [time for time, _ in composition.events]
    assert np.diff(times).min() >= 1.5  # a second each and a gap of half a second at least
    level = np.abs(composition.sound.astype(int))
    for time in times:
        middle = int(time * 16000)
        assert level[middle - 7000 : middle + 7000].mean() > 3000
    assert np.mean(level < 1500) > 0.4  # and noise between them


def test_misses_and_false_alarms():
    events = [(1.0, "yes"), (5.0, "no"), (9.0, "yes")]
    found = [
        Detection(1.2, "yes", 0.9),
        Detection(5.1, "yes", 0.9),
        Detection(10.0, "yes", 0.9),
        Detection(20.0, "no", 0.9),
    ]
    assert stream_report.count(found, events) == (2, 0, 3)
    assert stream_report.count([], events) == (3, 0, 0)
    assert stream_report.count([Detection(1.1, "yes", 0.9), Detection(1.3, "yes", 0.9)], [(1.0, "yes")]) == (0, 0, 1)


def test_an_other_word_triggers_once():
    events = [(1.0, "_unknown_"), (4.0, "_unknown_"), (4.9, "yes")]
    found = [Detection(0.8, "yes", 0.9), Detection(1.4, "no", 0.9), Detection(4.5, "yes", 0.9)]
    assert stream_report.count(found, events) == (0, 1, 0)


def test_a_detection_belongs_to_the_nearest_event():
    events = [(1.0, "_unknown_"), (2.5, "yes"), (4.0, "_unknown_")]
    assert stream_report.count([Detection(1.7, "yes", 0.9)], events) == (1, 1, 0)
    assert stream_report.count([Detection(1.8, "yes", 0.9)], events) == (0, 0, 0)
    assert stream_report.count([Detection(1.1, "yes", 0.9), Detection(3.3, "no", 0.9)], events) == (1, 2, 0)


def test_the_setting_keeps_to_the_limits_and_misses_least():
    points = [Point(4, 0.5, 0.1, 0.2, 9, 9), Point(4, 0.7, 0.2, 0.05, 4, 0.2), Point(3, 0.8, 0.2, 0.05, 3, 0.2)]
    points.append(Point(4, 0.9, 0.5, 0.01, 0, 0))
    assert stream_report.choose(points) is points[2]
    assert stream_report.choose([points[0], points[3]]) is points[3]
    none = [replace(points[0], noise_alarms=1), replace(points[3], smoothing=5, noise_alarms=0.5)]
    assert stream_report.choose(none) is none[1]  # none keeps them


def test_noise_alone_is_mixed_and_without_words():
    noises = np.random.default_rng(0).integers(-900, 900, (5, 16000), np.int16)
    sound = stream_report.noise_alone(noises, 20)
    assert sound.shape == (20 * 16000,) and sound.dtype == np.int16
    assert len({second.tobytes() for second in sound.reshape(20, -1)}) == 20


def test_a_spotter_is_scored_on_a_composition(speech, tmp_path):
    from suite.artefacts import runtime
    from suite.speech import data
    from suite.speech.config import DataConfig
    from suite.speech.detector import stream_settings

    config = DataConfig(words=("yes", "no"), per_word=60, unknown=1.0)
    clips, noises = data.load(config, "validation"), data.noises(config)[:20]
    listening = runtime.load(speech.tflite)
    result = stream_report.report(listening, clips, noises, data.noise_alone("validation")[:30], seconds=60)
    assert result.hours == pytest.approx(1 / 60) and result.noise_hours == pytest.approx(5 / 60)
    assert result.at_threshold.threshold == stream_settings(listening).threshold  # the file's
    alarms = [point.false_alarms for point in result.curve]
    assert len(result.curve) == len(stream_report.THRESHOLDS) and alarms[0] >= alarms[-1]
    assert "<- the file's" in result.table()
    result.plot(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 5000


def test_smoothing_and_threshold_are_chosen_together(monkeypatch):
    """A word that is in three windows, and noise that is louder in two: averages of two windows cannot keep it out."""
    sounds = Examples(np.zeros((4, 16000), np.int16), np.arange(4), LABELS, "validation split")
    monkeypatch.setattr(stream_report, "GAP", (3.0, 3.1))
    hiss = np.ones((1, 16000), np.int16)
    made = stream_report.compose(sounds, hiss, 60)

    def heard(spotter, sound, settings):
        rows = np.tile([0.0, 0.0, 1.0, 0.0], (len(sound) // 1600 - 9, 1))
        if not np.array_equal(sound, made.sound):
            rows[20::50] = rows[21::50] = [0.8, 0, 0.2, 0]
            return rows
        for time, word in made.events:
            if word in ("yes", "no"):
                window = round((time - 0.5) * 10)
                rows[window : window + 3] = 0.65 * np.eye(4)[LABELS.index(word)] + [0, 0, 0.35, 0]
        return rows

    monkeypatch.setattr(stream_report, "posteriors", heard)
    listening = SimpleNamespace(labels=LABELS, about=SimpleNamespace(settings={}), path="file")
    result = stream_report.report(listening, sounds, hiss, sounds.raw, True, 60, 60)
    assert result.settings.smoothing == 3 and 0.55 < result.settings.threshold <= 0.65
    assert result.at_threshold.misses == result.at_threshold.noise_alarms == 0
    assert {point.smoothing for point in result.curve} == {3} and "averages of 3 windows" in result.table()
    assert (
        stream_report.report(listening, sounds, hiss, sounds.raw, False, 60, 60).settings.smoothing == 4
    )  # the file's
