"""Which examples are trained on, which choose the epoch, which are kept for the end; the same on every machine."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

SPLITS = ("train", "validation", "test")
_MOST = 2**27 - 1  # clips a class at most, in Speech Commands' rule


def by_hash(key: str, validation: float = 10, test: float = 10) -> str:
    """The split of whatever has this key (a speaker, a file), from the key alone.

    This is Speech Commands' own rule (`which_set` in its README; Warden 2018, section 6): a set that grows keeps every
    key where it was.

    Args:
        key: A speaker's id, or a file's hash.
        validation: Percentage of the keys for validation.
        test: Percentage of the keys for the test.

    Returns:
        train, validation or test.
    """
    number = int(hashlib.sha1(key.encode()).hexdigest(), 16) % (_MOST + 1)
    percentage = number * 100 / _MOST
    if percentage < validation:
        return "validation"
    return "test" if percentage < validation + test else "train"


def assign(labels: Sequence[str], speakers: Sequence[str | None], files: Sequence[str]) -> tuple[list[str], str]:
    """The split of every example of a folder.

    By speaker where every name tells one, unless that leaves a label without training or validation examples (one
    person's own recordings); then by file, where a label with two examples or more always has one of each.

    Args:
        labels: The N examples' labels.
        speakers: Their speakers; None where unknown.
        files: Their files' names within the folder.

    Returns:
        N names of splits, and what decided: speaker or file.
    """
    if all(speakers):
        chosen = [by_hash(speaker) for speaker in speakers]
        if not _missing(labels, chosen):
            return chosen, "speaker"
    chosen = [by_hash(file) for file in files]
    for label, split in _missing(labels, chosen):
        members = sorted((file, i) for i, file in enumerate(files) if labels[i] == label)
        spare = [i for _, i in members if chosen[i] == "test"] or [i for _, i in members if chosen[i] != split]
        if spare:
            chosen[spare[0]] = split
    return chosen, "file"


def _missing(labels: Sequence[str], chosen: Sequence[str]) -> list[tuple[str, str]]:
    """(label, split) where a label has no examples for validation or, then, for training."""
    has = defaultdict(set)
    for label, split in zip(labels, chosen, strict=True):
        has[label].add(split)
    return [(label, split) for split in ("validation", "train") for label in has if split not in has[label]]
