"""Tweets of SemEval 2013 to 2016 with three labels, as the benchmark TweetEval has them.

Rosenthal, Farra and Nakov 2017, "SemEval-2017 Task 4: Sentiment Analysis in Twitter"; Barbieri et al. 2020, "TweetEval:
Unified Benchmark and Comparative Evaluation for Tweet Classification". For research.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Sequence
from pathlib import Path

from suite.console.log import LOG
from suite.data import cache
from suite.data.downloads import Asset, fetch
from suite.data.splits import SPLITS
from suite.errors import InputError
from suite.sentiment import files
from suite.sentiment.text import tokens

_ADDRESS = "https://raw.githubusercontent.com/cardiffnlp/tweeteval/main/datasets/sentiment"
_PARTS = {"train": "train", "validation": "val", "test": "test"}
_COUNTS = {"train": 45_615, "validation": 2_000, "test": 12_284}  # Barbieri et al. 2020, table 1
_LABELS = ("negative", "neutral", "positive")

Row = tuple[str, str]  # a text and its label


@functools.lru_cache(maxsize=2)  # each split is asked for
def read(path: str | None) -> dict[str, list[Row]]:
    """The tweets of each split.

    Args:
        path: A folder of TweetEval's files (train_text.txt, train_labels.txt, val_text.txt and so on), or a table with
            the columns text, label and split; None to fetch TweetEval's.

    Raises:
        InputError: They are not there, not of this form, or cannot be fetched.
    """
    if path and Path(path).is_file():
        return _table(Path(path))
    if path and not any((Path(path) / f"{part}_text.txt").is_file() for part in _PARTS.values()):
        raise InputError(
            f"{path}: no train_text.txt, val_text.txt or test_text.txt; give a folder of TweetEval's files"
        )
    parts = {split: _part(Path(path) if path else None, part) for split, part in _PARTS.items()}
    if not path and (counts := {split: len(rows) for split, rows in parts.items()}) != _COUNTS:
        raise InputError(f"TweetEval: fetched {counts}, expected {_COUNTS}; remove tweeteval_* from {cache.folder()}")
    return parts


def _table(path: Path) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {split: [] for split in SPLITS}
    table = csv.DictReader(io.StringIO(files.read(path)))
    if not {"text", "label", "split"} <= set(table.fieldnames or ()):
        raise InputError(f"{path}: its header is not text,label,split; give a table of tweets with these columns")
    try:
        found = list(table)
    except csv.Error as error:
        raise InputError(f"{path}: not a CSV file ({str(error)[:100]}); copy or fetch it again") from None
    empty = 0
    for row in found:
        text, label, split = row["text"] or "", row["label"], row["split"]
        if not tokens(text):
            empty += 1
            continue
        if split not in rows or label not in _LABELS:
            raise InputError(
                f"{path}: a row with the label {label!r} and the split {split!r}; the labels are {', '.join(_LABELS)}, "
                f"the splits {', '.join(SPLITS)}"
            )
        rows[split].append((text, label))
    if empty:
        LOG.warning("%s: left out %d of %d texts, which have no word", path, empty, len(found))
    return rows


def _part(folder: Path | None, part: str) -> list[Row]:
    """The tweets of a pair of files; none where a folder lacks them."""
    texts, labels = (_lines(folder, f"{part}_{kind}.txt") for kind in ("text", "labels"))
    if len(texts) != len(labels) or not {*labels} <= {"0", "1", "2"}:
        raise InputError(
            f"{folder or 'TweetEval'}: {part}_text.txt has {len(texts):,} lines, {part}_labels.txt {len(labels):,} "
            "labels of 0, 1 and 2; copy or fetch them again"
        )
    return [(text, _LABELS[int(label)]) for text, label in zip(texts, labels, strict=True)]


def _lines(folder: Path | None, name: str) -> Sequence[str]:
    path = folder / name if folder else fetch(Asset(f"{_ADDRESS}/{name}", name=f"tweeteval_{name}"))
    return [line.strip() for line in files.read(path).split("\n") if line.strip()] if path.is_file() else []
