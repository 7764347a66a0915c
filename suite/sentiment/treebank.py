"""The Stanford Sentiment Treebank: a tree on each line, with a label from 0 (very negative) to 4 at every phrase.

Socher et al. 2013, "Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank".
"""

from __future__ import annotations

import re
from pathlib import Path

from suite.data import cache
from suite.data.downloads import Asset, fetch, unpack
from suite.errors import InputError
from suite.sentiment import files

# No official checksum is published: this is the one that public code pins.
SST = Asset(
    "https://nlp.stanford.edu/sentiment/trainDevTestTrees_PTB.zip",
    "5c613a4f673fc74097d523a2c83f38e0cc462984d847b82c7aaf36b01cbbbfcc",
    "trainDevTestTrees_PTB.zip",
)
PARTS = {"train": "train.txt", "validation": "dev.txt", "test": "test.txt"}
BOUNDS = {2: (2.0,), 3: (1.5, 2.5), 5: (0.5, 1.5, 2.5, 3.5)}  # number of classes to the labels between them
SPREAD = 0.5  # standard deviation of a label, which is a mean of three people's
_SHORT = 8  # words of a short phrase
_NEGATIONS = {"not", "no", "never", "nothing", "nobody", "none", "neither", "nor", "without", "hardly", "barely"}
_MOST_SYMBOLS = 10_000  # of a tree; the longest sentence has some hundred
_SYMBOL = re.compile(r"[()]|[^\s()]+")
_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}


def folder(path: str | None) -> Path:
    """The folder of the trees: the given one, or from the cache, fetched if it is not there.

    Raises:
        InputError: It has none of the files, or they cannot be fetched.
    """
    if not path:
        return unpack(fetch(SST), cache.folder() / "sst") / "trees"
    root = Path(path)
    if not any((root / name).is_file() for name in PARTS.values()):
        raise InputError(f"{root}: no {', '.join(PARTS.values())}; give the folder of the Stanford Sentiment Treebank")
    return root


def file(root: Path, split: str) -> Path:
    """The file of a split's trees."""
    return root / PARTS[split]


def read(path: Path) -> list[list[tuple[int, str]]]:
    """The trees of a file, each as `parse` returns it.

    Raises:
        InputError: A line is not a tree; it is named.
    """
    trees = []
    for number, line in enumerate(files.read(path).split("\n"), start=1):
        try:
            trees += [parse(line)] if line.strip() else []
        except ValueError as error:
            raise InputError(f"{path}, line {number}: no tree ({error}); copy or fetch the file again") from None
    if not trees:
        raise InputError(f"{path}: no trees in it; copy or fetch the file again")
    return trees


def parse(line: str) -> list[tuple[int, str]]:
    """The label and the text of each phrase of a tree, the whole sentence last.

    Raises:
        ValueError: Not a tree with labels from 0 to 4.
    """
    nodes: list[tuple[int, str]] = []
    open_nodes: list[list[str]] = []
    symbols = _SYMBOL.findall(line)
    if len(symbols) > _MOST_SYMBOLS:
        raise ValueError(f"{len(symbols):,} brackets and words")
    for symbol in symbols:
        if symbol == "(":
            if nodes and not open_nodes:
                raise ValueError("a second tree")
            open_nodes.append([])
        elif not open_nodes:
            raise ValueError(f"{symbol!r} outside of the tree")
        elif symbol != ")":
            open_nodes[-1].append(symbol)
        else:
            label, *words = open_nodes.pop()
            if label not in ("0", "1", "2", "3", "4") or not words:
                raise ValueError(f"no label or no word before bracket {len(nodes) + 1}")
            nodes.append((int(label), _plain(words)))
            if open_nodes:
                open_nodes[-1] += words
    if open_nodes or not nodes:
        raise ValueError("a bracket is missing")
    return nodes


def is_negated(phrase: str) -> bool:
    """Whether a phrase is short, of at most eight words, and has a negation."""
    words = phrase.lower().split()
    return len(words) <= _SHORT and any(word in _NEGATIONS or word.endswith(("n't", "cannot")) for word in words)


def _plain(words: list[str]) -> str:
    """Words as people write them; the treebank spells brackets in letters."""
    return files.joined(" ".join(_BRACKETS.get(word, word) for word in words)).replace("\\/", "/")
