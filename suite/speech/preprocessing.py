"""From a sound file to the model's input, with NumPy, soundfile and soxr."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite import files
from suite.errors import InputError
from suite.speech.features import SAMPLE_RATE, SAMPLES, Features, log_mel
from suite.task import Shapes

if TYPE_CHECKING:
    import soundfile

    from suite.artefacts.metadata import Metadata
    from suite.artefacts.runtime import Artefact

EXTENSIONS = (
    ".wav",
    ".flac",
    ".ogg",
    ".oga",
    ".opus",
    ".mp3",
    ".aiff",
    ".aif",
    ".aifc",
    ".au",
    ".snd",
    ".caf",
    ".w64",
    ".voc",
)
_BLOCK = 1 << 18  # samples read at a time
_LONGEST = 2.0  # hours that are read whole
_RATES = (1_000, 1_000_000)  # Hz
_CANCELS = 0.05  # energy of the channels' mean, as a share of the louder one's, below which they cancel each other out
_SCALES = (2**15, 2**23, 2**31)  # of samples of 16, 24 and 32 bits, written as floating-point numbers
_FRAME, _CLICK = SAMPLE_RATE // 100, 10  # samples of a frame, for choosing a second; frames that a click may take


def read(path: str | Path, longest: float | None = None) -> np.ndarray:
    """The waveform of a sound file.

    Args:
        path: WAV, FLAC, OGG, Opus, MP3, AIFF, CAF, AU and so on, of any sample rate, sample format, length up to two
            hours and channel count; a pipe, or - for standard input.
        longest: Greatest duration of the file, in seconds; None for any up to two hours.

    Returns:
        Waveform, float32 (N,) in -1..1 at 16 kHz, the mean of the channels, or the louder one where they cancel each
        other out; N is at least 1.

    Raises:
        InputError: No such file, not audio, cut off, empty, too long, or with samples that are not numbers.
    """
    sound, samples = [], 0
    for piece in pieces(path, longest):
        sound.append(piece)
        samples += len(piece)
        if samples > _LONGEST * 3600 * SAMPLE_RATE:
            raise InputError(
                f"{path}: lasts more than {_LONGEST:g} hours; cut it, or use stream, which takes any length"
            )
    if not samples:
        raise InputError(f"{path}: holds no sound (0 samples); record it again")
    return np.concatenate(sound)


def pieces(path: str | Path, longest: float | None = None) -> Iterator[np.ndarray]:
    """The same in pieces of some seconds, for recordings of any length.

    Args, Raises: As of `read`.
    """
    import soundfile
    import soxr

    path = Path(path)
    content = _whole(path, files.source(path, "a recording"))
    try:
        scale = _scale(path, content)
        with soundfile.SoundFile(_again(content)) as sound:
            rate = sound.samplerate
            if not _RATES[0] <= rate <= _RATES[1]:
                raise InputError(f"{path}: has a sample rate of {rate} Hz; save it with 16000")
            if longest and sound.frames > longest * rate:
                raise InputError(
                    f"{path}: lasts {sound.frames / rate / 60:.1f} minutes; cut it into clips of at most {longest:g} s"
                )
            resample = soxr.ResampleStream(rate, SAMPLE_RATE, 1)
            for block in _blocks(sound):
                yield _checked(path, resample.resample_chunk(_one_channel(block) / scale))
            yield _checked(path, resample.resample_chunk(np.zeros(0, np.float32), last=True))
    except (soundfile.LibsndfileError, RuntimeError, TypeError) as error:  # TypeError: a file that ends in .raw
        reason = getattr(error, "error_string", str(error)).strip(". ")
        raise InputError(f"{path}: cannot be read as audio ({reason}); use WAV, FLAC, OGG or MP3") from None


def _whole(path: Path, content: Path | io.BytesIO) -> Path | io.BytesIO:
    """A WAV file's content, with the size of the sound in its header where a killed recorder has left 0 there.

    Raises:
        InputError: The file is shorter than its header says.
    """
    with content.open("rb") if isinstance(content, Path) else nullcontext(content) as file:
        file.seek(0)
        first = file.read(40)
        length = file.seek(0, io.SEEK_END)
        if (stated := _stated(first)) and length < stated:
            raise InputError(f"{path}: is cut off: {stated:,} bytes by its header, {length:,} in fact; copy it again")
        if first[:4] != b"RIFF" or first[8:12] != b"WAVE":
            return content
        file.seek(12)
        while len(head := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            start = file.tell()
            if name == b"data":
                there = length - start
                following = file.read(8)
                break
            file.seek(start + size + size % 2)
        else:
            return content
        if size in (0, there) or size > 2**31 - 2**16:  # a stream's header, whose writer did not know the size
            if size == there or not there or (not size and _is_chunk(following, there)):
                return content
            file.seek(0)
            data = bytearray(file.read())
            struct.pack_into("<I", data, start - 4, there)
            struct.pack_into("<I", data, 4, len(data) - 8)
            return io.BytesIO(data)
    if there < size:
        raise InputError(
            f"{path}: is cut off: {size:,} bytes of sound in its header, {there:,} in the file; copy it again"
        )
    return content


def _stated(start: bytes) -> int:
    """The size that a file's first 40 bytes state for it, in bytes; 0 if they state none. libsndfile does not mind."""
    if start[:4] == b"FORM":  # AIFF
        return 8 + int.from_bytes(start[4:8], "big")
    if start[:4] == b".snd" and start[8:12] != b"\xff\xff\xff\xff":  # AU; this is its mark for "not known"
        return int.from_bytes(start[4:8], "big") + int.from_bytes(start[8:12], "big")
    if start[:4] == b"riff":  # W64
        return int.from_bytes(start[16:24], "little")
    return 8 + int.from_bytes(start[20:28], "little") if start[:4] == b"RF64" else 0


def _is_chunk(following: bytes, there: int) -> bool:
    """Whether a chunk, such as of the recorder's name, follows at once, so that the size of 0 before it is true."""
    return following[:4].isalnum() and 8 + int.from_bytes(following[4:8], "little") <= there


def _again(content: Path | io.BytesIO) -> bytes | io.BytesIO:
    """The content from its beginning, as soundfile takes it: a path as bytes, which need not be UTF-8."""
    if isinstance(content, Path):
        return os.fsencode(content)
    content.seek(0)
    return content


def _blocks(sound: soundfile.SoundFile) -> Iterator[np.ndarray]:
    """Blocks of samples, float32 (N, channels); `SoundFile.blocks` needs codecs that can seek."""
    while len(block := sound.read(max(1, _BLOCK // sound.channels), dtype="float32", always_2d=True)):
        yield block


def _scale(path: Path, content: Path | io.BytesIO) -> float:
    """What the samples are divided by: 1, but of floating-point files in another scale than -1..1."""
    import soundfile

    with soundfile.SoundFile(_again(content)) as sound:
        if sound.subtype not in ("FLOAT", "DOUBLE"):
            return 1.0
        peak = max((float(np.abs(block).max()) for block in _blocks(sound)), default=0.0)
    if not np.isfinite(peak):
        return 1.0  # `_checked` refuses it
    if peak > 1.1 * _SCALES[-1]:
        raise InputError(f"{path}: has samples up to {peak:.2g}, where 1 is the loudest; export it again as 16-bit PCM")
    near = (float(scale) for scale in _SCALES if scale / 16 <= peak <= 1.1 * scale)
    return next(near, max(1.0, peak))


def _one_channel(block: np.ndarray) -> np.ndarray:
    """The mean of the channels, or the louder one where they cancel each other out, as two of opposite phase do."""
    mean = block.mean(axis=1)
    if block.shape[1] == 1:
        return mean
    energy = np.square(block).sum(axis=0)
    return block[:, energy.argmax()] if np.square(mean).sum() < _CANCELS * energy.max() else mean


def _checked(path: Path, waveform: np.ndarray) -> np.ndarray:
    if not np.isfinite(waveform).all():
        raise InputError(f"{path}: has samples that are not numbers (NaN or infinite); export it again as 16-bit PCM")
    return np.clip(waveform, -1, 1)


def encode(raw: np.ndarray, about: Metadata, shapes: Shapes) -> dict[str, np.ndarray]:
    """Clips (N, 16000), int16 or float in -1..1, as a model takes them: waveforms or log-mel features."""
    raw = np.asarray(raw)
    waveforms = to_float(raw) if raw.dtype == np.int16 else raw
    return {
        name: log_mel(waveforms, Features.of(about.settings)) if len(shape) == 2 else waveforms
        for name, shape in shapes.items()
    }


def check(model: Artefact) -> None:
    """Refuses a model with features that this version cannot compute.

    Raises:
        InputError: It names the file.
    """
    try:
        Features.of(model.about.settings)
    except (KeyError, TypeError, InputError):
        raise InputError(f"{model.path}: its features are unknown; export it again") from None


def one_second(waveform: np.ndarray) -> np.ndarray:
    """One second of a clip, (16000,): a shorter clip between zeros, or of a longer one the second with the most speech.

    Speech is what rises above the clip's floor, the level of its quietest tenth, in differences of neighbouring
    samples: an offset has none, and hum hardly any. No frame counts more than the tenth loudest: a click has few.

    Args:
        waveform: float32 (N,).
    """
    missing = SAMPLES - len(waveform)
    if missing >= 0:
        return np.pad(waveform, (missing // 2, missing - missing // 2))
    frames = np.diff(waveform, prepend=waveform[:1])[: len(waveform) // _FRAME * _FRAME].reshape(-1, _FRAME)
    energy = np.square(frames, dtype=np.float64).sum(axis=1)
    energy = np.minimum(energy, np.partition(energy, -_CLICK)[-_CLICK])
    speech = np.cumsum(np.maximum(energy - np.quantile(energy, 0.1), 0))
    length = SAMPLES // _FRAME
    seconds = speech[length - 1 :] - np.concatenate([[0], speech[:-length]])
    # Several seconds may hold the whole word: take the middle one.
    best = np.flatnonzero(seconds >= seconds.max() * 0.99)
    start = _FRAME * int(best[len(best) // 2])
    return waveform[start : start + SAMPLES]


def windows(waveform: np.ndarray, hop: int = SAMPLES // 4) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping seconds of a recording.

    Args:
        waveform: float32 (N,); a shorter one is padded to a second.
        hop: Samples from one second to the next.

    Returns:
        All seconds of the recording as a view (M, 16000), and the numbers of W rows: every hop, and the last one.
    """
    if len(waveform) < SAMPLES:
        waveform = one_second(waveform)
    views = np.lib.stride_tricks.sliding_window_view(waveform, SAMPLES)
    return views, np.unique(np.append(np.arange(0, len(views), hop), len(views) - 1))


def to_int16(waveform: np.ndarray) -> np.ndarray:
    """Float samples in -1..1 as int16, the format of clips in memory."""
    return np.round(np.clip(waveform, -1, 1) * 32767).astype(np.int16)


def to_float(samples: np.ndarray) -> np.ndarray:
    """16-bit samples as float32 in -1..1."""
    return samples.astype(np.float32) / 32767
