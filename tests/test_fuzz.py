"""Damaged inputs of every kind, some of each: `python -m tests.fuzz --runs 5000` tries many."""

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
