"""Training in bfloat16: the blocks alone, and only while training."""

from dataclasses import replace

import keras
import numpy as np

from suite.training import fit
from tests import toy


def trained(dtype):
    fit.set_seed(1)
    config = replace(toy.Config().training, epochs=4, dtype=dtype)
    examples = toy.load(None, "train")
    built = toy.build(None, examples)
    toy.TASK.problem.compile(built.trained, 4, config)
    if dtype == "bfloat16":
        fit.train_in_bfloat16(built.trained)
    batches = toy.batches(examples, built, replace(toy.Config(), training=config), 0)
    history = built.trained.fit(batches, epochs=4, steps_per_epoch=4, verbose=0, shuffle=False)
    return built.trained, history.history["loss"]


def test_the_blocks_train_in_bfloat16_and_the_model_stays_float32(monkeypatch):
    kinds = []
    call = keras.layers.Conv1D.call
    monkeypatch.setattr(
        keras.layers.Conv1D,
        "call",
        lambda layer, x: kinds.append(keras.backend.standardize_dtype(x.dtype)) or call(layer, x),
    )
    model, losses = trained("bfloat16")
    assert "bfloat16" in kinds and losses[-1] < losses[0]
    kinds.clear()
    outputs = model.predict(toy.load(None, "test").raw[..., None], verbose=0)
    assert set(kinds) == {"float32"} and outputs.dtype == np.float32
    assert {weight.dtype for weight in model.weights} - {"int64", "uint32"} == {"float32"}
    assert "bfloat16" not in model.to_json()


def test_both_learn_alike():
    (one, first), (other, second) = trained("float32"), trained("bfloat16")
    np.testing.assert_allclose(first, second, atol=0.1)
    assert not all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))
