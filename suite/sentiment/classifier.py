"""A loaded text classifier that takes texts, whatever its file takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.artefacts import runtime
from suite.artefacts.runtime import Artefact
from suite.sentiment import text


@dataclass(frozen=True)
class Classifier:
    """A text classifier of any format.

    Args:
        artefact: The loaded file or folder.
    """

    artefact: Artefact

    @property
    def labels(self) -> tuple[str, ...]:
        return self.artefact.labels

    def ids(self, texts: Sequence[str]) -> np.ndarray:
        """What the network sees of N texts: int32 (N, length)."""
        settings = self.artefact.about.settings
        return text.ids(texts, settings["vocabulary"], settings["length"])

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """What is made of N texts: float32 (N, L)."""
        return self.artefact.predict(self.ids(texts))


def load(path: str | Path) -> Classifier:
    """Loads a run, a .keras, a SavedModel folder or a .tflite of this task."""
    return Classifier(runtime.load(path, task="sentiment"))
