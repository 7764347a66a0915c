"""The Keras model of a published version, rebuilt from its variables."""

import shutil

import numpy as np
import pytest

from suite import task as tasks
from suite.artefacts import rebuild, runtime
from suite.errors import InputError
from tests.interpret.inputs import ROOT

VERSIONS = sorted(path.parent for path in ROOT.glob("*/*/saved_model.pb"))


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.parent.name)
def test_a_rebuilt_model_gives_the_golden_outputs(version):
    model, about = rebuild.keras_model(version)
    with np.load(version / "golden.npz") as golden:
        inputs = [golden[tensor.name] for tensor in model.inputs]
        output = golden[about.output]
    given = tasks.get(about.task).problem.activate(model(inputs if len(inputs) > 1 else inputs[0]))
    np.testing.assert_allclose(given, output, atol=1e-6 if about.task != "style" else 0.5)


def test_a_run_gives_its_own_model(digits):
    model, about = rebuild.keras_model(digits.run)
    pictures = np.random.default_rng(0).uniform(0, 255, (3, 28, 28, 1)).astype(np.float32)
    given = tasks.get(about.task).problem.activate(model(pictures))
    np.testing.assert_allclose(given, runtime.load(digits.run).predict(pictures), atol=1e-6)


@pytest.mark.parametrize("task", ["digits", "speech", "sentiment", "style", "go"])
def test_a_version_that_is_exported_now_is_rebuilt(task, request):
    """Keras makes constants of a normalisation's variables: a SavedModel would not have them."""
    trained = request.getfixturevalue(task)
    (model, _), (rebuilt, _) = (rebuild.keras_model(path) for path in (trained.run, trained.version))
    for one, other in zip(model.weights, rebuilt.weights, strict=True):
        assert one.path == other.path
        np.testing.assert_array_equal(one, other)


def test_what_cannot_be_rebuilt_is_one_line(digits, tmp_path):
    with pytest.raises(InputError, match=r"no gradients; give .*/1$"):
        rebuild.keras_model(digits.tflite)
    shutil.copy(digits.tflite, tmp_path / "alone.tflite")
    with pytest.raises(InputError, match="no gradients; give its version's folder"):
        rebuild.keras_model(tmp_path / "alone.tflite")
    shutil.copytree(digits.version, tmp_path / "version")
    config = tmp_path / "version" / "config.yaml"
    config.write_text(config.read_text().replace("variant: tiny", "variant: large"))
    with pytest.raises(InputError, match="are not those of its config.yaml"):
        rebuild.keras_model(tmp_path / "version")
    config.unlink()
    with pytest.raises(InputError, match=r"without the config\.yaml"):
        rebuild.keras_model(tmp_path / "version")
