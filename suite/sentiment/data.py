"""Sources of labelled sentences: VADER's rated ones, the Stanford Sentiment Treebank, or a file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.config import is_known, other_source
from suite.console.log import LOG
from suite.data.splits import SPLITS, draw, stratified
from suite.errors import InputError
from suite.problems.classification import label_shares
from suite.sentiment import behaviour, files, semeval, treebank, vader
from suite.sentiment.config import OVERLAP, DataConfig
from suite.sentiment.text import tokens
from suite.task import Examples

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

LABELS = {
    2: ("negative", "positive"),
    3: ("negative", "neutral", "positive"),
    5: ("very negative", "negative", "neutral", "positive", "very positive"),
}
_MADE = {"train": 12_000, "validation": 2_400, "test": 2_400}  # sentences of the source behaviour
_HELD_OUT = 0.1  # share of the validation split, and of the test split, where a source has none


def splits(config: DataConfig) -> tuple[str, ...]:
    """The splits of a source; only file names are read."""
    if config.kind == "semeval":
        return tuple(split for split, rows in semeval.read(config.path).items() if rows)
    if config.kind in ("csv", "lines", "folder"):
        return SPLITS if config.folds or config.test else SPLITS[:-1]
    if config.kind != "sst" or not config.path:
        return SPLITS
    there = {split for split in SPLITS if treebank.file(treebank.folder(config.path), split).is_file()}
    if "train" in there:  # without dev.txt a tenth of the training part validates
        there.add("validation")
    return tuple(split for split in SPLITS if split in there)


def load(config: DataConfig, split: str, about: Metadata | None = None, limit: int | None = None) -> Examples:
    """One split of the configured source, see `Task.load`; the training split includes the further sources.

    None of the texts is empty. Their groups are the domains, if the source has them.

    Raises:
        InputError: The source is missing or unfit, or has a label that the model does not know.
    """
    texts = _one(config, split, about.labels if about else None)
    if split == "train":
        for other, weight in zip(config.others, config.weights or [1.0] * len(config.also), strict=True):
            texts = _beside(texts, _one(other, split, texts.labels), _held_out(config, texts.labels), weight)
        if config.behaviour:
            texts = _joined(texts, _made_sentences(config, split, config.behaviour, texts.labels))
    return _chosen(texts, draw(np.arange(len(texts)), limit)) if limit else texts


def eval_data(known: DataConfig, given: Mapping[str, Any]) -> DataConfig:
    """The source that `eval` scores on.

    Raises:
        InputError: Its sentences were in the training.
    """
    if "test" in given and given["test"] != known.test and not (given.get("source") or given.get("path")):
        raise InputError(f"data.test: {given['test']}: the model learned from these texts; train with --data.test")
    resets: dict[str, Any] = {"also": (), "weights": (), "behaviour": 0, "phrases": False}
    if not (given.get("path") and is_known(known.paths, (str(given["path"]),))):
        resets |= {"folds": 0, "fold": 1, "test": 0.0}
    asked = other_source(known, given, **resets)
    if not (given.get("source") or given.get("path")):
        return asked
    learned = {known.kind, *(other.kind for other in known.others)}
    if asked.kind == "sst" and "vader" in learned and "films" in known.domains:
        raise InputError(
            "the model was trained on vader's films, which are sentences of sst, its test part too: no score would be "
            "valid; train without them by --data.domains tweets,products,newspaper"
        )
    if asked.kind == "vader" and "sst" in learned and "films" in asked.domains:
        raise InputError(f"the model was trained on sst; data.domains: {OVERLAP}")
    return asked


def former(values: Mapping[str, Any]) -> dict[str, Any]:
    """What options were before they were options, see `Task.former`: files of texts had a test split unasked."""
    data = values.get("data")
    source, path, count = map(data.get, ("source", "path", "folds")) if isinstance(data, dict) else (None,) * 3
    if not source and isinstance(path, str):
        source = DataConfig(path=path).kind
    return {"data.test": 0.1} if source in ("csv", "lines", "folder") and not count else {}


def folds(config: DataConfig, count: str) -> dict[str, dict[str, Any]]:
    """The series of a cross-validation.

    Args:
        config: The source, a file.
        count: Number of parts.

    Raises:
        InputError: Not a number from 2, or the source has its own splits.
    """
    if not count.isdecimal() or int(count) < 2:
        raise InputError(f"folds: {count}: expected a whole number from 2")
    replace(config, folds=int(count))  # raises if the source has its own splits
    return {f"fold_{i}": {"data.folds": int(count), "data.fold": i} for i in range(1, int(count) + 1)}


def _one(config: DataConfig, split: str, labels: Sequence[str] | None) -> Examples:
    own = {"vader": _vader, "sst": _sst, "semeval": _semeval, "behaviour": _behaviour}
    return own.get(config.kind, _file)(config, split, labels)


def _chosen(texts: Examples, rows: np.ndarray) -> Examples:
    """Some of the texts."""
    return replace(
        texts,
        raw=tuple(texts.raw[row] for row in rows),
        targets=np.asarray(texts.targets)[rows],
        groups=tuple(texts.groups[row] for row in rows) if texts.groups else (),
        soft_targets=None if texts.soft_targets is None else texts.soft_targets[rows],
        weights=None if texts.weights is None else texts.weights[rows],
    )


def _beside(texts: Examples, others: Examples, held_out: set[str], weight: float) -> Examples:
    """Training texts and another source's, without those in the first one's other splits."""
    rows = np.array([row for row, text in enumerate(others.raw) if _words(text) not in held_out], int)
    if len(rows) < len(others):
        LOG.info(f"left out {len(others) - len(rows):,} texts of {others.description}: they are in other splits")
    others = _chosen(others, rows)
    return _joined(texts, replace(others, weights=weight * _weights(others)))


def _joined(texts: Examples, others: Examples) -> Examples:
    """Training texts of two sources."""
    return Examples(
        (*texts.raw, *others.raw),
        np.concatenate([np.asarray(texts.targets), np.asarray(others.targets)]),
        texts.labels,
        f"{texts.description}, and {others.description}",
        soft_targets=np.concatenate([label_shares(texts), label_shares(others)]),
        weights=np.concatenate([_weights(texts), _weights(others)]),
    )


def _weights(texts: Examples) -> np.ndarray:
    return np.ones(len(texts), np.float32) if texts.weights is None else texts.weights


def _held_out(config: DataConfig, labels: Sequence[str]) -> set[str]:
    parts = [split for split in splits(config) if split != "train"]
    return {_words(text) for part in parts for text in _one(config, part, labels).raw}


def _words(text: str) -> str:
    """A sentence in normal form: tokens in lower case."""
    return " ".join(tokens(text)).lower().replace("’", "'")


def _made(
    rows: Sequence[tuple[str, str]],
    own: Sequence[str],
    labels: Sequence[str] | None,
    description: str,
    domains: Sequence[str] = (),
) -> Examples:
    """Examples from texts and the names of their labels; targets are indices into a model's labels or the source's."""
    labels = tuple(labels or own)
    if unknown := sorted({label for _, label in rows} - set(labels)):
        raise InputError(f"{description}: the model knows no label {unknown[0]!r}; its labels are {', '.join(labels)}")
    targets = np.array([labels.index(label) for _, label in rows], int)
    return Examples(tuple(text for text, _ in rows), targets, labels, description, tuple(domains))


def _softened(
    texts: Examples, own: Sequence[str], given: Sequence[float], bounds: Sequence[float], spread: float
) -> Examples:
    """Texts with soft targets from their mean ratings, if the labels are the source's own."""
    if texts.labels != tuple(own):
        return texts
    return replace(texts, soft_targets=soft_targets(np.array(given), bounds, spread))


def soft_targets(ratings: np.ndarray, bounds: Sequence[float], spread: float) -> np.ndarray:
    """Probabilities that another mean rating of the same text falls under each label.

    Texts just below and just above a bound are nearly alike, though their labels differ. So the target is the mass of a
    normal distribution around the rating between the bounds.

    Args:
        ratings: (N,), each a mean over some people.
        bounds: The L - 1 ratings between the L labels, ascending.
        spread: Standard deviation of a mean rating.

    Returns:
        float32 (N, L), rows summing to 1.
    """
    from scipy.special import ndtr

    below = [ndtr((bound - ratings) / spread) for bound in bounds]
    edges = [np.zeros(len(ratings)), *below, np.ones(len(ratings))]
    return np.diff(np.stack(edges, axis=1)).astype(np.float32)


def _split(texts: Sequence[str], strata: Sequence[str], config: DataConfig, test: float) -> dict[str, np.ndarray]:
    """Indices of the texts by split; equal texts are in the same one."""
    numbers: dict[str, int] = {}
    owners = np.array([numbers.setdefault(text, len(numbers)) for text in texts])
    by_owner = np.asarray(strata)[np.unique(owners, return_index=True)[1]]  # the stratum of the first of equal texts
    if config.folds > len(by_owner):
        raise InputError(f"data.folds: {config.folds}: the source has {len(by_owner)} different texts; use fewer")
    if config.folds:
        chosen = _folded(by_owner, config)
    else:
        chosen = stratified(by_owner, config.seed, validation=_HELD_OUT, test=test)
    return {split: np.flatnonzero(np.isin(owners, chosen[split])) for split in SPLITS}


def _folded(strata: np.ndarray, config: DataConfig) -> dict[str, np.ndarray]:
    """Cross-validation: one fold is the test split, and a tenth of the others the validation split."""
    rng = np.random.default_rng(config.seed)
    # In turn, stratum by stratum: the folds differ by one example at most, and so in every stratum.
    order = np.concatenate([rng.permutation(np.flatnonzero(strata == stratum)) for stratum in np.unique(strata)])
    fold = np.empty(len(order), int)
    fold[order] = np.arange(len(order)) % config.folds
    others = np.flatnonzero(fold != config.fold - 1)
    chosen = stratified(strata[others], config.seed, validation=_HELD_OUT, test=0)
    return {
        "train": others[chosen["train"]],
        "validation": others[chosen["validation"]],
        "test": np.flatnonzero(fold == config.fold - 1),
    }


def _vader(config: DataConfig, split: str, labels: Sequence[str] | None) -> Examples:
    """Split before domains and classes are chosen, so that no choice moves a sentence to another split."""
    rows = [(text, rating, vader.label(rating), domain) for text, rating, domain in vader.read(config.path)]
    chosen = _split([text for text, *_ in rows], [f"{domain} {label}" for *_, label, domain in rows], config, _HELD_OUT)
    own = LABELS[config.classes]
    rows = [row for row in map(rows.__getitem__, chosen[split]) if row[3] in config.domains and row[2] in own]
    which = "" if len(config.domains) == len(vader.FILES) else f" ({', '.join(config.domains)})"
    description = f"{split} split of VADER's sentences{which}, stratified, seed {config.seed}"
    texts = _made([(row[0], row[2]) for row in rows], own, labels, description, [row[3] for row in rows])
    return _softened(texts, own, [row[1] for row in rows], vader.BOUNDS[config.classes], vader.SPREAD)


def _sst(config: DataConfig, split: str, labels: Sequence[str] | None) -> Examples:
    trees, phrases = _trees(config, split), config.phrases and split == "train"
    # A phrase is in many trees.
    nodes = list(dict.fromkeys(node for tree in trees for node in tree)) if phrases else [tree[-1] for tree in trees]
    own = LABELS[config.classes]
    rows = [(text, name, label) for label, text in nodes if (name := _sst_label(label, config.classes)) in own]
    what = "phrases" if phrases else "sentences"
    description = f"{split} split of the Stanford Sentiment Treebank, {what}, {config.classes} classes"
    texts = _made([row[:2] for row in rows], own, labels, description)
    if phrases and (config.negated, config.whole) != (1, 1):
        sentences = {tree[-1][1] for tree in trees}
        weights = [
            config.whole if text in sentences else config.negated if treebank.is_negated(text) else 1
            for text, *_ in rows
        ]
        texts = replace(texts, weights=np.array(weights, np.float32))
    return _softened(texts, own, [row[2] for row in rows], treebank.BOUNDS[config.classes], treebank.SPREAD)


def _trees(config: DataConfig, split: str) -> list[list[tuple[int, str]]]:
    """The trees of a split; without dev.txt a tenth of the training part is the validation split."""
    root = treebank.folder(config.path)
    part = {name: treebank.file(root, name) for name in SPLITS}
    if split == "test" or part["validation"].is_file():
        return treebank.read(part[split])
    trees = treebank.read(part["train"])
    labels = [tree[-1][0] for tree in trees]
    chosen = stratified(labels, config.seed, validation=_HELD_OUT, test=0)[split]
    return [trees[row] for row in chosen]


def _sst_label(label: int, classes: int) -> str:
    """The name of a label from 0 to 4, with 2, 3 or 5 classes."""
    if classes == 5:
        return LABELS[5][label]
    return "negative" if label < 2 else "neutral" if label == 2 else "positive"


def _semeval(config: DataConfig, split: str, labels: Sequence[str] | None) -> Examples:
    rows = semeval.read(config.path)[split]
    return _made(rows, LABELS[3], labels, f"{split} split of SemEval's tweets")


def _behaviour(config: DataConfig, split: str, labels: Sequence[str] | None) -> Examples:
    """Made sentences as a source of their own, grouped by kind."""
    return _made_sentences(config, split, _MADE[split], labels or LABELS[3])


def _made_sentences(config: DataConfig, split: str, count: int, labels: Sequence[str]) -> Examples:
    """Made sentences whose labels a model knows; where two are right, each has half of the target."""
    made = [s for s in behaviour.sentences(count, split, config.seed) if set(s.labels) <= set(labels)]
    if not made:
        raise InputError(f"data.behaviour: needs labels of {', '.join(LABELS[3])}; they are {', '.join(labels)}")
    shares = np.array([[(label in s.labels) / len(s.labels) for label in labels] for s in made], np.float32)
    return Examples(
        tuple(s.text for s in made),
        shares.argmax(axis=1),
        tuple(labels),
        f"{split} split of {len(made):,} made sentences",
        tuple(s.kind for s in made),
        soft_targets=shares,
    )


def _file(config: DataConfig, split: str, labels: Sequence[str] | None) -> Examples:
    path = Path(str(config.path))
    columns = (config.text_column, config.label_column) if config.kind == "csv" else ()
    rows = _rows(path, path.stat().st_mtime_ns if path.exists() else 0, columns)
    own = sorted({label for _, label in rows}, key=_order)
    if labels is None:
        _check(path, rows, own)
    chosen = _split([text for text, _ in rows], [label for _, label in rows], config, config.test)[split]
    part = f"fold {config.fold} of {config.folds}" if config.folds else "stratified"
    description = f"{split} split of {path.name}, {part}, seed {config.seed}"
    return _made([rows[row] for row in chosen], own, labels, description)


@lru_cache(maxsize=8)  # so that each split reads the same rows, and empty lines are reported once
def _rows(path: Path, changed: int, columns: tuple[str, ...]) -> list[tuple[str, str]]:
    if path.is_dir():
        return files.folder(path)
    return files.table(path, *columns) if columns else files.lines(path)


def _check(path: Path, rows: Sequence[tuple[str, str]], own: Sequence[str]) -> None:
    """Raises InputError if the file cannot be learned from."""
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
