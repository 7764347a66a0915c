"""Files that are decoded once into the cache."""

import functools
from pathlib import Path

import numpy as np
import pytest

from suite.data import decoded
from suite.errors import InputError


def number(file: Path, log: Path | None = None) -> tuple[np.ndarray, str]:
    """The number in a file; negative ones are remarked upon, others than numbers refused."""
    if log:
        with log.open("a") as lines:
            lines.write(f"{file.name}\n")
    try:
        value = int(file.read_text())
    except ValueError:
        raise InputError(f"{file}: no number; write one") from None
    return np.full(3, value, np.int16), "are negative" if value < 0 else ""


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path / "cache"))
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(30):
            made.append(tmp_path / name / f"{i}.txt")
            made[-1].write_text(str(i if name == "a" else -i))
    return made


def test_each_file_is_decoded_once_whatever_part_is_asked_for(files, tmp_path):
    read = functools.partial(number, log=tmp_path / "log")
    some = [files[40], files[3], files[5]]
    rows, indices = decoded.read(some, read, "numbers", "1", files)
    assert np.asarray(rows)[:, 0].tolist() == [-10, 3, 5] and indices == [0, 1, 2]
    decoded.read(files, read, "numbers", "1", files)
    assert sorted((tmp_path / "log").read_text().split()) == sorted(file.name for file in files)
    files[3].write_text("333")  # its folder is decoded anew, the other one is not
    rows, _ = decoded.read(some, read, "numbers", "1", files)
    assert rows[1].tolist() == [333] * 3
    assert len((tmp_path / "log").read_text().split()) == 90
    decoded.read(some, read, "numbers", "2", files)
    assert len((tmp_path / "log").read_text().split()) == 150


def test_what_cannot_be_read_is_named_each_time_and_too_much_of_it_stops(files, capsys):
    for file in files[:2]:
        file.write_text("x")
    for _ in range(2):
        rows, indices = decoded.read(files, number, "numbers", "1", files)
        assert len(rows) == len(indices) == 58 and indices[0] == 2
        told = capsys.readouterr()
        assert f"{files[1]}: no number" in told.err and "skipped 2 of 60 numbers" in told.err
        assert "29 of 60 numbers are negative" in told.out + told.err
    with pytest.raises(InputError, match="2 of 3 numbers cannot be used"):
        decoded.read(files[:3], number, "numbers", "1", files)


def test_many_files_are_read_by_several_processes_in_their_order(files, tmp_path):
    (tmp_path / "c").mkdir()
    many = [tmp_path / "c" / f"{i}.txt" for i in range(decoded._FEW + 40)]
    for i, file in enumerate(many):
        file.write_text(str(i))
    rows, _ = decoded.read(many, number, "numbers", "1", many)
    assert np.asarray(rows)[:, 0].tolist() == list(range(len(many)))
