"""The recordings of a source: a folder for each word, Speech Commands, or the Free Spoken Digit Dataset."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from suite.console import log
from suite.data import cache, folders, splits
from suite.data.downloads import Asset, fetch, unpack
from suite.errors import InputError
from suite.files import digest
from suite.speech import preprocessing
from suite.speech.config import DataConfig

BACKGROUND = "_background_noise_"
# Warden 2018, "Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition"; CC BY 4.0. No official checksum
# is published: this is the one that public code pins.
SPEECH_COMMANDS = Asset(
    "http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz",
    "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
    "speech_commands_v0.02.tar.gz",
)
_SPEAKER = re.compile(r"(.+)_nohash_\d+$")  # Speech Commands' file names
_DIGIT = re.compile(r"(\d)_([^_]+)_(\d+)$")  # the Free Spoken Digit Dataset's: digit, speaker, index
_TEST_INDICES, _VALIDATION_INDICES = range(5), range(5, 10)  # the first is official


@dataclass(frozen=True)
class Recording:
    """A sound file.

    Args:
        path: The file.
        label: The word, its folder's name.
        split: train, validation or test.
    """

    path: Path
    label: str
    split: str


@dataclass(frozen=True)
class Recordings:
    """The recordings of a source.

    Args:
        name: Its name in reports.
        items: The recordings, sorted by word and name.
        background: Long recordings of noise.
        decided: Criterion of the splits: speaker, file, "speaker or file", index.
        held_background: Long recordings of noise that are for the test split alone.
        noises: The names of all long recordings of noise, of those too that are left out.
    """

    name: str
    items: Sequence[Recording]
    background: Sequence[Path]
    decided: str
    held_background: Sequence[Path] = ()
    noises: frozenset[str] = frozenset()

    @property
    def labels(self) -> list[str]:
        """The words, sorted."""
        return sorted({item.label for item in self.items})


def find(config: DataConfig) -> Recordings:
    """The recordings of a source and their splits; only file names are read.

    Raises:
        InputError: There are none, or the folder is not what the source expects.
    """
    found = {"folder": _folder, "speech_commands": _speech_commands, "fsdd": _fsdd}[config.kind](config)
    known = {*found.labels, *(file.stem for file in found.background)}
    if (absent := set(config.leave_out) - known) and not config.synthetic:  # otherwise it may be one that is spoken
        raise InputError(f"data.leave_out: {min(absent)}: is not there; there are {', '.join(sorted(known))}")
    found = replace(
        found,
        items=[item for item in found.items if item.label not in config.leave_out],
        background=[file for file in found.background if file.stem not in config.leave_out],
        noises=frozenset(file.stem for file in found.background),
    )
    return found if config.kind == "fsdd" else _held_out(found, config.held_out)


def _held_out(found: Recordings, names: Sequence[str]) -> Recordings:
    """With words and background recordings that are held out, which are the whole test split."""
    if not names:
        return found
    known = {*found.labels, *(file.stem for file in found.background)}
    if absent := set(names) - known:
        raise InputError(f"data.held_out: {min(absent)}: is not there; there are {', '.join(sorted(known))}")
    items = [replace(item, split="test") if item.label in names else item for item in found.items]
    return replace(
        found,
        items=[item for item in items if item.label in names or item.split != "test"],
        background=[file for file in found.background if file.stem not in names],
        held_background=[file for file in found.background if file.stem in names],
    )


def _folder(config: DataConfig) -> Recordings:
    """A folder for each word; split by speaker if the names tell it, otherwise by file."""
    roots = [Path(path) for path in config.paths]
    files, labels = _words(roots)
    names = [f"{label}/{file.name}" for label, file in zip(labels, files, strict=True)]
    chosen, decided = splits.assign(labels, [_speaker(file) for file in files], names)
    return _recordings(roots, files, labels, chosen, decided)


def _speech_commands(config: DataConfig) -> Recordings:
    """Speech Commands: folders, archives, or fetched; the official split, which is by a hash of the speaker."""
    paths = [Path(path) for path in config.paths] or [fetch(SPEECH_COMMANDS)]
    roots = [_unpacked(path) if path.is_file() else path for path in paths]
    files, labels = _words(roots)
    speakers = [_speaker(file) for file in files]
    if None in speakers:
        raise InputError(f"{files[speakers.index(None)]}: not named as in Speech Commands; use --data.source folder")
    return _recordings(roots, files, labels, [splits.by_hash(str(speaker)) for speaker in speakers], "speaker")


def _fsdd(config: DataConfig) -> Recordings:
    """The Free Spoken Digit Dataset: <digit>_<speaker>_<index>; index 0-4 is the official test part.

    https://github.com/Jakobovski/free-spoken-digit-dataset; CC BY-SA 4.0. Index 5-9 is the validation part. With
    data.held_out that speaker's recordings are the test part.
    """
    if len(config.paths) > 1:
        raise InputError(f"data.path: {config.place}: the source fsdd takes one folder; name one")
    root = Path(config.paths[0])
    root = root / "recordings" if (root / "recordings").is_dir() else root
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give a folder of the Free Spoken Digit Dataset")
    files = [file for file in folders.files_below(root, preprocessing.EXTENSIONS) if file.parent == root]
    parts = {file: match.groups() for file in files if (match := _DIGIT.match(file.stem))}
    if not files or len(parts) < len(files):
        stranger = next((file for file in files if file not in parts), root)
        raise InputError(f"{stranger}: not the Free Spoken Digit Dataset, whose files are named 3_jackson_12.wav")
    speakers = sorted({speaker for _, speaker, _ in parts.values()})
    if absent := set(config.held_out) - set(speakers):
        raise InputError(f"data.held_out: {min(absent)}: no such speaker; there are {', '.join(speakers)}")
    chosen = [_fsdd_split(speaker, int(index), config.held_out) for _, speaker, index in parts.values()]
    decided = "speaker" if config.held_out else "index"
    return _recordings([root], files, [digit for digit, _, _ in parts.values()], chosen, decided)


def fsdd_speakers(config: DataConfig) -> list[str]:
    """The speakers of a folder of the Free Spoken Digit Dataset."""
    return sorted({item.path.stem.split("_")[1] for item in _fsdd(config).items})


def _fsdd_split(speaker: str, index: int, held_out: Sequence[str]) -> str:
    test = speaker in held_out if held_out else index in _TEST_INDICES
    return "test" if test else "validation" if index in _VALIDATION_INDICES else "train"


def _words(roots: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Every recording below the folders of the roots, sorted by word and name, and its word, its folder's name.

    A recording that has the same word and name in several roots is taken from the first of them.
    """
    listed = [
        folders.class_folders(root, preprocessing.EXTENSIONS, "recordings", "WAV, FLAC, OGG or MP3", (BACKGROUND,))
        for root in roots
    ]
    if len(roots) == 1:
        return listed[0]
    found: dict[tuple[str, str], Path] = {}
    for root, (files, labels) in zip(roots, listed, strict=True):
        own = {(label, os.path.relpath(file, root)): file for label, file in zip(labels, files, strict=True)}
        found = own | found
    if count := sum(len(files) for files, _ in listed) - len(found):
        log.warn_once(f"{count:,} recordings are in several of the folders by the same name; used once")
    rows = sorted(found.items())
    return [file for _, file in rows], [label for (label, _), _ in rows]


def _recordings(
    roots: Sequence[Path], files: Sequence[Path], labels: Sequence[str], chosen: Sequence[str], decided: str
) -> Recordings:
    items = [Recording(*row) for row in zip(files, labels, chosen, strict=True)]
    background = [file for root in roots for file in folders.files_below(root / BACKGROUND, preprocessing.EXTENSIONS)]
    return Recordings(" and ".join(root.resolve().name for root in roots), items, background, decided)


def _speaker(file: Path) -> str | None:
    match = _SPEAKER.match(file.stem)
    return match[1] if match else None


def _unpacked(archive: Path) -> Path:
    """An archive's folder in the cache, named by the archive's path, size and time."""
    stat = archive.stat()
    mark = digest(f"{archive.resolve()} {stat.st_size} {stat.st_mtime_ns}")[:12]
    return unpack(archive, cache.folder() / f"{archive.name.split('.')[0]}_{mark}")
