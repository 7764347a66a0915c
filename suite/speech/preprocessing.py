"""From a sound file to the model's input, with NumPy, soundfile and soxr."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.errors import InputError
from suite.speech.features import SAMPLE_RATE, SAMPLES, Features, log_mel
from suite.task import Shapes

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata
    from suite.artefacts.runtime import Artefact

EXTENSIONS = (".wav", ".flac", ".ogg", ".mp3")
_BLOCK = 1 << 18  # frames read at a time


def read(path: str | Path, longest: float | None = None) -> np.ndarray:
    """The waveform of a sound file.

    Args:
        path: WAV, FLAC, OGG or MP3 of any sample rate, sample format, length and channel count.
        longest: Greatest duration of the file, in seconds; None for any.

    Returns:
        Waveform, float32 (N,) in -1..1 at 16 kHz, the mean of the channels; N is at least 1.

    Raises:
        InputError: No such file, not audio, cut off, empty, too long, or with samples that are not numbers.
    """
    sound = list(pieces(path, longest))
    waveform = np.concatenate(sound) if sound else np.zeros(0, np.float32)
    if not waveform.size:
        raise InputError(f"{path}: holds no sound (0 samples); record it again")
    return waveform


def pieces(path: str | Path, longest: float | None = None) -> Iterator[np.ndarray]:
    """The same in pieces of some seconds, for long recordings.

    Args, Raises: As of `read`.
    """
    import soundfile
    import soxr

    path = Path(path)
    if path.is_dir() or not path.exists():
        raise InputError(f"{path}: {'is a folder, not a recording' if path.is_dir() else 'no such file'}")
    try:
        with soundfile.SoundFile(path) as sound:
            if longest and sound.frames > longest * sound.samplerate:
                minutes = sound.frames / sound.samplerate / 60
                raise InputError(f"{path}: lasts {minutes:.1f} minutes; cut it into clips of at most {longest:g} s")
            resample = soxr.ResampleStream(sound.samplerate, SAMPLE_RATE, 1)
            for block in sound.blocks(_BLOCK, dtype="float32", always_2d=True):
                yield _checked(path, resample.resample_chunk(block.mean(axis=1)))
            yield _checked(path, resample.resample_chunk(np.zeros(0, np.float32), last=True))
    except soundfile.LibsndfileError as error:
        raise InputError(
            f"{path}: cannot be read as audio ({error.error_string.strip('. ')}); use WAV, FLAC, OGG or MP3"
        ) from None


def _checked(path: Path, waveform: np.ndarray) -> np.ndarray:
    if not np.isfinite(waveform).all():
        raise InputError(f"{path}: has samples that are not numbers (NaN or infinite); export it again as 16-bit PCM")
    return np.clip(waveform, -1, 1)


def encode(raw: np.ndarray, about: Metadata, shapes: Shapes) -> dict[str, np.ndarray]:
    """Clips (N, 16000), int16 or float in -1..1, as a model takes them: waveforms or log-mel features."""
    raw = np.asarray(raw)
    waveforms = to_float(raw) if raw.dtype == np.int16 else raw
    return {
        name: log_mel(waveforms, Features(**about.settings["features"])) if len(shape) == 2 else waveforms
        for name, shape in shapes.items()
    }


def check(model: Artefact) -> None:
    """Refuses a model with another sample rate, or with features that this version cannot compute.

    Raises:
        InputError: It names the file.
    """
    settings = model.about.settings
    if settings.get("sample_rate") != SAMPLE_RATE or settings.get("samples", SAMPLES) != SAMPLES:
        given = f"{settings.get('samples')} samples at {settings.get('sample_rate')} Hz"
        raise InputError(f"{model.path}: says that it takes {given}; a speech model takes {SAMPLES} at {SAMPLE_RATE}")
    try:
        Features(**settings["features"])
    except (KeyError, TypeError, InputError):
        raise InputError(f"{model.path}: its features are unknown; export it again") from None


def one_second(waveform: np.ndarray) -> np.ndarray:
    """One second of a clip, (16000,): a shorter clip between zeros, or the loudest second of a longer one.

    Args:
        waveform: float32 (N,).
    """
    missing = SAMPLES - len(waveform)
    if missing >= 0:
        return np.pad(waveform, (missing // 2, missing - missing // 2))
    energy = np.concatenate([[0], np.cumsum(np.square(waveform, dtype=np.float64))])
    windows = energy[SAMPLES:] - energy[:-SAMPLES]
    # Several windows may hold the whole word: take the middle one.
    best = np.flatnonzero(windows >= windows.max() * 0.99)
    start = int(best[len(best) // 2])
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
