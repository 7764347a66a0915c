"""What a painter reaches on photographs that it did not learn from, in numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

PARTS = ("total", "style", "content", "variation")


@dataclass(frozen=True)
class Report:
    """Mean losses on a split, of all styles and of each.

    Args:
        model: What was scored.
        split: On which pictures.
        pictures: How many there were.
        total, style, content, variation: The mean losses.
        styles: The same of each style.
    """

    model: str
    split: str
    pictures: int
    total: float
    style: float
    content: float
    variation: float
    styles: dict[str, dict[str, float]]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    def table(self) -> str:
        """A row a style, and their mean."""
        widest = max(map(len, (*self.styles, "mean")))
        lines = [f"{self.model} on {self.split}", " " * widest + "".join(f"{part:>11}" for part in PARTS)]
        for name, row in (*self.styles.items(), ("mean", asdict(self))):
            lines.append(f"{name:<{widest}}" + "".join(f"{row[part]:11.4f}" for part in PARTS))
        return "\n".join(lines)


def report(
    styles: Sequence[str], chosen: np.ndarray, losses: Mapping[str, np.ndarray], split: str, model: str
) -> Report:
    """The report on N pictures.

    Args:
        styles: The S names.
        chosen: The number of each picture's style (N,).
        losses: total, style, content and variation, each (N,).
        split, model: What was scored, on what.
    """
    means = {part: round(float(np.mean(losses[part])), 6) for part in PARTS}
    each = {
        name: {part: round(float(np.mean(losses[part][chosen == number])), 6) for part in PARTS}
        for number, name in enumerate(styles)
        if (chosen == number).any()
    }
    return Report(model, split, len(chosen), **means, styles=each)
