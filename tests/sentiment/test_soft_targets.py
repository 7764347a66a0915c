"""Soft targets from mean ratings."""

import numpy as np
import pytest

from suite.sentiment import treebank, vader
from suite.sentiment.data import soft_targets


def test_a_rating_on_a_bound_is_half_of_each():
    shares = soft_targets(np.array([-4, -0.5, 0, 0.5, 4]), (-0.5, 0.5), 0.25)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(shares[[0, -1], [0, 2]], 1, atol=1e-6)
    np.testing.assert_allclose(shares[[1, 3], [0, 2]], 0.5, atol=1e-4)
    np.testing.assert_allclose(shares[2], [0.0228, 0.9545, 0.0228], atol=1e-4)  # two standard deviations
    assert shares.dtype == np.float32


@pytest.mark.parametrize(("source", "values"), [(vader, np.arange(-4, 4.1)), (treebank, np.arange(5))])
def test_a_source_s_bounds_give_its_own_labels(source, values):
    for classes, bounds in source.BOUNDS.items():
        assert len(bounds) == classes - 1
        kept = values[(values != values.mean()) | (classes != 2)]  # of two classes none is neutral
        best = soft_targets(kept, bounds, source.SPREAD).argmax(axis=1)
        assert best[0] == 0 and best[-1] == classes - 1 and (np.diff(best) >= 0).all()
        if source is treebank and classes == 5:
            assert best.tolist() == [0, 1, 2, 3, 4]
