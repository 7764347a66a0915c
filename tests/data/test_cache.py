"""Arrays in the cache: made once, and again where a file is damaged."""

import numpy as np
import pytest

from suite.data import cache
from suite.errors import InputError


def test_arrays_are_made_once(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path))
    calls = []

    def make():
        calls.append(1)
        return {"x": np.arange(3)}

    assert cache.arrays("numbers", make)["x"].tolist() == cache.arrays("numbers", make)["x"].tolist() == [0, 1, 2]
    assert len(calls) == 1


def test_a_damaged_file_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path))
    cache.arrays("numbers", lambda: {"x": np.arange(3)})
    file = tmp_path / "numbers.npz"
    file.write_bytes(file.read_bytes()[:100])
    for _ in range(2):  # made, and stored whole
        assert cache.arrays("numbers", lambda: {"x": np.arange(4)})["x"].tolist() == [0, 1, 2, 3]
    assert cache.arrays("numbers", lambda: {"x": np.arange(5)})["x"].tolist() == [0, 1, 2, 3]


def test_no_damaged_byte_reaches_the_caller(tmp_path, monkeypatch):
    """Each byte in turn, with the values by which a zip names other versions, methods, encryption and sizes."""
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path))
    expected, calls = {"x": np.arange(3)}, []

    def make():
        calls.append(1)
        return expected

    cache.arrays("numbers", make)
    file = tmp_path / "numbers.npz"
    content = file.read_bytes()
    for place, value in enumerate(content):
        for other in {0, 8, 12, 14, 255, value ^ 1, value ^ 0x80} - {value}:
            file.write_bytes(content[:place] + bytes([other]) + content[place + 1 :])
            arrays = cache.arrays("numbers", make)
            assert list(arrays) == ["x"] and arrays["x"].tolist() == [0, 1, 2], f"byte {place}: {other}"
    assert len(calls) > len(content)


def test_a_cache_that_cannot_be_written_only_means_no_cache(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path / "file"))
    assert cache.arrays("numbers", lambda: {"x": np.arange(3)})["x"].tolist() == [0, 1, 2]
    assert "not cached" in capsys.readouterr().err


def numbers(folder, count=1000):
    np.save(folder / "a.npy", np.arange(count))
    np.save(folder / "b.npy", np.array(["x", "y"]))


def test_large_arrays_are_mapped_and_made_once(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path))
    calls = []
    for _ in range(2):
        found = cache.mapped("large", lambda folder: calls.append(1) or numbers(folder))
        assert isinstance(found["a"], np.memmap) and found["a"][-1] == 999 and found["b"].tolist() == ["x", "y"]
    assert len(calls) == 1 and not found["a"].flags.writeable


@pytest.mark.parametrize("damage", [lambda c: c[:500], lambda c: b"x" * len(c), lambda c: c[:20] + b"(" + c[21:]])
def test_damaged_mapped_arrays_are_made_again(tmp_path, monkeypatch, damage):
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path))
    cache.mapped("large", numbers)
    file = tmp_path / "large" / "a.npy"
    file.write_bytes(damage(file.read_bytes()))
    assert cache.mapped("large", numbers)["a"][-1] == 999


def test_arrays_that_fail_or_do_not_fit_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path))

    def full(folder):
        numbers(folder)
        raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="large: No space left on device"):
        cache.mapped("large", full)
    assert not list(tmp_path.iterdir())
