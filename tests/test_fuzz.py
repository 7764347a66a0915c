"""Damaged inputs of every kind, some of each: `python -m tests.fuzz --runs 5000` tries many."""

import contextlib
import subprocess
from pathlib import Path

import pytest

from tests import fuzz


@pytest.mark.parametrize("seed", [0])
def test_damaged_inputs_are_answered_in_one_line(seed):
    assert not fuzz.fuzz(250, seed)


def test_the_fuzzer_finds_a_fault(monkeypatch):
    def fault(words):
        raise KeyError(words[0])

    monkeypatch.setattr(fuzz, "main", fault)
    assert all("KeyError" in line for line in fuzz.fuzz(3, 0, "sound"))


def test_the_fuzzer_sees_what_a_reader_hides(monkeypatch):
    """Processes and files outside of the folder, even where an `except` swallows the exception."""
    before = Path.cwd() / "left_behind"

    def hidden(words):
        with contextlib.suppress(Exception):
            subprocess.run(["true"])
        with contextlib.suppress(Exception):
            before.write_text("x")

    monkeypatch.setattr(fuzz, "main", hidden)
    (line,) = fuzz.fuzz(1, 0, "sound.wav")
    before.unlink()
    assert "subprocess.Popen" in line and "left_behind" in line
