"""A version appears whole or not at all."""

import os
import signal
import subprocess
import sys

import pytest

from suite.artefacts import publish
from suite.errors import InputError


def names(root):
    return sorted(path.name for path in (root / "speech").iterdir())


def test_versions_count_up(tmp_path):
    for number in (1, 2):
        with publish.staging("speech", root=tmp_path) as stage:
            assert names(tmp_path)[-1] != str(number)
            (stage.path / "saved_model.pb").touch()
        assert stage.version == tmp_path / "speech" / str(number)
    assert names(tmp_path) == ["1", "2"]


def test_a_failure_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), publish.staging("speech", root=tmp_path) as stage:
        (stage.path / "saved_model.pb").touch()
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_a_published_version_is_never_overwritten(tmp_path):
    with publish.staging("speech", 3, tmp_path) as stage:
        (stage.path / "labels.txt").write_text("first")
    with pytest.raises(InputError, match="is published already"), publish.staging("speech", 3, tmp_path):
        pass
    assert (tmp_path / "speech" / "3" / "labels.txt").read_text() == "first"


def test_one_export_at_a_time(tmp_path):
    with publish.staging("speech", root=tmp_path) as first:
        (first.path / "a").touch()
        with pytest.raises(InputError, match="another export is at work"), publish.staging("speech", root=tmp_path):
            pass
        assert (first.path / "a").exists()
    assert first.version.name == "1" and (first.version / "a").exists()


@pytest.mark.parametrize("number", [0, -3])
def test_a_version_is_a_number_from_one(tmp_path, number):
    with pytest.raises(InputError, match="from 1"), publish.staging("speech", number, tmp_path / "models"):
        pass
    assert not (tmp_path / "models").exists()


def test_killed_in_the_middle(tmp_path):
    """No version that a server would load; the next export removes what is left."""
    code = (
        "import time; from suite.artefacts import publish\n"
        f"with publish.staging('speech', root={str(tmp_path)!r}) as stage:\n"
        "    (stage.path / 'saved_model.pb').touch(); print('ready', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not any(name.isdigit() for name in names(tmp_path))
    with publish.staging("speech", root=tmp_path) as stage:
        (stage.path / "saved_model.pb").touch()
    assert names(tmp_path) == ["1"]


def test_models_config_names_every_task(tmp_path):
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2

    (tmp_path / "digits" / "1").mkdir(parents=True)
    (tmp_path / "style").mkdir()  # nothing published
    with publish.staging("speech", root=tmp_path) as stage:
        (stage.path / "a").touch()
    config = text_format.Parse((tmp_path / "models.config").read_text(), model_server_config_pb2.ModelServerConfig())
    assert [c.name for c in config.model_config_list.config] == ["digits", "speech"]
    assert config.model_config_list.config[1].base_path == "/models/speech"
