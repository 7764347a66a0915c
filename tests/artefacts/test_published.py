"""The newest version of a task: in the working directory, otherwise the shipped one."""

import pytest

from suite.artefacts import published
from suite.errors import InputError

MODES = ("int8_mcu", "int8", "float16", "float32", "dynamic")


def publish(root, task, number, modes=MODES):
    folder = root / task / str(number) / "tflite"
    folder.mkdir(parents=True)
    for mode in modes:
        (folder / f"{task}_{mode}.tflite").write_bytes(b"")
    return folder


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    monkeypatch.setattr(published, "SHIPPED", (tmp_path / "clone", tmp_path / "wheel"))
    return tmp_path / "wheel"


def test_numbers_are_compared_as_numbers_and_float32_is_preferred(shipped, tmp_path):
    publish(tmp_path / "here", "digits", 9)
    newest = publish(tmp_path / "here", "digits", 10)
    assert published.newest("digits", root=tmp_path / "here") == newest / "digits_float32.tflite"
    assert published.newest("digits", len, tmp_path / "here") == newest / "digits_int8_mcu.tflite"


def test_a_version_without_the_preferred_file_gives_another(shipped, tmp_path):
    folder = publish(tmp_path / "here", "digits", 1, modes=("int8",))
    (tmp_path / "here" / "digits" / "2").mkdir()  # without files
    assert published.newest("digits", root=tmp_path / "here") == folder / "digits_int8.tflite"


def test_the_working_directory_comes_before_the_shipped_models(shipped, tmp_path):
    """Whatever the numbers: one's own first version wins."""
    others = publish(shipped, "digits", 7)
    assert published.newest("digits", root=tmp_path / "here") == others / "digits_float32.tflite"
    own = publish(tmp_path / "here", "digits", 1)
    assert published.newest("digits", root=tmp_path / "here") == own / "digits_float32.tflite"
    with pytest.raises(InputError, match=r"speech: no published model; .*suite\.speech train --export"):
        published.newest("speech", root=tmp_path / "here")
