"""Sources of clips: synthetic speech, or recordings."""

from __future__ import annotations

import inspect
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.config import is_known, other_source
from suite.console import log
from suite.console.progress import progress
from suite.data import cache, decoded
from suite.data.rows import Rows
from suite.data.splits import SPLITS, draw
from suite.errors import InputError
from suite.files import digest
from suite.speech import corpora, preprocessing, svox_pico, synthetic
from suite.speech import noises as noise_kinds
from suite.speech.config import SILENCE, TEN_WORDS, UNKNOWN, DataConfig
from suite.speech.corpora import Recording, Recordings
from suite.speech.features import SAMPLES
from suite.speech.noises import LEVELS, at_level
from suite.task import Examples

if TYPE_CHECKING:
    from suite.artefacts.metadata import Metadata

LONGEST = 60.0  # seconds of a clip
NOISES = 300  # seconds of noise to mix into training clips
FOLD_WORDS, FOLD_CLIPS = 3, 200  # words that a fold holds out, and recordings that such a word has at least
FOLD_BACKGROUND = 2  # background recordings that a fold holds out
ALONE = 600  # seconds of noise to score with
SHARES = {"train": 1.0, "validation": 0.2, "test": 0.2}  # of data.per_word synthetic clips, by split
_LEAST_NOISE = 10  # seconds of a background recording: a tenth is a clip of the validation split
_NOISE_PARTS = {"train": (0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1)}  # start and end in a background file


def splits(config: DataConfig) -> tuple[str, ...]:
    """The splits in which a source has clips; only file names are read."""
    if config.kind == "synthetic":
        return SPLITS
    found = corpora.find(config)
    there = {item.split for item in found.items if not item.label.startswith("_")}
    there |= {"test"} if found.held_background else set()
    return tuple(split for split in SPLITS if split in there)


def load(config: DataConfig, split: str, about: Metadata | None = None, limit: int | None = None) -> Examples:
    """One split of the configured source, see `Task.load`: clips int16 (N, 16000) at 16 kHz.

    Clips of other words than the model's are _unknown_, if it has that label; the words are the clips' groups.

    Raises:
        InputError: The source is missing or unfit.
    """
    read = _load_synthetic if config.kind == "synthetic" else _load_recordings
    return read(config, split, about.labels if about else None, limit)


def eval_data(known: DataConfig, given: Mapping[str, Any]) -> DataConfig:
    """The source that `eval` scores on; of a given folder all clips, those of other words too."""
    same = bool(given.get("path")) and is_known(known.paths, type(known)(path=given["path"]).paths)
    if "held_out" in given and not set(given["held_out"]) <= {*known.held_out, *known.leave_out}:
        raise InputError("data.held_out: the model was not trained without these; train with --data.held_out")
    config = other_source(replace(known, leave_out=()), given, **({} if same else {"held_out": ()}))
    everything = given.get("path") and config.kind != "synthetic" and "unknown" not in given
    return replace(config, unknown=math.inf) if everything else config


def folds(config: DataConfig, name: str) -> dict[str, dict[str, Any]]:
    """A series of trainings, each with a speaker, three of the other words, or two background recordings, as the test.

    Raises:
        InputError: Another name than speakers, words and background, or a source that has none to hold out.
    """
    if name == "speakers" and config.kind == "fsdd":
        return {speaker: {"data.held_out": (speaker,)} for speaker in corpora.fsdd_speakers(config)}
    if name not in ("words", "background") or config.kind in ("synthetic", "fsdd"):
        raise InputError(
            f"folds: {name}: expected speakers, which leaves one speaker of --data.source fsdd out at a time, words, "
            "which leaves three of a folder's other words out, or background, which leaves two of its recordings of "
            "noise out"
        )
    found = corpora.find(config)
    if name == "background":
        names, each, what = sorted({file.stem for file in found.background}), FOLD_BACKGROUND, "background recordings"
    else:
        labels, counts = _labels(config, found), Counter(item.label for item in found.items)
        names = [w for w, n in counts.items() if n >= FOLD_CLIPS and w not in labels and not w.startswith("_")]
        names.sort(key=lambda word: digest(f"{config.seed}/{word}", "sha1"))
        each, what = FOLD_WORDS, f"other words that have {FOLD_CLIPS} recordings"
    if (count := len(names) // each) < 2:
        raise InputError(f"{found.name}: {len(names)} {what}; {2 * each} are needed")
    groups = [tuple(sorted(names[i::count])) for i in range(count)]
    return {"_".join(group): {"data.held_out": group} for group in groups}


def noises(config: DataConfig, split: str = "train") -> np.ndarray:
    """Noise to mix with clips: made, and from the source's _background_noise_ where it has one.

    Returns:
        int16 (M, 16000) at 16 kHz; recorded noise is of the split's own part of each recording.
    """
    made = _made_noise(NOISES, config.seed + 1000 * SPLITS.index(split), (-35, -15))
    if config.kind == "synthetic":
        return made
    return np.concatenate([made, _background(corpora.find(config), split, NOISES, config.seed + 1)])


def noise_alone(split: str) -> np.ndarray:
    """Made noise and babble at every level to score with, int16 (M, 16000); in the test split also of kinds of its own.

    No training hears the voices, nor these kinds.
    """
    return _made_noise(ALONE, 4000 + SPLITS.index(split), (-60.0, -6.0), split)


def _made_noise(count: int, seed: int, levels: tuple[float, float], split: str = "train") -> np.ndarray:
    """Seconds of made noise, int16 (count, 16000); cached."""
    name = _key("noise", count, seed, levels, split)
    return cache.arrays(name, lambda: {"noise": synthetic.noise(count, seed, levels, split)})["noise"]


def _load_synthetic(
    config: DataConfig,
    split: str,
    labels: Sequence[str] | None,
    limit: int | None = None,
    beside_recordings: bool = False,
) -> Examples:
    """Clips of voices that are in no other split; cached."""
    if labels is None:
        words = config.words or TEN_WORDS
        wanted = {UNKNOWN: config.unknown, SILENCE: config.silence}
        labels = (*words, *(label for label, share in wanted.items() if share))
    if len(labels) < 2:
        raise InputError(f"data.words: only one class ({labels[0]}); name more words, or leave _unknown_ in")
    words = tuple(label for label in labels if label not in (UNKNOWN, SILENCE))
    foreign = [word for word in words if not any(unicodedata.name(c, "").startswith(("LATIN", "DIGIT")) for c in word)]
    if foreign and config.language == "en":
        log.warn_once(
            f"data.words: {foreign[0]} has no Latin letter, and the voices are English; choose by --data.language"
        )
    per_word = max(2, round(config.per_word * SHARES[split]))
    counts = {
        "unknown": round(per_word * config.unknown) if UNKNOWN in labels else 0,
        "silence": round(per_word * config.silence) if SILENCE in labels else 0,
    }

    absent = (*config.leave_out, *config.held_out)

    def make(folder: Path) -> None:
        clips, targets = (
            synthetic.clips(
                words,
                split,
                per_word,
                config.seed,
                **counts,
                avoid=absent,
                progress=progress(f"speaking {split} clips"),
                beside_recordings=beside_recordings,
                language=config.language,
            ),
            [],
        )

        def waveforms() -> Iterator[np.ndarray]:
            for clip in clips:
                targets.append(labels.index(clip.label))
                yield clip.waveform[None]

        cache.save_rows(folder / "waveforms.npy", waveforms(), (SAMPLES,), np.int16)
        np.save(folder / "targets.npy", np.array(targets))

    key = _key("synthetic", labels, split, per_word, config.seed, counts, absent, beside_recordings, config.language)
    made = cache.mapped(key, make)
    rows = draw(np.arange(len(made["targets"])), limit)
    description = f"{split} split of synthetic speech"
    return Examples(Rows([made["waveforms"]], rows), made["targets"][rows], tuple(labels), description)


def _key(name: str, *arguments: Any) -> str:
    """A cache file's name, which depends on the arguments, the code and the versions of the engines."""
    installed = {package: _version(package) for package in ("espeakng-loader", "soxr", "py-nanotts")}
    text = repr((arguments, installed, synthetic.VARIANTS, synthetic.OTHER_WORDS)) + "".join(
        map(inspect.getsource, (synthetic, noise_kinds, svox_pico))
    )
    return f"speech_{name}_{digest(text)[:16]}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # `synthetic` names it where it is needed
        return ""


def _load_recordings(
    config: DataConfig, split: str, labels: Sequence[str] | None, limit: int | None = None
) -> Examples:
    found = corpora.find(config)
    training = labels is None and split == "train"
    if labels is None:
        labels = _labels(config, found)
    elif (
        UNKNOWN not in labels
        and config.unknown
        and (others := [label for label in found.labels if label not in labels])
    ):
        raise InputError(
            f"{found.name}: the model knows no {others[0]!r}, and has no {UNKNOWN}; its labels are {', '.join(labels)}"
        )
    words = {label for label in labels if label != UNKNOWN}
    chosen = [item for item in found.items if item.split == split and (item.label in words or UNKNOWN in labels)]
    balanced = _balanced(chosen, words, config)
    waveforms, read = _decode([balanced[row] for row in draw(np.arange(len(balanced)), limit)], found)
    targets = [labels.index(item.label if item.label in words else UNKNOWN) for item in read]
    recorded = [item.label for item in read]
    if training and not config.synthetic and (lost := words - {item.label for item in read} - {SILENCE}):
        raise InputError(
            f"{found.name}: no recording of {min(lost)!r} to train on can be read; record it again, or remove it"
        )
    if SILENCE in labels and SILENCE not in found.labels:
        spoken = [labels[target] for target in targets if not labels[target].startswith("_")]
        count = round(config.silence * len(spoken) / max(1, len(set(spoken))))
        silent = _silence(found, split, count, config.seed, limit)
        waveforms = Rows([waveforms, silent])
        targets += [labels.index(SILENCE)] * len(silent)
        recorded += [SILENCE] * len(silent)
    description = f"{split} split of {found.name}, by {found.decided}"
    groups = tuple(recorded) if UNKNOWN in labels and not training else ()
    clips = Examples(waveforms, np.array(targets, int), tuple(labels), description, groups)
    return _with_synthetic(clips, config, found) if training and config.synthetic else clips


def _with_synthetic(clips: Examples, config: DataConfig, found: Recordings) -> Examples:
    """Recordings and synthetic speech of eSpeak NG, whose many voices small recordings lack.

    The words are spoken too: otherwise synthetic speech itself would become the feature of _unknown_.
    """
    left_out, held_out = (tuple(n for n in o if n not in found.noises) for o in (config.leave_out, config.held_out))
    only = replace(config, per_word=config.synthetic, silence=0, leave_out=left_out, held_out=held_out)
    spoken = _load_synthetic(only, "train", clips.labels, beside_recordings=True)
    targets = [np.asarray(part.targets) for part in (clips, spoken)]
    return replace(clips, raw=Rows([clips.raw, spoken.raw]), targets=np.concatenate(targets))


def _labels(config: DataConfig, found: Recordings) -> tuple[str, ...]:
    """The labels of a model that is trained on these recordings."""
    default = TEN_WORDS if config.kind == "speech_commands" else ()
    words = config.words or default or tuple(label for label in found.labels if not label.startswith("_"))
    counts = Counter(item.label for item in found.items)
    if (spoken := [word for word in words if word not in counts]) and config.synthetic and len(spoken) < len(words):
        log.warn_once(f"{found.name}: no recordings of {', '.join(spoken)}: learned from synthetic speech alone")
    for word in words:
        if config.synthetic and word not in counts and len(spoken) < len(words):
            continue
        if word not in counts:
            raise InputError(f"{found.name}: no recordings of {word!r}; there are {', '.join(found.labels)}")
        if counts[word] < 2 and not config.synthetic:
            raise InputError(f"{found.name}: one recording of {word!r}; two are needed, to train and to validate")
    labels = list(words)
    if config.unknown and set(found.labels) - {*words, SILENCE}:
        labels.append(UNKNOWN)
    silent = all(len(_background(found, split, 1, 0)) for split in ("train", "validation"))
    if config.silence and (SILENCE in found.labels or silent):
        labels.append(SILENCE)
    if found.held_background and not (SILENCE in labels and len(_background(found, "test", 1, 0))):
        raise InputError(
            f"data.held_out: {found.held_background[0].stem}: scores {SILENCE}, which needs {_LEAST_NOISE} seconds of "
            "it, other background recordings to learn from, and data.silence above 0"
        )
    if len(labels) < 2:
        raise InputError(f"{found.name}: only one class ({labels[0]}); add a folder for each further word")
    return tuple(labels)


def _balanced(items: Sequence[Recording], words: set[str], config: DataConfig) -> list[Recording]:
    """All recordings of the words, and the configured share of the others.

    A hash chooses the others: about equally many of each word, and the same on every machine.
    """
    known = [item for item in items if item.label in words]
    others = [item for item in items if item.label not in words]
    spoken = [item.label for item in known if not item.label.startswith("_")]
    if not spoken or math.isinf(config.unknown):
        return [*items]
    most = round(config.unknown * len(spoken) / len(set(spoken)))
    others.sort(key=lambda r: digest(f"{config.seed}/{r.label}/{r.path.name}", "sha1"))
    return known + sorted(others[:most], key=lambda r: r.path)


def _decode(items: Sequence[Recording], found: Recordings) -> tuple[Any, list[Recording]]:
    """The waveforms of recordings of a source, int16 (N, 16000); unreadable ones are named, counted and left out."""
    if not items:
        return np.zeros((0, SAMPLES), np.int16), []
    files, key = [item.path for item in items], inspect.getsource(preprocessing)
    waveforms, read = decoded.read(files, _clip, "recordings", key, [item.path for item in found.items])
    return waveforms, [items[i] for i in read]


def _clip(file: Path) -> tuple[np.ndarray, str]:
    """A second of a recording, and whether it was longer."""
    waveform = preprocessing.read(file, longest=LONGEST)
    longer = "last longer than a second: that with most speech is used" if len(waveform) > 1.1 * SAMPLES else ""
    return preprocessing.to_int16(preprocessing.one_second(waveform)), longer


def _silence(found: Recordings, split: str, count: int, seed: int, limit: int | None) -> np.ndarray:
    """Seconds of noise at every level, half recorded, half made, int16 (count, 16000); (0, 16000) without recorded.

    Where background recordings are held out, the test split has some hundreds of theirs alone.
    """
    if split == "test" and found.held_background:
        return _background(found, split, min(ALONE, limit or ALONE), seed, LEVELS)
    recorded = _background(found, split, (count + 1) // 2, seed, LEVELS)
    if not len(recorded):
        return recorded
    return np.concatenate([recorded, _made_noise(count // 2, seed + 2000 + 1000 * SPLITS.index(split), LEVELS)])


def _background(
    found: Recordings, split: str, count: int, seed: int, levels: tuple[float, float] | None = None
) -> np.ndarray:
    """Seconds of the split's own part of the background recordings, int16 (count, 16000); (0, 16000) without any.

    The test split's are those that are held out, where some are.

    At their own levels, or at a random one between two, in dB of full scale.
    """
    held = found.held_background if split == "test" else ()
    begin, end = (0, 1) if held else _NOISE_PARTS[split]
    sounds = [sound for file in held or found.background if (sound := _readable(file)) is not None]
    long = [sound for sound in sounds if len(sound) >= _LEAST_NOISE * SAMPLES]
    if short := [sound for sound in sounds if len(sound) < _LEAST_NOISE * SAMPLES]:
        joined = np.concatenate(short)  # a tenth of each would be less than a clip
        if len(joined) >= _LEAST_NOISE * SAMPLES:
            long.append(joined)
        else:
            log.warn_once(
                f"{found.name}: {len(short)} background recordings are not used: together {len(joined) / SAMPLES:.1f} "
                f"seconds, where {_LEAST_NOISE} are needed"
            )
    parts = [sound[int(begin * len(sound)) : int(end * len(sound))] for sound in long]
    result = np.zeros((count if parts else 0, SAMPLES), np.int16)
    for i in range(len(result)):
        rng = np.random.default_rng([seed, i])
        part = parts[i % len(parts)]
        start = rng.integers(len(part) - SAMPLES + 1)
        second = part[start : start + SAMPLES]
        result[i] = at_level(second, rng, levels) if levels else preprocessing.to_int16(second)
    return result


def _readable(file: Path) -> np.ndarray | None:
    """A background recording; None, and a line that names it, if it cannot be read."""
    try:
        return preprocessing.read(file)
    except InputError as error:
        log.warn_once(f"skipped {error}")
        return None
