"""The log-mel features in NumPy; the model's LogMel layer computes the same in the graph.

log(mel + 1e-6), where mel is librosa.filters.mel(sr=16000, n_fft=256, n_mels=40, fmin=20, fmax=7600) @ power, and power
is every other row of abs(librosa.stft(waveform, n_fft=512, win_length=480, hop_length=320, center=False)) ** 2, to
1e-4. These rows are computed by an FFT of 256 points over the sum of the two halves of a frame (Crochiere and Rabiner
1983, "Multirate Digital Signal Processing", section 7.2.5), in half the time. Window and filters are librosa's, which
is imported when they are first needed: a file that takes waveforms holds them.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from suite.errors import InputError

SAMPLE_RATE = 16_000  # Hz
SAMPLES = 16_000  # a clip is one second
FLOOR = 1e-6  # added to the mel power before the logarithm


@dataclass(frozen=True)
class Features:
    """The log-mel front end.

    Args:
        window: Length of the analysis window in samples (480 are 30 ms).
        hop: Step from frame to frame in samples (320 are 20 ms).
        mels: Number of mel bands.
        low: Lower edge of the lowest band in Hz.
        high: Upper edge of the highest band in Hz.
        fft: Number of points of the FFT; pieces of this length of a longer frame are added.
    """

    window: int = 480
    hop: int = 320
    mels: int = 40
    low: float = 20.0
    high: float = 7600.0
    fft: int = 256

    def __post_init__(self) -> None:
        whole = all(isinstance(n, int) and 1 <= n <= SAMPLES for n in (self.window, self.hop, self.mels, self.fft))
        power_of_two = whole and self.fft & (self.fft - 1) == 0 and self.frame <= SAMPLES
        if not power_of_two or not 0 <= self.low < self.high <= SAMPLE_RATE / 2:
            raise InputError(f"features: {self}: not possible at {SAMPLE_RATE} Hz")

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Features:
        """The front end in a model's settings; in those of older models the number of points is missing."""
        return cls(**{"fft": 512, **settings["features"]})

    @property
    def frame(self) -> int:
        """Samples of a frame: the window's, up to a multiple of the FFT's points."""
        return -(-self.window // self.fft) * self.fft

    @property
    def shape(self) -> tuple[int, int]:
        """(frames, mel bands) of one clip."""
        return 1 + (SAMPLES - self.frame) // self.hop, self.mels

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def log_mel(waveforms: np.ndarray, features: Features) -> np.ndarray:
    """Log-mel features of waveforms.

    Args:
        waveforms: float (B, 16000) in -1..1 at 16 kHz.
        features: The front end.

    Returns:
        float32 (B, T, F), natural logarithm.
    """
    frames = np.lib.stride_tricks.sliding_window_view(waveforms, features.frame, axis=-1)[:, :: features.hop]
    frames = frames * window(features)  # (B, T, frame)
    frames = frames.reshape(*frames.shape[:2], -1, features.fft).sum(axis=2)
    power = np.abs(np.fft.rfft(frames, axis=-1)) ** 2  # (B, T, fft/2+1)
    return np.log(power @ mel_matrix(features) + FLOOR).astype(np.float32)


@functools.cache
def window(features: Features) -> np.ndarray:
    """The periodic Hann window, padded to the frame's length, float32 (frame,)."""
    import librosa

    return librosa.util.pad_center(librosa.filters.get_window("hann", features.window), size=features.frame).astype(
        np.float32
    )


@functools.cache
def mel_matrix(features: Features) -> np.ndarray:
    """Triangular filters of equal area on Slaney's mel scale, float32 (fft/2+1, F)."""
    import librosa

    return librosa.filters.mel(
        sr=SAMPLE_RATE, n_fft=features.fft, n_mels=features.mels, fmin=features.low, fmax=features.high
    ).T
