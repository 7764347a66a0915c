"""Words in a stream of posteriors."""

from dataclasses import dataclass

import numpy as np
import pytest

from suite.errors import InputError
from suite.speech.config import StreamSettings
from suite.speech.detector import Detector, Onsets, Stream

LABELS = ("yes", "no", "_unknown_", "_silence_")
SETTINGS = StreamSettings(hop=0.1, smoothing=3, threshold=0.6, refractory=1.0)


def posteriors(windows, *words):
    """Silence, but for (first window, windows, label)."""
    rows = np.tile([0.0, 0.0, 0.0, 1.0], (windows, 1))
    for first, count, label in words:
        rows[first : first + count] = np.eye(4)[label]
    return rows


def test_a_word_is_detected_once_in_its_middle():
    (found,) = Detector(LABELS, SETTINGS).detect(posteriors(50, (20, 8, 0)))
    assert found.word == "yes" and found.score >= 0.6
    assert found.time == pytest.approx(2.5, abs=0.15)  # window 20 is from 2 to 3 s


def test_a_flash_is_smoothed_away():
    assert not Detector(LABELS, SETTINGS).detect(posteriors(50, (20, 1, 0)))


def test_other_words_and_silence_are_no_words():
    assert not Detector(LABELS, SETTINGS).detect(posteriors(50, (20, 8, 2)))


def test_only_the_words_that_are_asked_for():
    rows = posteriors(80, (10, 5, 0), (40, 5, 1))
    assert [found.word for found in Detector(LABELS, SETTINGS, ["no"]).detect(rows)] == ["no"]


def test_the_refractory_time():
    rows = posteriors(80, (10, 5, 0), (15, 4, 1), (40, 5, 1))
    assert [found.word for found in Detector(LABELS, SETTINGS).detect(rows)] == ["yes", "no"]
    short = StreamSettings(hop=0.1, smoothing=3, threshold=0.6, refractory=0.3)
    assert [found.word for found in Detector(LABELS, short).detect(rows)] == ["yes", "no", "no"]


@pytest.mark.parametrize("piece", [1, 7, 30])
def test_pieces_give_the_same_as_the_whole(piece):
    rows = np.random.default_rng(0).dirichlet([0.3] * 4, 300)
    settings = StreamSettings(hop=0.1, smoothing=4, threshold=0.4, refractory=0.5)
    detector = Detector(LABELS, settings)
    found = [d for i in range(0, 300, piece) for d in detector.detect(rows[i : i + piece])]
    assert found == Detector(LABELS, settings).detect(rows)
    assert len(found) > 5


@dataclass
class LoudnessSpotter:
    """Hears "yes" in every loud window."""

    labels: tuple = LABELS

    def predict_raw(self, windows):
        return np.where((windows**2).mean(axis=1, keepdims=True) > 0.04, np.eye(4)[0], np.eye(4)[3])


@pytest.mark.parametrize("piece", [100, 1600, 16000, 50000])
def test_sound_in_pieces_of_any_size(piece):
    sound = np.zeros(16000 * 10, np.float32)
    sound[16000 * 4 : 16000 * 5] = 0.5
    stream = Stream(LoudnessSpotter(), SETTINGS)
    found = [d for i in range(0, len(sound), piece) for d in stream.feed(sound[i : i + piece])]
    assert [d.word for d in found] == ["yes"]
    assert found[0].time == pytest.approx(4.0, abs=0.4)  # the first windows that are a third loud


@pytest.mark.parametrize("wrong", [{"hop": 0}, {"smoothing": 0}, {"threshold": 2}, {"refractory": -1}])
def test_settings_that_cannot_be(wrong):
    with pytest.raises(InputError):
        StreamSettings(**wrong)


def bursts(*spans, noise=0.001):
    """Ten seconds of faint noise, with loud noise in the spans of seconds."""
    rng = np.random.default_rng(0)
    sound = rng.normal(0, noise, 160_000).astype(np.float32)
    for begin, end in spans:
        sound[int(begin * 16000) : int(end * 16000)] += rng.uniform(-0.7, 0.7, int(end * 16000) - int(begin * 16000))
    return sound


@pytest.mark.parametrize("piece", [100, 1600, 50000, 160000])
@pytest.mark.parametrize("noise", [0, 0.001, 0.02])
def test_a_word_that_is_said_again_at_once_counts_again(piece, noise):
    sound = bursts((4.0, 4.4), (4.8, 5.2), (5.6, 6.0), noise=noise)
    stream = Stream(LoudnessSpotter(), SETTINGS)
    found = [d for i in range(0, len(sound), piece) for d in stream.feed(sound[i : i + piece])]
    assert [d.word for d in found] == ["yes"] * 3
    assert [d.time for d in found] == pytest.approx([4.0, 4.8, 5.6], abs=0.02)


@pytest.mark.parametrize("gap", [0.65, 0.7, 0.75, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5])
@pytest.mark.parametrize("refractory", [0.5, 1.0])
def test_no_word_is_told_twice(gap, refractory):
    settings = StreamSettings(hop=0.1, smoothing=3, threshold=0.6, refractory=refractory)
    spans = [(3 + i * gap, 3.4 + i * gap) for i in range(3)]
    found = Stream(LoudnessSpotter(), settings).feed(bursts(*spans))
    assert [d.time for d in found] == pytest.approx([begin for begin, _ in spans], abs=0.02)


def test_a_word_that_lasts_or_has_a_pause_in_it_is_one():
    for spans in ([(4.0, 5.6)], [(4.0, 4.3), (4.35, 4.7)], [(4.0, 4.4), (4.5, 4.55)]):
        assert len(Stream(LoudnessSpotter(), SETTINGS).feed(bursts(*spans))) == 1


def test_onsets_are_where_speech_begins_after_a_pause():
    onsets = Onsets()
    found = [t for part in np.array_split(bursts((1.0, 1.5), (1.54, 2.0), (3.0, 3.4)), 97) for t in onsets.feed(part)]
    assert found == pytest.approx([1.0, 3.0], abs=0.02) == onsets.times
