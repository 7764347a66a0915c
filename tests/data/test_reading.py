"""Reading many files of which some are bad."""

import re
from pathlib import Path

import pytest

from suite.data import reading
from suite.errors import InputError


def read(number):
    if number % 100 == 7:
        raise InputError(f"{number}.png: is not a picture")
    return number * 2


def test_the_bad_ones_are_named_counted_and_left_out(capsys):
    results, kept = reading.read_all(range(200), read, "pictures")
    assert kept == [n for n in range(200) if n % 100 != 7] and results == [2 * n for n in kept]
    told = capsys.readouterr().err
    assert "107.png" in told and "skipped 2 of 200 pictures" in told


def test_of_many_each_kind_is_told_and_all_stand_in_a_file(capsys):
    def bad(number):
        if number % 15 == 7:
            raise InputError(f"{number}.png: has {number} million pixels")
        if number == 0:
            raise InputError("0.png: is not a picture")
        return number

    reading.read_all(range(200), bad, "pictures")
    told = capsys.readouterr().err
    assert "7.png: has 7 million pixels, and 12 more for this reason" in told and "0.png: is not a picture\n" in told
    assert told.count("\n") == 3
    listed = Path(re.search(r"skipped 14 of 200 pictures \(all are named in (.*)\)", told)[1]).read_text()
    assert listed.count("\n") == 14 and "187.png: has" in listed


def test_too_many_stop_the_run():
    with pytest.raises(InputError, match=r"1 of 8 pictures cannot be used: 7\.png"):
        reading.read_all(range(8), read, "pictures")
