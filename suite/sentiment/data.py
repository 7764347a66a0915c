"""Sentences to learn from and to score on: VADER's rated ones, the Stanford Sentiment Treebank, or one's own file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from suite.data import splits
from suite.errors import InputError
from suite.sentiment import files, ratings, treebank, vader
from suite.sentiment.config import DataConfig
from suite.sentiment.text import tokens

LABELS = {
    2: ("negative", "positive"),
    3: ("negative", "neutral", "positive"),
    5: ("very negative", "negative", "neutral", "positive", "very positive"),
}
_HELD_OUT = 0.1  # share for validation, and as much for the test, where a source has no such part of its own


@dataclass(frozen=True)
class Texts:
    """One split of a source.

    Args:
        texts: N sentences, none of them empty.
        targets: (N,), indices into labels.
        labels: The classes' names.
        description: Which split of which source, for reports.
        domains: What each sentence is taken from, where the source tells; otherwise empty.
        shares: (N, L), how much of each label a sentence has, where the source tells more than one label.
    """

    texts: tuple[str, ...]
    targets: np.ndarray
    labels: tuple[str, ...]
    description: str
    domains: tuple[str, ...] = ()
    shares: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def aims(self) -> np.ndarray:
        """What is learned from: float32 (N, L), the shares, or 1 for the label and 0 for the others."""
        return np.eye(len(self.labels), dtype=np.float32)[self.targets] if self.shares is None else self.shares


def load(config: DataConfig, split: str, labels: Sequence[str] | None = None) -> Texts:
    """One split of the configured source.

    Args:
        config: The source.
        split: train, validation, test, or all of them.
        labels: A model's, to score it on another source; by default the source's own.

    Raises:
        InputError: The source is missing, unfit or has no such split, or a label that the model does not know; says
            which file and what to do.
    """
    texts = _one(config, split, labels)
    if split == "train":
        for other in config.others:
            texts = _beside(texts, _one(other, split, texts.labels), _held_out(config, texts.labels))
    return texts


def _one(config: DataConfig, split: str, labels: Sequence[str] | None) -> Texts:
    if not has_split(config, split):
        raise InputError(f"{config.path or config.kind}: has no {split} part; choose another --data.split")
    texts = {"vader": _vader, "sst": _sst, "csv": _file, "lines": _file}[config.kind](config, split, labels)
    if not len(texts):
        raise InputError(f"{config.path or config.kind}: its {split} split is empty; add texts")
    return texts


def has_split(config: DataConfig, split: str) -> bool:
    """Whether the source has such a part; nothing is read but names."""
    if config.kind != "sst" or not config.path or split == "all":
        return True
    # Without dev.txt a tenth of the training part validates.
    parts = ("validation", "train") if split == "validation" else (split,)
    return any(treebank.file(treebank.folder(config.path), part).is_file() for part in parts)


# Sources beside each other


def _beside(texts: Texts, others: Texts, held_out: set[str]) -> Texts:
    """Training texts with another source's, of which those stay out that the first holds out."""
    kept = np.array([_words(text) not in held_out for text in others.texts])
    if not kept.all():
        print(f"left out {(~kept).sum():,} texts of {others.description}: they are held out to score on")
    return Texts(
        texts.texts + tuple(text for text, keep in zip(others.texts, kept, strict=True) if keep),
        np.concatenate([texts.targets, others.targets[kept]]),
        texts.labels,
        f"{texts.description}, and {others.description}",
        shares=np.concatenate([texts.aims, others.aims[kept]]),
    )


def _held_out(config: DataConfig, labels: Sequence[str]) -> set[str]:
    parts = [split for split in ("validation", "test") if has_split(config, split)]
    return {_words(text) for part in parts for text in _one(config, part, labels).texts}


def _words(text: str) -> str:
    """What two spellings of one sentence have in common."""
    return " ".join(tokens(text)).lower().replace("’", "'")


def _made(
    rows: Sequence[tuple[str, str]],
    own: Sequence[str],
    labels: Sequence[str] | None,
    description: str,
    domains: Sequence[str] = (),
) -> Texts:
    """Texts and the names of their labels, as indices into a model's labels or the source's own."""
    labels = tuple(labels or own)
    strangers = sorted({label for _, label in rows} - set(labels))
    if strangers:
        raise InputError(
            f"{description}: the model knows no label {strangers[0]!r}; its labels are {', '.join(labels)}"
        )
    number = {label: index for index, label in enumerate(labels)}
    targets = np.array([number[label] for _, label in rows], int)
    return Texts(tuple(text for text, _ in rows), targets, labels, description, tuple(domains))


def _shared(texts: Texts, own: Sequence[str], given: Sequence[float], bounds: Sequence[float], spread: float) -> Texts:
    """Texts with how much of each label they have, from their mean ratings; not in a model's other labels."""
    if texts.labels != tuple(own):
        return texts
    return replace(texts, shares=ratings.shares(np.array(given), bounds, spread))


def _of(split: str) -> str:
    return "all of" if split == "all" else f"{split} split of"


def _split(texts: Sequence[str], strata: Sequence, config: DataConfig) -> dict[str, np.ndarray]:
    """Indices of the texts by split; equal texts are in the same one, or else a test would be of what was learned."""
    number = {}
    owners = np.array([number.setdefault(text, len(number)) for text in texts])
    strata = np.asarray(strata)[np.unique(owners, return_index=True)[1]]  # of the first of equal texts
    if config.folds:
        chosen = _folded(strata, config)
    else:
        chosen = splits.stratified(strata, config.seed, validation=_HELD_OUT, test=_HELD_OUT)
    rows = {split: np.flatnonzero(np.isin(owners, chosen[split])) for split in splits.SPLITS}
    return {**rows, "all": np.arange(len(texts))}


def _folded(strata: np.ndarray, config: DataConfig) -> dict[str, np.ndarray]:
    """Cross-validation: one of the folds is the test split, and of the others a tenth validates."""
    rng = np.random.default_rng(config.seed)
    # Dealt out stratum by stratum, so that all folds have as many examples, and as many of every stratum, but for one.
    order = np.concatenate([rng.permutation(np.flatnonzero(strata == stratum)) for stratum in np.unique(strata)])
    fold = np.empty(len(order), int)
    fold[order] = np.arange(len(order)) % config.folds
    others = np.flatnonzero(fold != config.fold - 1)
    chosen = splits.stratified(strata[others], config.seed, validation=_HELD_OUT, test=0)
    return {
        "train": others[chosen["train"]],
        "validation": others[chosen["validation"]],
        "test": np.flatnonzero(fold == config.fold - 1),
    }


# VADER's sentences


def _vader(config: DataConfig, split: str, labels: Sequence[str] | None) -> Texts:
    """Split before anything is chosen: whatever domains and classes are, no sentence of the test was learned from."""
    rows = [(text, rating, vader.label(rating), domain) for text, rating, domain in vader.read(config.path)]
    chosen = _split([text for text, *_ in rows], [f"{domain} {label}" for *_, label, domain in rows], config)
    own = LABELS[config.classes]
    rows = [row for row in map(rows.__getitem__, chosen[split]) if row[3] in config.domains and row[2] in own]
    which = "" if len(config.domains) == len(vader.FILES) else f" ({', '.join(config.domains)})"
    description = f"{_of(split)} VADER's sentences{which}, stratified, seed {config.seed}"
    texts = _made([(row[0], row[2]) for row in rows], own, labels, description, [row[3] for row in rows])
    return _shared(texts, own, [row[1] for row in rows], vader.BOUNDS[config.classes], vader.SPREAD)


# The Stanford Sentiment Treebank


def _sst(config: DataConfig, split: str, labels: Sequence[str] | None) -> Texts:
    trees, phrases = _trees(config, split), config.phrases and split == "train"
    nodes = [node for tree in trees for node in (tree if phrases else tree[-1:])]
    if phrases:
        nodes = dict.fromkeys(nodes)  # a phrase is in many trees
    own = LABELS[config.classes]
    rows = [(text, name, label) for label, text in nodes if (name := _sst_label(label, config.classes)) in own]
    what = "phrases" if phrases else "sentences"
    description = f"{_of(split)} the Stanford Sentiment Treebank, {what}, {config.classes} classes"
    texts = _made([row[:2] for row in rows], own, labels, description)
    return _shared(texts, own, [row[2] for row in rows], treebank.BOUNDS[config.classes], treebank.SPREAD)


def _trees(config: DataConfig, split: str) -> list[list[tuple[int, str]]]:
    """The official parts; a tenth of the training part validates where there is no dev.txt."""
    root = treebank.folder(config.path)
    part = {name: treebank.file(root, name) for name in splits.SPLITS}
    if split == "all":
        return [tree for file in part.values() if file.is_file() for tree in treebank.read(file)]
    if split == "test" or part["validation"].is_file():
        return treebank.read(part[split])
    trees = treebank.read(part["train"])
    labels = [tree[-1][0] for tree in trees]
    chosen = splits.stratified(labels, config.seed, validation=_HELD_OUT, test=0)[split]
    return [trees[row] for row in chosen]


def _sst_label(label: int, classes: int) -> str:
    """The name of a label from 0 to 4, with as few classes as are wanted."""
    if classes == 5:
        return LABELS[5][label]
    return "negative" if label < 2 else "neutral" if label == 2 else "positive"


# A file of one's own


def _file(config: DataConfig, split: str, labels: Sequence[str] | None) -> Texts:
    path = Path(config.path)
    columns = (config.text_column, config.label_column) if config.kind == "csv" else ()
    rows = _rows(path, path.stat().st_mtime_ns if path.exists() else 0, columns)
    own = sorted({label for _, label in rows}, key=_order)
    if labels is None:
        _check(path, rows, own)
    chosen = _split([text for text, _ in rows], [label for _, label in rows], config)[split]
    part = f"fold {config.fold} of {config.folds}" if config.folds else "stratified"
    description = f"{_of(split)} {path.name}, {part}, seed {config.seed}"
    return _made([rows[row] for row in chosen], own, labels, description)


@lru_cache(maxsize=8)  # the splits of a training are of a file or a few, of whose empty lines is told once
def _rows(path: Path, changed: int, columns: tuple[str, ...]) -> list[tuple[str, str]]:
    return files.table(path, *columns) if columns else files.lines(path)


def _check(path: Path, rows: Sequence[tuple[str, str]], own: Sequence[str]) -> None:
    """Raises InputError where the file cannot be learned from."""
    if len(own) < 2:
        raise InputError(f"{path}: one label alone, {own[0]!r}; two are needed at least")
    counts = Counter(label for _, label in set(rows))
    if rare := [label for label in own if counts[label] < 2]:
        raise InputError(
            f"{path}: one text with the label {rare[0]!r}; two different ones are needed, to train and to validate; "
            "add some, or remove it"
        )


def _order(label: str) -> tuple[float, str]:
    """Numbers by their value, before words."""
    return (float(label) if re.fullmatch(r"-?\d+(\.\d+)?", label, re.ASCII) else float("inf"), label)
