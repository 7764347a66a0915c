"""The tokeniser: words and their ids, the same in Python, in a TensorFlow graph and in a phone's MediaPipe.

MediaPipe's TextClassifier decides how (mediapipe/tasks/cc/text/tokenizers/regex_tokenizer.cc and
mediapipe/calculators/tensor/regex_preprocessor_calculator.cc): it splits at the delimiter, an RE2 expression, and looks
up the words as they are written, without a change of case; other words are <UNKNOWN>, missing ones <PAD>, and further
ones are cut off. So the case is not changed here either: `suite.artefacts.metadata.spellings` adds each word
Capitalised and in CAPITALS, with other apostrophes, and decomposed (NFD). An app passes on the text as it was typed.

Consequences: a word in another mixture of cases (iPod) is unknown, emoticons and emoji are punctuation, since a
delimiter is not given back and an emoji may touch a word, and scripts without spaces (Chinese) are divided at their
punctuation alone. HTML's entities (&amp;) are what Python and the SavedModel know, and phones do not.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.artefacts.metadata import APOSTROPHES, spellings
from suite.errors import InputError
from suite.task import Shapes

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

SPECIAL = ("<PAD>", "<UNKNOWN>")  # the words of the ids 0 and 1; no text has them, since < and > are delimiters
PAD, UNKNOWN = range(2)

# Every character that is not listed is part of a word: RE2 and Python name few classes of Unicode alike. Above U+00FF
# the characters stand for themselves, since RE2 and Python escape them differently.
_BETWEEN = (
    r"\x00-&(-/:-@\[-_{-\xb3\xb5-\xbf"  # ASCII without letters, digits and apostrophes; Latin-1's controls and signs
    "\u1680\u2000-\u200b\u2010-\u2017\u201a-\u205f\ufe0e\ufe0f\ufeff"  # spaces, dashes, quotes
    "\u20e3\u2122\u2190-\u23ff\u25a0-\u27bf\u2b00-\u2bff\u3030\u303d\u3297\u3299"  # emoji and signs
    "\U0001f000-\U0001faff\U000e0020-\U000e007f"
    "\u3000-\u3004\u3008-\u3020\uff01-\uff06\uff08-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"  # East Asian
)
_JOINER = "\u200d"  # between emoji; in other scripts it is part of a word
# An apostrophe belongs to a word only between its letters (don't), and is a quotation mark at its ends.
_APOSTROPHE = f"['{APOSTROPHES}]"
DELIMITER = f"{_APOSTROPHE}*[{_BETWEEN}][{_BETWEEN}{_JOINER}]*{_APOSTROPHE}*|^{_APOSTROPHE}+|{_APOSTROPHE}+$"
_DELIMITER = re.compile(DELIMITER)
# Of pages that were saved as text; the last one of all, since it may hide another.
_ENTITIES = {
    "&#39;": "'",
    "&#039;": "'",
    "&#x27;": "'",
    "&apos;": "'",
    "&rsquo;": "'",
    "&lsquo;": "'",
    "&#8216;": "'",
    "&#8217;": "'",
    "&#8220;": " ",
    "&#8221;": " ",
    "&#8211;": " ",
    "&#8212;": " ",
    "&#8230;": " ",
    "&ldquo;": " ",
    "&rdquo;": " ",
    "&quot;": " ",
    "&lt;": " ",
    "&gt;": " ",
    "&nbsp;": " ",
    "&hellip;": " ",
    "&mdash;": " ",
    "&ndash;": " ",
    "&amp;": " ",
}


def tokens(text: str) -> list[str]:
    """The words of a text as they are written, in Unicode's form NFC, without the punctuation around them."""
    text = unicodedata.normalize("NFC", text)
    if "&" in text:
        for entity, character in _ENTITIES.items():
            text = text.replace(entity, character)
    return [word for word in _DELIMITER.split(text) if word]


def vocabulary(
    texts: Iterable[str], size: int, min_count: int = 1, valued: Collection[str] = frozenset()
) -> tuple[str, ...]:
    """The words that get an id: the most frequent ones, lower case; equally frequent ones in alphabetical order.

    Args:
        texts: The texts of the training split.
        size: Number of ids at most, with <PAD> and <UNKNOWN>.
        min_count: Least number of occurrences of a word.
        valued: Words that get an id before others, however rare.

    Returns:
        The word of each id: <PAD>, <UNKNOWN>, and then the words.

    Raises:
        InputError: No word occurs that often.
    """
    straight = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
    counts = Counter(word.lower().translate(straight) for text in texts for word in tokens(text))
    known = [word for word in counts if counts[word] >= min_count or word in valued]
    if not known:
        raise InputError(f"no word occurs {min_count} times in the training split; add texts")
    chosen = sorted(known, key=lambda word: (word not in valued, -counts[word], word))[: size - len(SPECIAL)]
    return SPECIAL + tuple(sorted(chosen, key=lambda word: (-counts[word], word)))


def ids(texts: Sequence[str], vocabulary: Sequence[str], length: int) -> np.ndarray:
    """Ids of the words of N texts, int32 (N, length), cut off or padded at the end."""
    table = _ids_by_spelling(tuple(vocabulary))
    rows = np.full((len(texts), length), PAD, np.int32)
    for row, text in zip(rows, texts, strict=True):
        words = tokens(text)[:length]
        row[: len(words)] = [table.get(word, UNKNOWN) for word in words]
    return rows


@functools.lru_cache(maxsize=4)  # thousands of single texts use the same one
def _ids_by_spelling(vocabulary: tuple[str, ...]) -> dict[str, int]:
    return spellings(vocabulary)


def account_of_length(texts: Sequence[str], length: int) -> str:
    """A line on the texts that are longer than a model reads; "" if there are none."""
    lengths = [len(tokens(text)) for text in texts]
    longer = [words for words in lengths if words > length]
    if not longer:
        return ""
    return (
        f"texts of more than {length} words, of which the first {length} are read: {len(longer):,} of {len(texts):,}; "
        f"the longest has {max(longer):,}"
    )


def encode(raw: Sequence[str], about: Metadata, shapes: Shapes) -> dict[str, np.ndarray]:
    """Texts as a model takes them: ids int32 (N, length), or the strings for a signature of shape ()."""
    vocabulary = about.settings["vocabulary"]
    length = about.settings["length"]
    return {name: ids(raw, vocabulary, length) if shape else np.array([*raw]) for name, shape in shapes.items()}


def lookup(vocabulary: Sequence[str]) -> Any:
    """A tf.lookup.StaticHashTable for `in_graph`; a SavedModel must track it."""
    import tensorflow as tf

    table = spellings(vocabulary)
    content = tf.lookup.KeyValueTensorInitializer(list(table), list(table.values()), tf.string, tf.int64)
    return tf.lookup.StaticHashTable(content, UNKNOWN)


def in_graph(strings: Any, table: Any, length: int) -> Any:
    """`ids` as TensorFlow operations.

    Args:
        strings: string tensor (B,), UTF-8.
        table: The table of `lookup`.
        length: Number of ids of a text.

    Returns:
        int32 tensor (B, length).
    """
    import tensorflow as tf

    for entity, character in _ENTITIES.items():
        strings = tf.strings.regex_replace(strings, entity, character)
    words = tf.strings.split(tf.strings.regex_replace(strings, DELIMITER, " "))[:, :length]  # ragged
    rows = tf.ragged.map_flat_values(table.lookup, words)
    return tf.cast(rows.to_tensor(PAD, shape=(None, length)), tf.int32)
