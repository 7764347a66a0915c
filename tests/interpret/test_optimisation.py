"""The optimisation loop that `paint` and `suite.interpret` share."""

import numpy as np
import pytest
import tensorflow as tf

from suite.interpret.optimisation import differentiated, minimise


def distance(values, step):
    return {"total": tf.reduce_sum(tf.square(values - 3.0)), "first": values[0]}


@pytest.mark.parametrize("optimiser", ["adam", "lbfgs", "normalised"])
def test_the_loss_falls_within_the_limits(optimiser):
    start = np.float32([0.0, 1.0, 0.5])
    seen = []
    found = minimise(
        differentiated(distance, start.shape),
        start,
        40,
        optimiser=optimiser,
        learning_rate=0.1,
        limits=(0, 2),
        callback=seen.append,
    )
    assert all(state.values.min() >= 0 and state.values.max() <= 2 for state in seen)
    np.testing.assert_allclose(found.best.values, 2, atol=1e-3)  # the limit nearest to the minimum
    assert found.best.losses["total"] == pytest.approx(3, abs=0.01) and set(found.best.losses) == {"total", "first"}
    assert seen[-1] is found.last and [state.step for state in seen] == list(range(1, len(seen) + 1))


def test_the_number_of_the_step_reaches_the_loss():
    numbers = []

    def loss(values, step):
        tf.py_function(lambda n: numbers.append(int(n)), [step], [])
        return {"total": tf.reduce_sum(values)}

    minimise(differentiated(loss, (1,)), np.zeros(1, np.float32), 2, learning_rate=0.1, limits=(-1, 1), first=7)
    assert numbers == [7, 8, 9]


def test_an_interruption_keeps_what_there_is():
    def stop(state):
        if state.step == 3:
            raise KeyboardInterrupt

    start = np.zeros(3, np.float32)
    options = {"learning_rate": 0.1, "limits": (0, 9), "callback": stop}
    with pytest.raises(KeyboardInterrupt):
        minimise(differentiated(distance, (3,)), start, 50, **options)
    found = minimise(differentiated(distance, (3,)), start, 50, interruptible=True, **options)
    assert found.last.step == 3 and found.best.losses["total"] < 27
