"""Sentences made from templates, whose label a person knows at once: negations, comparisons, questions.

Their kinds are those in which sentiment classifiers fail, which scores on texts that people wrote hide (Ribeiro et al.
2020, "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList"). The templates and words are the suite's own,
in behaviour.yaml; those that are scored are others than those that are learned.
"""

from __future__ import annotations

import functools
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from suite import config
from suite.data.splits import by_hash
from suite.sentiment import vader

LABELS = {"N": "negative", "0": "neutral", "P": "positive"}
_SLOT = re.compile(r"\{(\w+)\}|\[([^\[\]{}]*)\]|\[((?:[^\[\]{}]|\{\w+\})*)\]")
_HELD_OUT = 20  # percent of each list of words, for the validation split and for the test split


@dataclass(frozen=True)
class Sentence:
    """A made sentence.

    Args:
        text: The sentence.
        kind: What it tries, such as "simple negation".
        labels: The labels that are right, one or two.
    """

    text: str
    kind: str
    labels: tuple[str, ...]


def sentences(count: int, split: str, seed: int = 0) -> list[Sentence]:
    """Made sentences, the kinds in turn.

    Args:
        count: Number of sentences.
        split: train, validation or test: it decides the templates and the words.
        seed: Seed of the draws.
    """
    grammar, made = _grammar(), []
    part = "train" if split == "train" else "held_out"
    kinds = list(grammar["kinds"])
    for i in range(count):
        rng = np.random.default_rng([seed, zlib.crc32(split.encode()), i])
        kind = kinds[i % len(kinds)]
        by_label = grammar["kinds"][kind][part]
        label = list(by_label)[i // len(kinds) % len(by_label)]
        text = _written(str(rng.choice(by_label[label])), split, rng)
        if split == "train" and rng.random() < grammar["typos"]:
            text = _misspelt(text, rng)
        made.append(Sentence(text, kind, tuple(LABELS[letter] for letter in label)))
    return made


def kinds() -> tuple[str, ...]:
    """The kinds of sentences."""
    return tuple(_grammar()["kinds"])


@functools.cache
def _grammar() -> dict[str, Any]:
    return config.read_yaml(Path(__file__).with_name("behaviour.yaml"))


@functools.cache
def _alternatives(name: str, split: str) -> tuple[str, ...]:
    """What may stand for a name in braces: words of the split, or the alternatives of a rule."""
    words, rules = _grammar()["words"], _grammar()["rules"]
    if name in rules:
        return tuple(rules[name])
    every = _rated()[name] if name in _rated() else words[name.lower()].split()
    own = [word for word in every if by_hash(word, _HELD_OUT, _HELD_OUT) == split] or every
    return tuple(word.capitalize() for word in own) if name[0].isupper() else tuple(own)


@functools.cache
def _rated() -> dict[str, list[str]]:
    """The words of VADER's lexicon that are clearly positive, and clearly negative."""
    lexicon = {word: valence for word, valence in vader.lexicon().items() if word.isalpha()}
    return {
        "valued": [word for word, valence in lexicon.items() if valence >= vader.CLEAR],
        "disvalued": [word for word, valence in lexicon.items() if valence <= -vader.CLEAR],
    }


def _written(template: str, split: str, rng: np.random.Generator) -> str:
    """A sentence of a template, with a or an, mostly with a capital letter at its beginning."""

    def filled(match: re.Match[str]) -> str:
        name, choices = match[1], match[2] if match[2] is not None else match[3]
        return str(rng.choice(_alternatives(name, split) if name else choices.split("|")))

    text = template
    while (written := _SLOT.sub(filled, text)) != text:
        text = written
    text = re.sub(r"\b([Aa]) (?=[aeiouAEIOU])", r"\1n ", " ".join(text.split()))
    text = re.sub(r" ([.,!?])", r"\1", text)
    return text[:1].upper() + text[1:] if rng.random() < 0.8 else text


def _misspelt(text: str, rng: np.random.Generator) -> str:
    """A text with a letter within a word doubled, left out or exchanged with the next."""
    places = [i for i in range(1, len(text) - 2) if text[i - 1 : i + 2].isalpha()]
    if not places:
        return text
    i = int(rng.choice(places))
    changed = (text[i] * 2, "", text[i + 1] + text[i])[rng.integers(3)]
    return text[:i] + changed + text[i + (2 if len(changed) == 2 and changed[0] != text[i] else 1) :]
