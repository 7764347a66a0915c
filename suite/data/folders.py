"""Folders of examples: one folder for each class, or files anywhere below a folder; only names are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from suite.errors import InputError


def files_below(folder: Path, suffixes: Collection[str]) -> list[Path]:
    """All files below a folder with one of these suffixes, sorted; hidden ones are left out.

    Args:
        folder: The folder.
        suffixes: Lower case, such as .png.
    """
    return sorted(p for p in folder.rglob("*") if has_suffix(p, suffixes) and p.is_file())


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
        N files, sorted by class and name, and their N classes.

    Raises:
        InputError: No such folder, no files in it, or a folder without any.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; it should hold a folder of {examples} for each class")
    folders = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".") and p.name not in leave_out)
    found = [(file, folder.name) for folder in folders for file in files_below(folder, suffixes)]
    if not found:
        raise InputError(f"{root}: no {examples}; it should hold a folder for each class with {formats} files")
    names = [name for _, name in found]
    for folder in folders:
        if folder.name not in set(names):
            raise InputError(f"{folder}: no {examples} in it; add {formats} files, or remove the folder")
    return [file for file, _ in found], names


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
