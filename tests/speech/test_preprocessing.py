"""Sound files of every kind."""

import numpy as np
import pytest
import soundfile

from suite.errors import InputError
from suite.speech import preprocessing


def tone(rate, seconds=1.0):
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_any_rate_and_format_is_the_same_sound(tmp_path, rate, kind):
    file = tmp_path / f"tone.{kind}"
    soundfile.write(file, tone(rate), rate)
    waveform = preprocessing.read(file)
    assert abs(len(waveform) - 16000) < 1600  # MP3 pads
    peak = np.argmax(np.abs(np.fft.rfft(waveform))) * 16000 / len(waveform)
    assert abs(peak - 440) < 5
    assert abs(np.abs(waveform[4000:12000]).max() - 0.5) < 0.05


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"])
def test_any_sample_format(tmp_path, subtype):
    soundfile.write(tmp_path / "tone.wav", tone(16000), 16000, subtype=subtype)
    np.testing.assert_allclose(preprocessing.read(tmp_path / "tone.wav"), tone(16000), atol=0.03)


def test_channels_are_averaged(tmp_path):
    soundfile.write(tmp_path / "stereo.wav", np.stack([tone(16000), np.zeros(16000)], axis=1), 16000)
    np.testing.assert_allclose(preprocessing.read(tmp_path / "stereo.wav"), tone(16000) / 2, atol=1e-3)


def write_text(path):
    path.write_text("this is not sound")


def write_cut(path):
    soundfile.write(path, tone(16000), 16000)
    path.write_bytes(path.read_bytes()[:30])


def write_nan(path):
    soundfile.write(path, np.full(16000, np.nan), 16000, subtype="FLOAT")


def write_none(path):
    soundfile.write(path, np.zeros(0), 16000)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (write_text, "cannot be read as audio"),
        (write_cut, "cannot be read as audio"),
        (lambda path: path.write_bytes(b""), "cannot be read as audio"),
        (write_nan, "not numbers"),
        (write_none, "no sound"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: None, "no such file"),
    ],
)
def test_what_is_no_sound_is_named(tmp_path, make, told):
    make(tmp_path / "clip.wav")
    with pytest.raises(InputError, match=told) as caught:
        preprocessing.read(tmp_path / "clip.wav")
    assert "clip.wav" in str(caught.value)


def test_a_limit_is_kept_before_anything_is_read(tmp_path):
    soundfile.write(tmp_path / "long.wav", np.zeros(16000 * 70), 16000)
    with pytest.raises(InputError, match="1.2 minutes"):
        preprocessing.read(tmp_path / "long.wav", longest=60)


def test_a_short_clip_is_centred():
    padded = preprocessing.one_second(np.ones(1000, np.float32))
    assert padded.shape == (16000,) and padded[7500:8500].all() and not padded[:7500].any()


def test_the_loudest_second_of_a_long_clip():
    clip = np.zeros(80000, np.float32)
    clip[50000:58000] = 0.5
    cut = preprocessing.one_second(clip)
    assert cut.shape == (16000,) and np.count_nonzero(cut) == 8000
    assert not cut[:2000].any() and not cut[-2000:].any()  # the word is about in the middle


def test_windows_cover_a_recording():
    views, rows = preprocessing.windows(np.arange(40000, dtype=np.float32))
    assert rows[0] == 0 and rows[-1] == 24000 and np.diff(rows).max() <= 4000
    assert views[rows[-1]][-1] == 39999
