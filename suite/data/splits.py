"""Training, validation and test splits, the same on every machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.errors import InputError
from suite.files import digest

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

SPLITS = ("train", "validation", "test")
_MOST = 2**27 - 1  # clips of a class at most, in Speech Commands' rule


def by_hash(key: str, validation: float = 10, test: float = 10) -> str:
    """The split of a key, such as a speaker or a file, from the key alone.

    The rule is that of Speech Commands (`which_set` in its README; Warden 2018, section 6): a data set that grows keeps
    every key in its split.

    Args:
        key: A speaker's id, or a file's hash.
        validation: Percentage of the keys for validation.
        test: Percentage of the keys for the test.

    Returns:
        train, validation or test.
    """
    number = int(digest(key, "sha1"), 16) % (_MOST + 1)
    percentage = number * 100 / _MOST
    if percentage < validation:
        return "validation"
    return "test" if percentage < validation + test else "train"


def assign(labels: Sequence[str], speakers: Sequence[str | None], files: Sequence[str]) -> tuple[list[str], str]:
    """The split of every example of a folder.

    By speaker where it is known, otherwise by file, and by file if there are fewer than three speakers. If a label has
    no training or validation examples, its speaker (or file) with the lowest hash is moved.

    Args:
        labels: The N examples' labels.
        speakers: Their speakers; None where unknown.
        files: Their files' names within the folder.

    Returns:
        N names of splits, and the criterion: "speaker", "file" or "speaker or file".
    """
    known = {speaker for speaker in speakers if speaker}
    if len(known) < 3:  # too few for three splits
        known, speakers = set(), [None] * len(files)
    units = [f"speaker {speaker}" if speaker else f"file {file}" for speaker, file in zip(speakers, files, strict=True)]
    keys = [speaker or file for speaker, file in zip(speakers, files, strict=True)]
    split_of = {unit: by_hash(key) for unit, key in zip(units, keys, strict=True)}
    for label, split in _missing(labels, [split_of[unit] for unit in units]):
        members = sorted(
            {unit for unit, other in zip(units, labels, strict=True) if other == label},
            key=lambda unit: digest(unit, "sha1"),
        )
        movable = [u for u in members if split_of[u] == "test"] or [u for u in members if split_of[u] != split]
        if len(members) > 1:
            split_of[movable[0]] = split
    decided = "file" if not known else "speaker" if all(speakers) else "speaker or file"
    return [split_of[unit] for unit in units], decided


def stratified(strata: Sequence[Any] | np.ndarray, seed: int, validation: float, test: float) -> dict[str, np.ndarray]:
    """Seeded splits in which every stratum has its share.

    Args:
        strata: (N,), the stratum of each example, such as its class, or class and domain.
        seed: Seed of the splits.
        validation: Share of the validation split, 0 to below 1; at least one example of a stratum that has two.
        test: Share of the test split, likewise.

    Returns:
        Indices of the examples, ascending, by split.
    """
    strata = np.asarray(strata)
    chosen: dict[str, list[np.ndarray]] = {split: [] for split in SPLITS}
    for number, stratum in enumerate(np.unique(strata)):
        rows = np.random.default_rng([seed, number]).permutation(np.flatnonzero(strata == stratum))
        first = min(len(rows) - 1, max(1, round(validation * len(rows)))) if validation else 0
        second = first + (min(len(rows) - first - 1, max(1, round(test * len(rows)))) if test else 0)
        chosen["validation"].append(rows[:first])
        chosen["test"].append(rows[first:second])
        chosen["train"].append(rows[second:])
    return {split: np.sort(np.concatenate(parts)) for split, parts in chosen.items()}


def draw(rows: np.ndarray, limit: int | None) -> np.ndarray:
    """At most `limit` of the rows, drawn at random with a fixed seed, in their order."""
    if limit is None or limit >= len(rows):
        return rows
    return rows[np.sort(np.random.default_rng(0).permutation(len(rows))[:limit])]


def label_indices(
    numbers: np.ndarray, names: Sequence[str], about: Metadata | None, source: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Targets as indices into a model's labels, and the labels.

    Args:
        numbers: (N,) indices into names.
        names: The source's classes.
        about: Metadata of the model; None for the source's own classes.
        source: The source, for messages.

    Raises:
        InputError: A class occurs that the model does not know.
    """
    if about is None:
        return numbers, tuple(names)
    unknown = [name for number, name in enumerate(names) if name not in about.labels and (numbers == number).any()]
    if unknown:
        raise InputError(f"{source}: the model knows no label {unknown[0]!r}; its labels are {', '.join(about.labels)}")
    index = np.array([about.labels.index(name) if name in about.labels else -1 for name in names], int)
    return index[numbers], about.labels


def _missing(labels: Sequence[str], chosen: Sequence[str]) -> list[tuple[str, str]]:
    """(label, split) for every label without validation examples and, after those, without training examples."""
    has = defaultdict(set)
    for label, split in zip(labels, chosen, strict=True):
        has[label].add(split)
    return [(label, split) for split in ("validation", "train") for label in has if split not in has[label]]
