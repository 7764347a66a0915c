"""Made noise, and how often a spotter takes it for a word."""

import numpy as np
import pytest

from suite.speech import noise_report, noises
from tests import tools


@pytest.mark.parametrize("kind", (*noises.TRAINING, *noises.SCORED), ids=lambda kind: kind.__name__)
def test_each_kind_is_a_second_of_one_level_and_another_each_time(kind):
    one, other, again = (kind(np.random.default_rng(seed)) for seed in (1, 2, 1))
    assert one.shape == (16_000,) and np.isfinite(one).all()
    assert np.sqrt(np.mean(one**2)) == pytest.approx(1)
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_noise_at_a_level():
    rng = np.random.default_rng(0)
    levels = [np.mean((noises.at_level(noises.band(rng), rng, (-30, -20)) / 32767.0) ** 2) for _ in range(10)]
    assert 10 * np.log10(min(levels)) > -30.5 and 10 * np.log10(max(levels)) < -19.5


def test_no_kind_is_both_learned_and_scored():
    assert not {*noises.TRAINING} & {*noises.SCORED}


def test_the_report_by_kind(speech, capsys, monkeypatch):
    monkeypatch.setattr(noise_report, "EACH", 4)
    report = speech.home / "noise.json"
    assert tools.run("speech", "eval", str(speech.version), "--noise", "--report", str(report)) == 0
    printed = capsys.readouterr().out
    assert (
        all(f"\n{kind}" in f"\n{printed}" for kind in ("fan", "claps", "hiss")) and report.with_suffix(".png").exists()
    )
    assert tools.run("speech", "eval", str(speech.version), "--noise", "--data.path", "x") == 2
    assert tools.run("speech", "eval", str(speech.version), "--noise", "--stream") == 2


def test_a_spotter_that_hears_words_everywhere(monkeypatch):
    class Spotter:
        labels, path = ("yes", "_silence_"), "x.tflite"
        predict_raw = staticmethod(lambda seconds: np.tile([0.9, 0.1], (len(seconds), 1)))

    monkeypatch.setattr(noise_report, "stream_settings", lambda spotter: type("S", (), {"threshold": 0.95}))
    monkeypatch.setattr(noise_report, "EACH", 2)
    found = noise_report.report(Spotter)
    assert found.accuracy == 0 and found.kinds["fan"] == {"taken": 1, "detected": 0, "heard": 0}
    assert found.kinds["hum"]["heard"] == 1 and "100.0% are taken for a word" in found.table()
