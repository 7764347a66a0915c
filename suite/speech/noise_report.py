"""Scores of a keyword spotter on noise that is made: how often a sound without a word is taken for one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.artefacts.runtime import Artefact
from suite.console import plots
from suite.problems import Report
from suite.speech import noises
from suite.speech.detector import stream_settings

EACH = 200  # seconds of each kind
LEVELS = (-50.0, -3.0)  # dB of full scale


@dataclass(frozen=True)
class NoiseReport(Report):
    """Shares of made seconds of noise that are taken for a word.

    Args:
        accuracy: Share of the seconds, of kinds that no training hears, whose most probable label is not a word.
        kinds: Kind of noise to two shares: taken for a word (its most probable label is one), and detected (a word's
            probability is above the threshold of the stream); and whether trainings hear the kind.
        n: Number of seconds of each kind.
        artefact: The scored file.
    """

    accuracy: float
    kinds: dict[str, dict[str, float]]
    n: int
    artefact: str

    def table(self) -> str:
        """The report as text: a row a kind."""
        lines = [f"{'noise':8}  heard in training  taken for a word  above the threshold"]
        for kind, row in self.kinds.items():
            heard = "yes" if row["heard"] else "no"
            lines.append(f"{kind:8}  {heard:17}  {row['taken']:16.1%}  {row['detected']:19.1%}")
        lines.append(
            f"of kinds that no training hears {1 - self.accuracy:.1%} are taken for a word; {self.n} seconds of each "
            f"kind, at {LEVELS[0]:g} to {LEVELS[1]:g} dB of full scale"
        )
        return "\n".join(lines)

    def plot(self, path: Path) -> None:
        """Draws the shares by kind as PNG."""
        shares = {
            title: {kind: row[name] for kind, row in self.kinds.items()}
            for name, title in {"taken": "taken for a word", "detected": "above the threshold"}.items()
        }
        plots.bars(shares, "made noise", path)


def report(spotter: Artefact) -> NoiseReport:
    """Scores a spotter on seconds of made noise, the same ones for every spotter."""
    words = [i for i, label in enumerate(spotter.labels) if not label.startswith("_")]
    threshold = stream_settings(spotter).threshold
    rows: dict[str, dict[str, float]] = {}
    for kind in (*noises.SCORED, *noises.TRAINING):
        rng = np.random.default_rng([7, len(rows)])
        seconds = np.stack([noises.at_level(kind(rng), rng, LEVELS) for _ in range(EACH)])
        posteriors = spotter.predict_raw(seconds)
        rows[kind.__name__] = {
            "taken": float(np.isin(posteriors.argmax(axis=1), words).mean()),
            "detected": float((posteriors[:, words].max(axis=1) >= threshold).mean()),
            "heard": float(kind in noises.TRAINING),
        }
    unheard = [row["taken"] for row in rows.values() if not row["heard"]]
    return NoiseReport(1 - float(np.mean(unheard)), rows, EACH, str(spotter.path))
