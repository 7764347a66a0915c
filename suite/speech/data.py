"""Clips to learn from and to score on: spoken by eSpeak NG, or a folder of recordings a word."""

from __future__ import annotations

import hashlib
import inspect
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from suite.data import cache, splits
from suite.errors import InputError
from suite.speech import inputs, synthetic
from suite.speech.config import SILENCE, TEN_WORDS, UNKNOWN, DataConfig
from suite.speech.features import SAMPLES

BACKGROUND = "_background_noise_"
LONGEST = 60.0  # seconds; a longer file is no clip of a word
MOST_SKIPPED = 0.1  # share of the files that may be unreadable
NOISES = 300  # seconds of noise to mix into training clips
SHARES = {"train": 1.0, "validation": 0.2, "test": 0.2}  # of the synthetic clips, made for each split
_SPEAKER = re.compile(r"(.+)_nohash_\d+$")  # Speech Commands' file names
_NOISE_PARTS = {"train": (0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1)}  # of each background recording


@dataclass(frozen=True)
class Clips:
    """One split of a source.

    Args:
        waveforms: int16 (N, 16000) at 16 kHz.
        targets: (N,), indices into labels.
        labels: The words, then _unknown_ and _silence_ where the source has them.
        description: Which split of which source, for reports.
    """

    waveforms: np.ndarray
    targets: np.ndarray
    labels: tuple[str, ...]
    description: str

    def __len__(self) -> int:
        return len(self.targets)


def load(config: DataConfig, split: str, labels: Sequence[str] | None = None) -> Clips:
    """One split of the configured source.

    Args:
        config: The source.
        split: train, validation, test, or all of them.
        labels: A model's labels, to score it: what is no label counts as _unknown_ where the model has that.

    Raises:
        InputError: The source is missing, unfit or has no such split; says which file or folder and what to do.
    """
    if split == "all":
        parts = [part for name in splits.SPLITS if len(part := _load(config, name, labels))]
    else:
        parts = [_load(config, split, labels)]
    if not parts or not len(parts[0]):
        raise InputError(f"{config.path or config.kind}: has no {split} clips; choose another --data.split")
    return Clips(
        np.concatenate([part.waveforms for part in parts]),
        np.concatenate([part.targets for part in parts]),
        parts[0].labels,
        f"{split} split of {config.path or f'{config.kind} speech'}",
    )


def has_split(config: DataConfig, split: str) -> bool:
    """Whether the source has any clip of the words in this split; nothing is read but names."""
    if config.kind == "synthetic":
        return True
    recordings = _recordings(Path(config.path))
    return any(recording.split == split for recording in recordings if not recording.label.startswith("_"))


def noises(config: DataConfig) -> np.ndarray:
    """Noise to mix into training clips: from the folder's _background_noise_, otherwise made.

    Returns:
        int16 (M, 16000) at 16 kHz; of recorded noise the part that no other split uses.
    """
    recorded = _background(config, "train", NOISES, seed=1) if config.kind == "folder" else []
    if len(recorded):
        return recorded
    key = _key("noises", NOISES, config.seed)
    return cache.arrays(key, lambda: {"noises": synthetic.noises(NOISES, config.seed)})["noises"]


def _load(config: DataConfig, split: str, labels: Sequence[str] | None) -> Clips:
    return (_load_synthetic if config.kind == "synthetic" else _load_folder)(config, split, labels)


# Synthetic speech


def _load_synthetic(config: DataConfig, split: str, labels: Sequence[str] | None) -> Clips:
    """Spoken by voices that no other split hears; kept in the cache."""
    if labels is None:
        words = config.words or TEN_WORDS
        wanted = {UNKNOWN: config.unknown, SILENCE: config.silence}
        labels = (*words, *(label for label, share in wanted.items() if share))
    words = tuple(label for label in labels if label not in (UNKNOWN, SILENCE))
    per_word = max(2, round(config.per_word * SHARES[split]))
    counts = {
        "unknown": round(per_word * config.unknown) if UNKNOWN in labels else 0,
        "silence": round(per_word * config.silence) if SILENCE in labels else 0,
    }

    def make() -> dict[str, np.ndarray]:
        progress = _progress(f"speaking {split} clips")
        spoken = list(synthetic.clips(words, split, per_word, config.seed, **counts, progress=progress))
        targets = np.array([labels.index(clip.label) for clip in spoken])
        return {"waveforms": np.stack([clip.waveform for clip in spoken]), "targets": targets}

    made = cache.arrays(_key("synthetic", labels, split, per_word, config.seed, counts), make)
    return Clips(made["waveforms"], made["targets"], tuple(labels), split)


def _key(name: str, *arguments) -> str:
    """A cache file's name: other arguments or another version of the code give another."""
    text = repr(arguments) + inspect.getsource(synthetic)
    return f"speech_{name}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"


# A folder of recordings a word


@dataclass(frozen=True)
class _Recording:
    path: Path
    label: str  # its folder's name
    split: str


def _load_folder(config: DataConfig, split: str, labels: Sequence[str] | None) -> Clips:
    recordings = _recordings(Path(config.path))
    folders = list(dict.fromkeys(recording.label for recording in recordings))
    if labels is None:
        labels = _labels(config, folders)
        known = set(labels)
    else:
        known = set(labels)
        strangers = [folder for folder in folders if folder not in known]
        if strangers and UNKNOWN not in known:
            raise InputError(
                f"{Path(config.path) / strangers[0]}: the model knows no {strangers[0]!r}, and has no {UNKNOWN}; "
                f"its labels are {', '.join(labels)}"
            )
    chosen = [r for r in recordings if r.split == split and (r.label in known or UNKNOWN in known)]
    chosen = _balanced(chosen, known - {UNKNOWN}, config)
    waveforms, kept = _decode(chosen)
    targets = [labels.index(r.label if r.label in known else UNKNOWN) for r in kept]
    if SILENCE in known and SILENCE not in folders:
        words = max(1, sum(not label.startswith("_") for label in labels))
        count = round(config.silence * sum(not labels[t].startswith("_") for t in targets) / words)
        silent = _background(config, split, count, seed=0)
        waveforms = [*waveforms, *silent]
        targets += [labels.index(SILENCE)] * len(silent)
    stacked = np.stack(waveforms) if len(waveforms) else np.zeros((0, SAMPLES), np.int16)
    return Clips(stacked, np.array(targets, int), tuple(labels), split)


def _labels(config: DataConfig, folders: Sequence[str]) -> tuple[str, ...]:
    """The labels of a model that is trained on these folders."""
    words = config.words or tuple(folder for folder in folders if not folder.startswith("_"))
    for word in words:
        if word not in folders:
            raise InputError(f"{Path(config.path) / word}: no such folder; there are {', '.join(folders)}")
    others = [folder for folder in folders if folder not in (*words, SILENCE)]
    labels = list(words)
    if others and config.unknown:
        labels.append(UNKNOWN)
    if config.silence and (SILENCE in folders or _background_files(config)):
        labels.append(SILENCE)
    if len(labels) < 2:
        raise InputError(f"{config.path}: only one class ({labels[0]}); add a folder for each further word")
    return tuple(labels)


def _recordings(root: Path) -> list[_Recording]:
    """Every recording below the folders of root, sorted, with its split."""
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; it should hold a folder of recordings for each word")
    folders = sorted(p for p in root.iterdir() if p.is_dir() and p.name != BACKGROUND and not p.name.startswith("."))
    files = [p for folder in folders for p in sorted(folder.rglob("*")) if p.suffix.lower() in inputs.EXTENSIONS]
    if not files:
        raise InputError(
            f"{root}: no recordings; it should hold a folder for each word with WAV, FLAC, OGG or MP3 files"
        )
    labels = [file.relative_to(root).parts[0] for file in files]
    empty = [folder for folder in folders if folder.name not in labels]
    if empty:
        raise InputError(f"{empty[0]}: no recordings in it; add WAV, FLAC, OGG or MP3 files, or remove the folder")
    for label, count in Counter(labels).items():
        if count < 2:
            raise InputError(f"{root / label}: one recording; at least two are needed, to train and to validate")
    speakers = [match[1] if (match := _SPEAKER.match(file.stem)) else None for file in files]
    names = [f"{label}/{file.name}" for label, file in zip(labels, files, strict=True)]
    chosen, _ = splits.assign(labels, speakers, names)
    return [_Recording(*row) for row in zip(files, labels, chosen, strict=True)]


def _balanced(recordings: Sequence[_Recording], words: set[str], config: DataConfig) -> list[_Recording]:
    """All recordings of the words, and of the others the share that the configuration asks for.

    Which others is decided by a hash, so that each folder gives its part and every machine takes the same.
    """
    spoken = [r for r in recordings if r.label in words]
    others = [r for r in recordings if r.label not in words]
    classes = {r.label for r in spoken if not r.label.startswith("_")}
    if not classes or math.isinf(config.unknown):
        return [*recordings]
    most = round(config.unknown * sum(r.label in classes for r in spoken) / len(classes))
    others.sort(key=lambda r: hashlib.sha1(f"{config.seed}/{r.label}/{r.path.name}".encode()).hexdigest())
    kept = sorted(others[:most], key=lambda r: r.path)
    return spoken + kept


def _decode(recordings: Sequence[_Recording]) -> tuple[list[np.ndarray], list[_Recording]]:
    """The recordings' waveforms; what cannot be read is named, counted and left out."""
    progress = _progress("reading recordings")
    waveforms, kept, problems = [], [], []
    for done, (recording, result) in enumerate(zip(recordings, _read_all(recordings), strict=True), start=1):
        if isinstance(result, InputError):
            problems.append(str(result))
        else:
            waveforms.append(result)
            kept.append(recording)
        progress(done, len(recordings))
    for problem in problems[:5]:
        print(f"skipped {problem}", file=sys.stderr)
    if len(problems) > 5:
        print(f"skipped {len(problems) - 5} more", file=sys.stderr)
    if problems:
        print(f"skipped {len(problems)} of {len(recordings)} recordings", file=sys.stderr)
    if len(problems) > MOST_SKIPPED * len(recordings):
        raise InputError(f"{len(problems)} of {len(recordings)} recordings cannot be used: {problems[0]}")
    return waveforms, kept


def _read_all(recordings: Sequence[_Recording]) -> Iterator[np.ndarray | InputError]:
    def one(recording: _Recording) -> np.ndarray | InputError:
        try:
            return inputs.to_int16(inputs.one_second(inputs.read(recording.path, longest=LONGEST)))
        except InputError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        yield from pool.map(one, recordings)


# Background noise


def _background_files(config: DataConfig) -> list[Path]:
    return [p for p in sorted((Path(config.path) / BACKGROUND).glob("*")) if p.suffix.lower() in inputs.EXTENSIONS]


def _background(config: DataConfig, split: str, count: int, seed: int) -> np.ndarray:
    """Seconds out of the folder's background recordings, each split from its own part of them.

    Returns:
        int16 (count, 16000) at random levels down to near silence; (0, 16000) where there is no background.
    """
    sounds = [inputs.read(file) for file in _background_files(config)]
    begin, end = _NOISE_PARTS[split]
    parts = [sound[int(begin * len(sound)) : int(end * len(sound))] for sound in sounds]
    parts = [part for part in parts if len(part) >= SAMPLES]
    result = np.zeros((count if parts else 0, SAMPLES), np.int16)
    for i in range(len(result)):
        rng = np.random.default_rng([config.seed, seed, i])
        part = parts[i % len(parts)]
        start = rng.integers(len(part) - SAMPLES + 1)
        level = 1.0 if seed else 10 ** rng.uniform(-3, 0)  # noise to mix gets its level when it is mixed
        result[i] = inputs.to_int16(part[start : start + SAMPLES] * level)
    return result


def _progress(what: str):
    """Prints how far it is: on a terminal in place, in a log every quarter."""
    terminal = sys.stdout.isatty()
    shown = -1

    def tell(done: int, total: int) -> None:
        nonlocal shown
        step = done * (100 if terminal else 4) // max(total, 1)
        if step != shown:
            shown = step
            end = "\n" if done == total else "\r"
            print(f"{what}: {done:,} of {total:,}", end=end if terminal else "\n", flush=True)

    return tell
