"""The log-mel features in NumPy; the model's LogMel layer computes the same in the graph.

log(mel + 1e-6) of the power spectrum, equal to librosa.feature.melspectrogram(y=waveform, sr=16000, n_fft=512,
win_length=480, hop_length=320, window="hann", center=False, power=2, n_mels=40, fmin=20, fmax=7600) to 1e-4. Window and
filters are librosa's, which is imported when they are first needed: a file that takes waveforms holds them.
"""

from __future__ import annotations

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
        window: Length of the analysis window in samples (480 are 30 ms); the FFT has 512 points.
        hop: Step from frame to frame in samples (320 are 20 ms).
        mels: Number of mel bands.
        low: Lower edge of the lowest band in Hz.
        high: Upper edge of the highest band in Hz.
    """

    window: int = 480
    hop: int = 320
    mels: int = 40
    low: float = 20.0
    high: float = 7600.0

    def __post_init__(self) -> None:
        whole = all(isinstance(n, int) and 1 <= n <= SAMPLES for n in (self.window, self.hop, self.mels))
        if not whole or not 0 <= self.low < self.high <= SAMPLE_RATE / 2:
            raise InputError(f"features: {self}: not possible at {SAMPLE_RATE} Hz")

    @property
    def fft(self) -> int:
        return 1 << (self.window - 1).bit_length()

    @property
    def shape(self) -> tuple[int, int]:
        """(frames, mel bands) of one clip."""
        return 1 + (SAMPLES - self.fft) // self.hop, self.mels

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
    frames = np.lib.stride_tricks.sliding_window_view(waveforms, features.fft, axis=-1)[:, :: features.hop]
    power = np.abs(np.fft.rfft(frames * window(features), axis=-1)) ** 2  # (B, T, fft/2+1)
    return np.log(power @ mel_matrix(features) + FLOOR).astype(np.float32)


def window(features: Features) -> np.ndarray:
    """The periodic Hann window, padded to the FFT's length, float32 (fft,)."""
    import librosa

    return librosa.util.pad_center(librosa.filters.get_window("hann", features.window), size=features.fft).astype(
        np.float32
    )


def mel_matrix(features: Features) -> np.ndarray:
    """Triangular filters of equal area on Slaney's mel scale, float32 (fft/2+1, F)."""
    import librosa

    return librosa.filters.mel(
        sr=SAMPLE_RATE, n_fft=features.fft, n_mels=features.mels, fmin=features.low, fmax=features.high
    ).T
