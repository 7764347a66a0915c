"""Folders of examples: one folder for each class, or files anywhere below a folder; only names are read."""

from __future__ import annotations

import os
import time
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from suite.console import log
from suite.errors import InputError

_TICK = 3_000_000_000  # nanoseconds; file systems store the time of a change by up to 2 seconds
_LISTED: dict[tuple[Path, Path], tuple[dict[str, int], list[Path]]] = {}  # its folders' times, and its files
_SPLITS = {"train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval"}


def files_below(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """All files below a folder with one of these suffixes, sorted; hidden ones are left out, others told of.

    Args:
        folder: The folder.
        suffixes: Lower case, such as .png.
    """
    return _below(folder, [folder], suffixes)[0]


def expanded(inputs: Sequence[str], suffixes: Collection[str], examples: str) -> list[str]:
    """The given files in their order, with the files below a folder in its place.

    Args:
        inputs: Files and folders.
        suffixes: Of the files that are taken from a folder, lower case.
        examples: The files in the plural, for messages.

    Raises:
        InputError: A folder has none.
    """
    files: list[str] = []
    for given in inputs:
        below = files_below(Path(given), suffixes) if Path(given).is_dir() else None
        if below == []:
            raise InputError(f"{given}: no {examples} in it; give a folder of {', '.join(suffixes)} files")
        files += [given] if below is None else map(str, below)
    return files


def has_suffix(path: Path, suffixes: Collection[str]) -> bool:
    """Whether a file's name has one of these suffixes; hidden files, such as macOS's notes on a file, do not count."""
    return path.suffix.lower() in suffixes and not path.name.startswith(".")


def class_folders(
    root: Path, suffixes: Collection[str], examples: str, formats: str, leave_out: Collection[str] = ()
) -> tuple[list[Path], list[str]]:
    """The files below each folder of a root, and the name of that folder: their class.

    Args:
        root: Holds a folder for each class.
        suffixes: Suffixes of the files, lower case.
        examples: The files in the plural, for messages, such as "recordings".
        formats: Formats that can be read, for messages, such as "WAV or FLAC".
        leave_out: Names of folders that are not classes.

    Returns:
        N files, sorted by class and name, and their N classes: the folders' names in Unicode's form NFC.

    Raises:
        InputError: No such folder, no files in it, a folder without any, or folders that are splits and not classes.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; it should hold a folder of {examples} for each class")
    leave_out = {*leave_out, "__MACOSX"}
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".") and p.name not in leave_out)
    _refuse_parts(root, folders)
    if beside := [path for path in root.iterdir() if path.is_file() and has_suffix(path, suffixes)]:
        log.warn_once(
            f"{root}: files that are in no folder of a class: {len(beside):,}, such as {beside[0].name}; left out"
        )
    found, owners = _below(root, folders, suffixes)
    if not found:
        raise InputError(f"{root}: no {examples}; it should hold a folder for each class with {formats} files")
    full = set(owners)
    for folder in folders:
        if folder not in full:
            raise InputError(f"{folder}: no {examples} in it; add {formats} files, or remove the folder")
    names = {folder: _class(folder) for folder in folders}
    for alike in _grouped(names.values()):
        if len(alike) > 1:
            one = "one class" if len(set(alike)) == 1 else "different classes"
            log.warn_once(f"{root}: the folders {', '.join(sorted(alike))}, which hardly differ, are {one}")
    return found, [names[folder] for folder in owners]


def _grouped(names: Iterable[str]) -> Iterable[list[str]]:
    """The names that are alike but for their case."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.casefold(), []).append(name)
    return groups.values()


def _below(root: Path, folders: Sequence[Path], suffixes: Collection[str]) -> tuple[list[Path], list[Path]]:
    """The files below folders, and the folder of each; those of other endings are counted and told of, once."""
    found, owners, others = [], [], Counter[str]()
    for folder in folders:
        for path in _files(folder):
            if has_suffix(path, suffixes):
                found.append(path)
                owners.append(folder)
            else:
                others[path.suffix or "without an ending"] += 1
    if others:
        counts = ", ".join(f"{count:,} {ending}" for ending, count in others.most_common(8))
        more = ", ..." if len(others) > 8 else ""
        log.warn_once(f"{root}: left out by their endings: {counts}{more}; used: {len(found):,} ({' '.join(suffixes)})")
    return found, owners


def _files(folder: Path) -> list[Path]:
    """The files below a folder without hidden ones and those of hidden folders, in the order of sorted paths.

    A command asks for them several times, and a listing of 80,000 takes seconds: it is kept until a folder changes.
    """
    key = folder, folder.absolute()
    changed, files = _LISTED.get(key, ({}, []))
    if not changed or any(_changed(place) != when for place, when in changed.items()):
        changed, found = {}, []
        for place, names, listed in os.walk(folder):  # pathlib's rglob takes ten times as long
            changed[place] = _changed(place)
            names[:] = [name for name in names if not name.startswith(".")]
            inner = Path(place).relative_to(folder).parts
            found += [(*inner, name) for name in listed if not name.startswith(".")]
        files = [path for parts in sorted(found) if (path := folder.joinpath(*parts)).is_file()]
        if time.time_ns() - max(changed.values(), default=0) > _TICK:  # otherwise a change may follow unseen
            _LISTED[key] = changed, files
    return files


def _changed(place: str) -> int:
    """When files were last added to a folder or removed, in nanoseconds; 0 where it is gone."""
    try:
        return os.stat(place).st_mtime_ns
    except OSError:
        return 0


def _refuse_parts(root: Path, folders: Sequence[Path]) -> None:
    """Refuses folders that are splits, or other parts of the data, which each hold folders of the classes.

    Raises:
        InputError: It names the folder to give.
    """
    names = [folder.name.lower() for folder in folders]
    train = next((folder for folder in folders if folder.name.lower().startswith("train")), None)
    splits = train and len(_SPLITS.intersection(names)) > 1
    inner = [{child.name for child in os.scandir(folder) if child.is_dir()} for folder in folders]
    alike = len(folders) > 1 and len(set.intersection(*inner)) > 1
    if not (splits or alike):
        return
    shown = ", ".join(folder.name for folder in folders[:5])
    what = "splits" if splits else "parts"
    raise InputError(
        f"{root}: its folders are {what}, not classes ({shown}); train with --data.path {train or folders[0]}, and "
        "score another one by eval RUN --data.path"
    )


def _class(folder: Path) -> str:
    """The class of a folder: its name, which may be Latin-1 where an old archive was unpacked."""
    try:
        name = os.fsencode(folder.name).decode()
    except UnicodeDecodeError:
        name = os.fsencode(folder.name).decode("latin-1")
        log.warn_once(f"{folder.parent}: the name of a folder is not UTF-8; taken as {name}")
    return unicodedata.normalize("NFC", name)


def check_enough(root: Path, names: Sequence[str], examples: str) -> None:
    """Refuses classes that cannot be learned: fewer than two, or one with a single example.

    Raises:
        InputError: It names the folder.
    """
    counts = Counter(names)
    if len(counts) < 2:
        raise InputError(f"{root}: one class alone, {names[0]}; two folders are needed at least, one for each class")
    for name, count in counts.items():
        if count < 2:
            raise InputError(
                f"{root / name}: only one of the {examples}; two are needed, to train and to validate; "
                "add some, or remove the folder"
            )
