"""A loaded keyword spotter that takes waveforms, whatever its file takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.artefacts import runtime
from suite.artefacts.runtime import Artefact
from suite.errors import InputError
from suite.speech.config import StreamSettings
from suite.speech.features import SAMPLE_RATE, Features, log_mel
from suite.speech.inputs import to_float

_BATCH = 256


@dataclass(frozen=True)
class Spotter:
    """A spotter of any format.

    Args:
        artefact: The loaded file or folder.
    """

    artefact: Artefact

    @property
    def labels(self) -> tuple[str, ...]:
        return self.artefact.labels

    @property
    def stream_settings(self) -> StreamSettings:
        """How to listen to a stream, as the file says."""
        try:
            return StreamSettings(**self.artefact.about.settings.get("stream", {}))
        except (TypeError, InputError):
            raise InputError(
                f"{self.artefact.path}: its stream settings are not ones that this version knows"
            ) from None

    def probabilities(self, clips: np.ndarray) -> np.ndarray:
        """What is heard in clips.

        Args:
            clips: (N, 16000) at 16 kHz, int16 or float in -1..1.

        Returns:
            float32 (N, L).
        """
        parts = [self._part(clips[i : i + _BATCH]) for i in range(0, len(clips), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.labels)), np.float32)

    def _part(self, clips: np.ndarray) -> np.ndarray:
        waveforms = to_float(clips) if clips.dtype == np.int16 else clips
        if self.artefact.about.input == "log_mel":  # int8_mcu: its front end is the caller's
            return self.artefact.predict(log_mel(waveforms, Features(**self.artefact.about.settings["features"])))
        return self.artefact.predict(waveforms)


def load(path: str | Path) -> Spotter:
    """Loads a run, a .keras, a SavedModel folder or a .tflite of the task speech.

    Raises:
        InputError: As runtime.load.
    """
    artefact = runtime.load(path, task="speech")
    rate = artefact.about.settings.get("sample_rate")
    if rate != SAMPLE_RATE:
        raise InputError(f"{path}: says that its sample rate is {rate}, and a speech model's is {SAMPLE_RATE}")
    try:
        Features(**artefact.about.settings["features"])
    except (KeyError, TypeError, InputError):
        raise InputError(f"{path}: says nothing usable of its features; export it again") from None
    return Spotter(artefact)
