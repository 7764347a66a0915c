"""Sound files of every kind."""

import io
import os
import struct
import sys
import threading

import numpy as np
import pytest
import soundfile

from suite.errors import InputError
from suite.speech import preprocessing


def tone(rate, seconds=1.0):
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3", "aiff", "au", "caf", "w64"])
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


@pytest.mark.parametrize("subtype", ["GSM610", "G721_32"])
def test_codecs_that_cannot_seek(tmp_path, subtype):
    soundfile.write(tmp_path / "tone.wav", tone(16000), 16000, subtype=subtype)
    waveform = preprocessing.read(tmp_path / "tone.wav")
    assert abs(len(waveform) - 16000) < 200 and np.abs(waveform).max() > 0.3


def test_channels_are_averaged(tmp_path):
    soundfile.write(tmp_path / "stereo.wav", np.stack([tone(16000), np.zeros(16000)], axis=1), 16000)
    np.testing.assert_allclose(preprocessing.read(tmp_path / "stereo.wav"), tone(16000) / 2, atol=1e-3)


def test_channels_of_opposite_phase_do_not_cancel(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.stack([tone(16000), -0.9 * tone(16000)], axis=1), 16000)
    np.testing.assert_allclose(preprocessing.read(tmp_path / "a.wav"), tone(16000), atol=1e-3)


@pytest.mark.parametrize(
    ("scale", "kept"),
    [(1.0, 0.5), (4.0, 1.0), (20.0, 1.0), (2**14, 0.25), (2**15, 0.5), (2**16, 1.0), (2**23, 0.5), (2**31, 0.5)],
)
def test_floating_point_samples_of_another_scale_keep_their_shape(tmp_path, scale, kept):
    soundfile.write(tmp_path / "a.wav", scale * tone(16000), 16000, subtype="FLOAT")
    np.testing.assert_allclose(preprocessing.read(tmp_path / "a.wav"), 2 * kept * tone(16000), atol=1e-3)


@pytest.mark.parametrize("size", [0, 2**32 - 1])
def test_a_header_without_the_sounds_size_is_read_to_the_end(tmp_path, size):
    soundfile.write(tmp_path / "a.wav", tone(16000), 16000)
    content = bytearray((tmp_path / "a.wav").read_bytes())
    struct.pack_into("<I", content, content.index(b"data") + 4, size)
    (tmp_path / "a.wav").write_bytes(content)
    np.testing.assert_allclose(preprocessing.read(tmp_path / "a.wav"), tone(16000), atol=1e-3)


def test_a_pipe_and_standard_input_are_read(tmp_path, monkeypatch):
    soundfile.write(tmp_path / "a.wav", tone(16000), 16000, subtype="GSM610")
    content = (tmp_path / "a.wav").read_bytes()
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[content])
    writer.start()
    assert len(preprocessing.read(tmp_path / "pipe")) == 16000
    writer.join()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert len(preprocessing.read("-")) == 16000


@pytest.mark.parametrize("kind", ["aiff", "au", "w64", "rf64"])
def test_other_files_that_are_cut_off(tmp_path, kind):
    soundfile.write(tmp_path / "a", tone(16000), 16000, format=kind)
    assert len(preprocessing.read(tmp_path / "a")) == 16000
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:20_000])
    with pytest.raises(InputError, match="is cut off"):
        preprocessing.read(tmp_path / "a")


def test_a_wav_without_sound_but_with_a_note_behind_it(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 16000)
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes() + b"LIST\x04\0\0\0INFO")
    with pytest.raises(InputError, match="holds no sound"):
        preprocessing.read(tmp_path / "a.wav")


def write_shorter_than_its_header(path):
    soundfile.write(path, tone(16000), 16000)
    path.write_bytes(path.read_bytes()[:20_000])


def write_huge(path):
    soundfile.write(path, 1e12 * tone(16000), 16000, subtype="DOUBLE")


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
        (write_shorter_than_its_header, "is cut off: 32,000 bytes"),
        (write_huge, "samples up to 5e"),
        (lambda path: soundfile.write(path, tone(16000), 16), "sample rate of 16 Hz"),
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
    clip[50000:58000] = np.tile([0.5, -0.5], 4000)
    cut = preprocessing.one_second(clip)
    assert cut.shape == (16000,) and np.count_nonzero(cut) == 8000
    assert not cut[:2000].any() and not cut[-2000:].any()  # the word is about in the middle


def test_windows_cover_a_recording():
    views, rows = preprocessing.windows(np.arange(40000, dtype=np.float32))
    assert rows[0] == 0 and rows[-1] == 24000 and np.diff(rows).max() <= 4000
    assert views[rows[-1]][-1] == 39999


@pytest.mark.parametrize("disturbance", ["none", "offset", "hum", "noise", "click"])
def test_the_second_with_the_speech_is_chosen_whatever_lies_under_it(disturbance):
    time, rng = np.arange(48_000) / 16_000, np.random.default_rng(0)
    under = {"none": 0, "offset": 0.3, "hum": 0.3 * np.sin(2 * np.pi * 50 * time), "noise": rng.normal(0, 0.03, 48_000)}
    clip = np.zeros(48_000, np.float32) + under.get(disturbance, 0)
    if disturbance == "click":
        clip[800:803] = [0.9, -0.9, 0.9]
    word = np.sin(2 * np.pi * 700 * time[:8_000]) * np.hanning(8_000)
    clip[36_000:44_000] += 0.2 * word
    chosen = preprocessing.one_second(clip.astype(np.float32))
    starts = [
        start
        for start in range(0, 32_001, 160)
        if np.array_equal(clip[start : start + 16_000].astype(np.float32), chosen)
    ]
    assert starts and 28_000 <= starts[0] <= 36_000
