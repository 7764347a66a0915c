"""Publishing a version: it appears whole or not at all, and every user can read it."""

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
        with pytest.raises(InputError, match="another export is running"), publish.staging("speech", root=tmp_path):
            pass
        assert (first.path / "a").exists()
    assert first.version.name == "1" and (first.version / "a").exists()


@pytest.mark.parametrize("number", [0, -3])
def test_a_version_is_a_number_from_one(tmp_path, number):
    with pytest.raises(InputError, match="from 1"), publish.staging("speech", number, tmp_path / "models"):
        pass
    assert not (tmp_path / "models").exists()


def test_a_version_appears_by_one_rename(tmp_path):
    """The folder that was written is the one that is published: no moment shows a part of it."""
    with publish.staging("speech", root=tmp_path) as stage:
        (stage.path / "variables").mkdir()
        (stage.path / "variables" / "a").touch()
        written = [path.stat().st_ino for path in (stage.path, stage.path / "variables" / "a")]
    assert [path.stat().st_ino for path in (stage.version, stage.version / "variables" / "a")] == written


def test_every_user_can_read_a_version(tmp_path):
    """Also where the umask allows nothing to others, as TensorFlow Serving runs as another user."""
    before = os.umask(0o077)
    try:
        with publish.staging("speech", root=tmp_path / "models") as stage:
            (stage.path / "variables").mkdir()
            (stage.path / "variables" / "a").touch()
    finally:
        os.umask(before)
    root = tmp_path / "models"
    folders = [root, root / "speech", stage.version, stage.version / "variables"]
    assert [oct(path.stat().st_mode & 0o777) for path in folders] == ["0o755"] * 4
    files = [root / "models.config", stage.version / "variables" / "a"]
    assert [oct(path.stat().st_mode & 0o777) for path in files] == ["0o644"] * 2


def export_killed(tmp_path, patch):
    """Runs an export in a process that is killed in os.rename, before or after the rename itself."""
    code = f"""if True:
        import os, signal
        from suite.artefacts import publish
        rename, die = os.rename, lambda: os.kill(os.getpid(), signal.SIGKILL)
        os.rename = lambda *paths: {patch}
        with publish.staging("speech", root={str(tmp_path)!r}) as stage:
            (stage.path / "saved_model.pb").write_text("model")
            (stage.path / "labels.txt").write_text("labels")"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL


def test_killed_before_the_rename(tmp_path):
    """No version that a server would load; the next export removes what is left."""
    export_killed(tmp_path, "die()")
    assert not any(name.isdigit() for name in names(tmp_path)) and len(names(tmp_path)) > 0
    with publish.staging("speech", root=tmp_path) as stage:
        (stage.path / "saved_model.pb").touch()
    assert names(tmp_path) == ["1"]


def test_killed_after_the_rename(tmp_path):
    """The version is whole, and the next export that begins, of whatever task, writes models.config."""
    export_killed(tmp_path, "(rename(*paths), die())")
    assert sorted(path.name for path in (tmp_path / "speech" / "1").iterdir()) == ["labels.txt", "saved_model.pb"]
    assert not (tmp_path / "models.config").exists()
    with pytest.raises(RuntimeError), publish.staging("digits", root=tmp_path):
        raise RuntimeError
    assert configured(tmp_path) == {"speech": "/models/speech"}
    assert not (tmp_path / "digits").exists()


def configured(root):
    """The base path of each model in models.config."""
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2

    config = text_format.Parse((root / "models.config").read_text(), model_server_config_pb2.ModelServerConfig())
    return {model.name: model.base_path for model in config.model_config_list.config}


def test_models_config_names_every_task(tmp_path):
    (tmp_path / "digits" / "1").mkdir(parents=True)
    (tmp_path / "style").mkdir()  # nothing published
    with publish.staging("speech", root=tmp_path) as stage:
        (stage.path / "a").touch()
    assert configured(tmp_path) == {"digits": "/models/digits", "speech": "/models/speech"}
