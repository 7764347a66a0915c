"""The cache is never trusted half-written."""

import numpy as np

from suite.data import cache


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
    assert cache.arrays("numbers", lambda: {"x": np.arange(4)})["x"].tolist() == [0, 1, 2, 3]


def test_a_cache_that_cannot_be_written_only_means_no_cache(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path / "file"))
    assert cache.arrays("numbers", lambda: {"x": np.arange(3)})["x"].tolist() == [0, 1, 2]
    assert "not cached" in capsys.readouterr().out
