"""Synthetic clips: the same for the same arguments, of the right voices and words, at sensible levels."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from suite.data.splits import by_hash
from suite.errors import InputError
from suite.speech import svox_pico, synthetic
from suite.speech.synthetic import SILENCE, UNKNOWN, Voice

pytest.importorskip("espeakng_loader")


def _clips(words=("yes", "no"), split="train", per_word=3, seed=1, unknown=3, silence=3, workers=1):
    return list(synthetic.clips(words, split, per_word, seed, unknown, silence, workers))


def _same(one, other):
    return all(np.array_equal(a.waveform, b.waveform) and a[1:] == b[1:] for a, b in zip(one, other, strict=True))


def test_clips_are_labelled_seconds_of_int16():
    clips = _clips()
    assert [c.label for c in clips] == ["yes"] * 3 + ["no"] * 3 + [UNKNOWN] * 3 + [SILENCE] * 3
    assert all(c.waveform.shape == (16_000,) and c.waveform.dtype == np.int16 for c in clips)
    assert all(bool(c.voice) == (c.label != SILENCE) for c in clips)


def test_the_same_arguments_give_the_same_clips_and_another_seed_others():
    first = _clips()
    synthetic.speak("what was said before must not matter", Voice(variant="klatt2"))
    assert _same(first, _clips())
    for a, b in zip(first, _clips(seed=2), strict=True):
        assert not np.array_equal(a.waveform, b.waveform)


def test_a_clip_depends_neither_on_the_other_words_nor_on_how_many_there_are():
    alone = [c for c in _clips(words=("no",), per_word=1) if c.label == "no"]
    among = [c for c in _clips(per_word=2) if c.label == "no"][:1]
    assert _same(alone, among)


def test_processes_give_the_same_clips_as_one_process(monkeypatch):
    monkeypatch.setattr(synthetic, "BATCH", 4)
    assert _same(_clips(per_word=6), _clips(per_word=6, workers=2))


def test_without_processes_the_work_is_done_here(monkeypatch):
    monkeypatch.setattr(synthetic, "BATCH", 4)
    expected = _clips(per_word=6)

    def refuse(*_, **__):
        raise OSError("no processes here")

    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor", refuse)
    assert _same(expected, _clips(per_word=6, workers=2))


def test_no_voice_speaks_in_two_splits():
    variants = {}
    for split in synthetic.SPLITS:
        rng = np.random.default_rng(0)
        drawn = [synthetic.draw_voice(rng, split) for _ in range(100)]
        assert {v.split for v in drawn} == {split}
        variants[split] = {v.variant for v in drawn}
    assert not variants["train"] & variants["validation"] | variants["train"] & variants["test"]
    assert not variants["validation"] & variants["test"]


def test_every_voice_can_speak():
    names = [Voice(variant=v) for v in synthetic.VARIANTS] + [Voice(accent=a) for a in set(synthetic.ACCENTS)]
    for voice in names:
        speech = synthetic.speak("yes", voice)
        assert speech.dtype == np.float32 and 0.15 < len(speech) / 22_050 < 1.5, voice
        assert 0.05 < np.abs(speech).max() <= 1, voice


@pytest.mark.skipif(not svox_pico.available(), reason="py-nanotts has no wheel here")
@pytest.mark.parametrize("accent", ["en-us", "en"])
def test_pico_speaks_in_training_alone_and_always_says_the_same(accent):
    voice = Voice(accent, synthetic.PICO)
    yes = synthetic.speak("yes", voice)
    assert 0.15 < len(yes) / 22_050 < 1.5 and 0.05 < np.abs(yes).max() <= 1
    for word in ("no", "seven", "yes!"):
        assert not np.array_equal(yes, synthetic.speak(word, voice))
    assert np.array_equal(yes, synthetic.speak("yes", voice))
    assert len(synthetic.speak("yes", replace(voice, rate=260))) < 0.8 * len(yes)
    spoken = {split: {c.voice for c in _clips(split=split, per_word=20)} for split in synthetic.SPLITS}
    assert {split for split, voices in spoken.items() if any("+pico-" in v for v in voices)} == {"train"}


@pytest.mark.skipif(not svox_pico.available(), reason="py-nanotts has no wheel here")
def test_what_pico_cannot_pronounce_espeak_says():
    assert len(svox_pico.speak("да.")) == 0 or np.abs(svox_pico.speak("да.")).max() < 300
    assert len(synthetic.speak("да", Voice(variant=synthetic.PICO))) > 2000


def test_without_pico_espeak_speaks_alone(monkeypatch):
    monkeypatch.setattr(svox_pico, "available", lambda: False)
    assert not any("+pico-" in c.voice for c in _clips(per_word=20))


@pytest.mark.skipif(not svox_pico.available(), reason="py-nanotts has no wheel here")
def test_picos_end_is_told_and_the_next_call_starts_it_anew():
    svox_pico.speak("yes")
    svox_pico._process().kill()
    with pytest.raises(ValueError, match="SVOX Pico stopped.*py-nanotts"):
        svox_pico.speak("yes")
    assert len(svox_pico.speak("yes"))


def test_a_shorter_vocal_tract_raises_the_spectrum_and_keeps_the_rate():
    def centre(speech):
        power = np.abs(np.fft.rfft(speech)) ** 2
        return (power * np.arange(power.size)).sum() / power.sum() / len(speech)

    low, high = synthetic.speak("hello", Voice(tract=0.85)), synthetic.speak("hello", Voice(tract=1.2))
    assert centre(high) > 1.2 * centre(low)
    assert len(high) == pytest.approx(len(low), rel=0.15)


def test_words_are_audible_and_silence_goes_down_to_near_silence():
    def level(clip):
        return 20 * np.log10(np.sqrt(np.mean((clip.waveform / 32768.0) ** 2)) + 1e-9)

    clips = _clips(per_word=10, unknown=0, silence=30)
    spoken = [level(c) for c in clips if c.label != SILENCE]
    silent = [level(c) for c in clips if c.label == SILENCE]
    assert min(spoken) > -45 and max(spoken) < -8
    assert min(silent) < -55 and max(silent) > -35


def test_unknown_never_says_a_word_that_sounds_like_a_command():
    others = synthetic._others(("rose", "son", "know", "star", "bed"), "en")
    assert not {"rose", "sun", "star", "start", "bed"} & set(others)
    assert len(others) > 250


def test_the_nearest_words_sound_alike():
    words = ("up", "no", "stop")
    up, no, stop = synthetic._nearest(words, synthetic._others(words, "en"), "en")
    assert {"cup", "pup"} <= set(up) and {"nope", "note"} <= set(no) and {"top", "swap"} <= set(stop)
    assert not {"guitar", "yellow", "noise"} & {*up, *no, *stop}


def test_beside_recordings_other_words_are_those_of_all_splits(monkeypatch):
    heard = []
    monkeypatch.setattr(
        synthetic, "_fit", lambda text, voice, rng, humanise: heard.append((text, voice)) or np.ones(8000)
    )
    for beside in (False, True):
        heard.clear()
        list(synthetic.clips(["no"], per_word=0, unknown=300, workers=1, beside_recordings=beside))
        splits = {by_hash(word) for word, _ in heard}
        assert splits == ({"train", "validation", "test"} if beside else {"train"})
        assert {voice.split for _, voice in heard} == {"train"}
        assert any(voice.variant == synthetic.PICO for _, voice in heard) is not (beside or not svox_pico.available())


def test_noises_differ_from_one_another_and_repeat_with_their_seed():
    noises = synthetic.noise(6, seed=3)
    assert noises.shape == (6, 16_000) and noises.dtype == np.int16
    assert np.array_equal(noises, synthetic.noise(6, seed=3))
    assert not np.array_equal(noises, synthetic.noise(6, seed=4))
    assert len({n.tobytes() for n in noises}) == 6


def test_progress_counts_to_the_end(monkeypatch):
    monkeypatch.setattr(synthetic, "BATCH", 4)
    seen = []
    list(synthetic.clips(["go"], per_word=6, workers=1, progress=lambda *counts: seen.append(counts)))
    assert seen == [(4, 6), (6, 6)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["yes", " "], "empty word"),
        (["..."], "cannot pronounce it"),
        (["one two three four five six seven eight nine ten"], "does not fit"),
    ],
)
def test_words_that_cannot_be_spoken_are_named(words, message):
    with pytest.raises(ValueError, match=message):
        list(synthetic.clips(words, per_word=1, workers=1))


def test_an_unknown_split_and_an_unknown_voice_are_named():
    with pytest.raises(ValueError, match="train, validation, test"):
        list(synthetic.clips(["yes"], "dev", per_word=1))
    with pytest.raises(ValueError, match="no voice 'xx'; it has en, de"):
        synthetic.speak("yes", Voice(accent="xx"))


def test_a_missing_or_broken_library_names_the_remedy(monkeypatch):
    monkeypatch.setattr("espeakng_loader.get_library_path", lambda: "/nowhere/libespeak-ng.so")
    with pytest.raises(ValueError, match="pip install --force-reinstall espeakng-loader"):
        synthetic.speak("yes")
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(ValueError, match="pip install espeakng-loader"):
        synthetic.speak("yes")


def test_tensorflow_is_not_imported():
    code = "import sys, suite.speech.synthetic as s; s.speak('yes'); assert 'tensorflow' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_another_language_has_its_own_voices_and_words():
    made = list(synthetic.clips(["ja", "nein"], "train", 3, unknown=20, workers=1, language="de"))
    assert {clip.label for clip in made} == {"ja", "nein", "_unknown_"}
    assert all(clip.voice.startswith("de+") for clip in made)
    assert set(synthetic.OTHER_WORDS["de"]) - set(synthetic._others(("Rat", "Uhren"), "de")) == {"Rad"}  # sounds alike
    with pytest.raises(InputError, match="data.language: it: no list of other words"):
        list(synthetic.clips(["si"], unknown=1, workers=1, language="it"))
    assert list(synthetic.clips(["si"], per_word=1, workers=1, language="it"))
    with pytest.raises(InputError, match="no voice 'xx'"):
        list(synthetic.clips(["si"], per_word=1, workers=1, language="xx"))


def test_words_that_sound_alike_are_refused():
    for words, language in ((["right", "write"], "en"), (["开", "关"], "en"), (["Rad", "Rat"], "de")):
        with pytest.raises(InputError, match=f"says the same for {words[0]} and {words[1]}"):
            list(synthetic.clips(words, per_word=1, workers=1, language=language))
    assert list(synthetic.clips(["开", "关"], per_word=1, workers=1, language="cmn"))


def test_without_recordings_words_are_spoken_more_slowly():
    """A single word of a person lasts a third longer than eSpeak NG's."""

    def length(beside_recordings):
        made = synthetic.clips(("left",), "train", 60, 1, workers=1, beside_recordings=beside_recordings)
        clips = np.stack([clip.waveform for clip in made]) / 32767
        level = 10 * np.log10(np.mean(clips[:, : 62 * 256].reshape(len(clips), 62, 256) ** 2, axis=2) + 1e-9)
        return (level > level.max(axis=1, keepdims=True) - 20).sum(axis=1).mean()

    assert length(False) > 1.15 * length(True)


def test_breath_fills_the_spectrum_between_formants():
    speech = synthetic._resample("left", Voice(rate=130))
    breathy = np.stack([synthetic._breathy(speech, np.random.default_rng(seed)) for seed in range(10)])
    assert breathy.shape == (10, len(speech))

    def flatness(sound):
        spectrum = np.abs(np.fft.rfft(sound[:4096])) ** 2 + 1e-12
        return np.exp(np.log(spectrum).mean()) / spectrum.mean()

    assert np.mean([flatness(one) for one in breathy]) > 1.5 * flatness(speech)


def test_a_stop_at_the_end_may_come_late():
    rng, speech = np.random.default_rng(0), synthetic._resample("left", Voice(rate=130))
    later = [len(synthetic._late_stop(speech, rng)) - len(speech) for _ in range(40)]
    assert min(later) == 0 and max(later) > 0.1 * synthetic.SAMPLE_RATE
    assert len(speech) + max(later) <= synthetic.SAMPLE_RATE
    vowel = synthetic._resample("no", Voice(rate=130))
    assert all(len(synthetic._late_stop(vowel, rng)) == len(vowel) for _ in range(20))
