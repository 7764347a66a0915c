"""The report on a Go player: how often the move that was played is its first choice, or among its five best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite import problems
from suite.problems.classification import CLASSIFICATION, predicted

if TYPE_CHECKING:
    from suite.problems import Encoded
    from suite.task import Built, Examples


@dataclass(frozen=True)
class Report(problems.Report):
    """Scores of a Go player on one split.

    Args:
        accuracy: Share of the positions in which the most probable move is the one that was played.
        top5: Share in which it is among the five most probable.
        cross_entropy: Mean negative logarithm of the probability of the move that was played, in nats.
        by_phase: Phase of the game to the same figures, and the number n of positions.
        n: Number of positions.
        split: Split and source.
        artefact: The scored file.
    """

    accuracy: float
    top5: float
    cross_entropy: float
    by_phase: dict[str, dict[str, float]]
    n: int
    split: str
    artefact: str

    def table(self) -> str:
        """The report as text: a row a phase, then all."""
        rows = {**self.by_phase, "all": {**_figures_of(self), "n": self.n}}
        width = max(12, *map(len, rows))
        lines = [f"{'':{width}}  accuracy   top 5  cross-entropy        n"]
        for name, row in rows.items():
            numbers = f"{row['accuracy']:8.2%}  {row['top5']:6.2%}  {row['cross_entropy']:13.3f}  {row['n']:7,.0f}"
            lines.append(f"{name:{width}}  {numbers}")
        lines.append(f"on {self.split}")
        return "\n".join(lines)

    def plot(self, path: Path) -> None:
        """Draws accuracy and top 5 by phase as PNG."""
        from suite.console import plots

        rows = {**self.by_phase, "all": _figures_of(self)}
        groups = {title: {name: row[key] for name, row in rows.items()} for key, title in _SHARES.items()}
        plots.bars(groups, self.split, path)


_SHARES = {"accuracy": "accuracy", "top5": "top 5"}


def _figures_of(report: Report) -> dict[str, float]:
    return {"accuracy": report.accuracy, "top5": report.top5, "cross_entropy": report.cross_entropy}


def report(examples: Examples, probabilities: np.ndarray, artefact: str) -> Report:
    """Scores probabilities (N, 362) against the moves that were played.

    Args:
        examples: At least one, with targets.
        probabilities: (N, 362), rows summing to 1.
        artefact: The file that gave the probabilities, for the report.
    """
    targets = np.asarray(examples.targets)
    given = probabilities[np.arange(len(targets)), targets]
    before = np.arange(probabilities.shape[1]) < targets[:, None]  # of equal ones the first counts, as for argmax
    rank = ((probabilities > given[:, None]) | ((probabilities == given[:, None]) & before)).sum(axis=1)
    cost = -np.log(np.maximum(given, 1e-9))
    groups = np.array(examples.groups)

    def figures(rows: np.ndarray) -> dict[str, float]:
        return {
            "accuracy": float((rank[rows] < 1).mean()),
            "top5": float((rank[rows] < 5).mean()),
            "cross_entropy": float(cost[rows].mean()),
            "n": len(rows),
        }

    phases = {phase: figures(np.flatnonzero(groups == phase)) for phase in dict.fromkeys(examples.groups)}
    whole = figures(np.arange(len(targets)))
    return Report(
        whole["accuracy"], whole["top5"], whole["cross_entropy"], phases, len(targets), examples.description, artefact
    )


def comparison_table(answers: Mapping[str, np.ndarray], examples: Examples) -> str:
    """Accuracy, top 5 and cross-entropy of several players, as text; nothing for one, as the report has the same."""
    if len(answers) < 2:
        return ""
    width = max(len(name) for name in answers)
    lines = [f"{'':{width}}  accuracy   top 5  cross-entropy"]
    for name, probabilities in answers.items():
        r = report(examples, probabilities, name)
        lines.append(f"{name:{width}}  {r.accuracy:8.2%}  {r.top5:6.2%}  {r.cross_entropy:13.3f}")
    return "\n".join(lines)


def _validate(built: Built, encoded: Encoded, examples: Examples, artefact: str) -> Report:
    return report(examples, np.asarray(CLASSIFICATION.activate(predicted(built.saved, encoded))), artefact)


MOVES = replace(
    CLASSIFICATION,
    validate=_validate,
    report=report,
    measures=("accuracy", "top5"),
    comparison=comparison_table,
)
