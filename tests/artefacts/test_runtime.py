"""Loaded artefacts of every form give the same probabilities."""

import subprocess
import sys

import numpy as np
import pytest

from suite.artefacts import metadata, published, runtime, tflite_metadata
from suite.errors import InputError


@pytest.fixture(scope="module")
def golden(speech):
    return np.load(speech.version / "golden.npz")


@pytest.mark.parametrize("which", ["run", "keras", "saved_model", "float32", "float16", "dynamic", "int8"])
def test_probabilities_of_every_artefact(speech, golden, which):
    places = {"run": speech.run, "keras": speech.run / "model.keras", "saved_model": speech.version}
    path = places.get(which, speech.version / "tflite" / f"speech_{which}.tflite")
    model = runtime.load(path)
    probabilities = model.predict(golden["waveform"])
    tolerance = {"float16": 0.01, "dynamic": 0.06, "int8": 0.06}.get(which, 1e-4)
    np.testing.assert_allclose(probabilities, golden["probabilities"], atol=tolerance)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=0.02)
    assert model.labels == ("yes", "no", "_unknown_", "_silence_")


def test_an_integer_file_takes_and_gives_real_numbers(speech, golden):
    model = runtime.load(speech.version / "tflite" / "speech_int8_mcu.tflite")
    assert model.about.input == "log_mel"
    np.testing.assert_allclose(model.predict(golden["log_mel"]), golden["probabilities"], atol=0.06)


def test_a_number_becomes_the_nearest_integer():
    """With the scale 0.1 and the zero point 3: rounded, not truncated, and clipped to the range."""
    tensor = {"dtype": np.int8, "quantization": (0.1, 3)}
    integers = runtime._quantised(np.float32([0.06, -0.06, 0.14, 100, -100]), tensor)
    assert integers.tolist() == [4, 2, 4, 127, -128] and integers.dtype == np.int8
    np.testing.assert_allclose(runtime._real(integers[:3], tensor), [0.1, -0.1, 0.1], atol=1e-6)


def test_no_batch_at_all(speech):
    assert runtime.load(speech.tflite).predict(np.zeros((0, 16000))).shape == (0, 4)


def test_another_shape_is_refused(speech):
    with pytest.raises(InputError, match=r"\(B, 16000\)"):
        runtime.load(speech.tflite).predict(np.zeros((1, 8000)))


def test_a_tflite_needs_no_tensorflow(speech):
    code = (
        "import sys, numpy; from suite.artefacts import runtime; "
        f"runtime.load({str(speech.tflite)!r}).predict(numpy.zeros((1, 16000))); "
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'tensorflow', 'keras', 'librosa'}))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_another_task_is_refused(speech, tmp_path):
    about = metadata.read(speech.tflite)
    other = metadata.Metadata("digits", about.labels, "waveform", about.settings)
    content = {"waveform": tflite_metadata.Audio(16000)}
    (tmp_path / "digits.tflite").write_bytes(tflite_metadata.pack(speech.tflite, other, content))
    with pytest.raises(InputError, match="of the task digits, not speech"):
        runtime.load(tmp_path / "digits.tflite", task="speech")


@pytest.mark.parametrize("content", [b"", b"no model", b"\x1c\0\0\0TFL3" + b"\0" * 50])
@pytest.mark.parametrize("name", ["model.tflite", "model.keras", "model.h5"])
def test_what_is_no_model_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        runtime.load(tmp_path / name)


def test_nothing_there(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        runtime.load(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no published model"):
        published.newest("nothing", root=tmp_path)
    with pytest.raises(InputError, match="not a model folder"):
        runtime.load(tmp_path)


def test_the_newest_version(tmp_path):
    for version in ("2", "10", "9"):
        file = tmp_path / "speech" / version / "tflite" / "speech_float32.tflite"
        file.parent.mkdir(parents=True)
        file.touch()
    assert published.newest("speech", root=tmp_path).parts[-3] == "10"
