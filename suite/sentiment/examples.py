"""Texts made for golden examples and for `bench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from suite.task import Examples

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

# Written for this purpose.
GOLDEN = (
    "A wonderful film, warm and funny from the first minute to the last.",
    "It's the worst phone I've ever had, and it doesn't even ring.",
    "The train leaves at 9:15 from platform 4.",
    "NOT BAD AT ALL!!!",
    "What is the name of the river that flows through Vienna?",
    "",
)


def golden(about: Metadata) -> tuple[str, ...]:
    """Six texts, the last of them empty."""
    return GOLDEN


def bench_examples(count: int) -> Examples:
    """Texts of twenty out of 20,000 made words."""
    rng = np.random.default_rng(0)
    texts = tuple(" ".join(f"w{word}" for word in row) for row in rng.integers(0, 20_000, (count, 20)))
    return Examples(texts, rng.integers(0, 3, count), ("negative", "neutral", "positive"), "made texts")


def bench_input(folder: str, file: Path) -> list[str]:
    """A sentence."""
    return ["A wonderful film."]
