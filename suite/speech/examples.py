"""Clips made for golden examples and for `bench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.errors import InputError
from suite.speech import synthetic
from suite.speech.features import SAMPLE_RATE, SAMPLES
from suite.speech.preprocessing import to_float
from suite.task import Examples

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

GOLDEN = 6


def golden(about: Metadata) -> np.ndarray:
    """Clips float32 (6, 16000): words spoken by eSpeak NG where it can, then noise."""
    words = [label for label in about.labels if not label.startswith("_")][: GOLDEN - 1]
    try:
        language = about.settings.get("language", "en")
        spoken = [clip.waveform for clip in synthetic.clips(words, "test", 1, workers=1, language=language)]
    except InputError:  # a label that cannot be spoken, or no eSpeak NG
        spoken = []
    noise = np.random.default_rng(0).normal(0, 0.01, (GOLDEN - len(spoken), SAMPLES))
    return np.concatenate([*(to_float(clip)[None] for clip in spoken), noise]).astype(np.float32)


def bench_examples(count: int) -> Examples:
    """Random clips of six labels."""
    rng = np.random.default_rng(0)
    clips = rng.integers(-3000, 3000, (count, SAMPLES), np.int16)
    return Examples(clips, rng.integers(0, 6, count), tuple("abcdef"), "made clips")


def bench_input(folder: str, file: Path) -> list[str]:
    """A recording of a second of noise."""
    import soundfile

    file = Path(folder) / "clip.wav"
    soundfile.write(file, np.random.default_rng(0).normal(0, 0.1, SAMPLE_RATE), SAMPLE_RATE)
    return [str(file)]
