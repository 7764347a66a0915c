"""Rows of arrays that stay on disk."""

import numpy as np
import pytest

from suite.data.rows import Rows

ONE, OTHER = np.arange(12).reshape(6, 2), np.arange(100, 108).reshape(4, 2)


@pytest.mark.parametrize("key", [0, -1, 9, slice(2, 9, 3), slice(None), [3, 8, 0], np.array([7, 7])])
def test_it_is_indexed_as_the_joined_array(key):
    rows, joined = Rows([ONE, OTHER[:0], OTHER]), np.concatenate([ONE, OTHER])
    np.testing.assert_array_equal(rows[key], joined[key])
    assert rows.shape == joined.shape and rows.dtype == joined.dtype and len(rows) == 10
    np.testing.assert_array_equal(np.asarray(rows), joined)


def test_chosen_rows_of_rows_and_their_order():
    rows = Rows([Rows([ONE, OTHER], np.array([9, 0, 5])), OTHER])
    np.testing.assert_array_equal(np.asarray(rows), np.concatenate([[OTHER[3], ONE[0], ONE[5]], OTHER]))
    with pytest.raises(IndexError):
        rows[7]


def test_nothing_is_read_before_it_is_asked_for(tmp_path):
    np.save(tmp_path / "rows.npy", ONE)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r+")
    rows = Rows([mapped])
    mapped[2] = -1
    assert rows[2].tolist() == [-1, -1]
