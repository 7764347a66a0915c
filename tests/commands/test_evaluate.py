"""The split that `eval` scores by default."""

from dataclasses import replace

import pytest

from suite import task as tasks
from suite.artefacts.runtime import check_found
from suite.commands.evaluate import _default_split
from suite.config import to_yaml
from suite.digits.config import Config, DataConfig
from suite.errors import InputError

ALL = ("train", "validation", "test")


@pytest.fixture
def split(tmp_path):
    """The default split of a run that was trained on a folder, for other given data."""

    def chosen(trained_on, given, available=ALL, source=None):
        data = DataConfig(path=str(trained_on) if trained_on else None)
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / "config.yaml").write_text(to_yaml(replace(Config(), data=data)))
        changes = {"path": str(given)} if given else {}
        scored = replace(Config(), data=replace(data, source=source, **changes))
        return _default_split(tasks.get("digits"), tmp_path / "run", scored, changes, available)

    return chosen


def test_the_trainings_own_data(split, tmp_path):
    (tmp_path / "pictures").mkdir()
    assert split(tmp_path / "pictures", None) == "test"
    assert split(tmp_path / "pictures", tmp_path / "pictures") == "test"
    assert split(tmp_path / "pictures", None, available=ALL[:2]) == "validation"


def test_other_data_are_scored_whole(split, tmp_path):
    for name in ("train/digits", "test/digits"):
        (tmp_path / name).mkdir(parents=True)
    assert split(tmp_path / "train/digits", tmp_path / "test/digits") == "all"
    assert split(None, tmp_path / "test/digits") == "all"


def test_the_trainings_data_that_were_moved(split, tmp_path, capsys):
    assert split(tmp_path / "old" / "pictures", tmp_path / "new" / "pictures") == "test"
    assert "taken for the training's data, moved: its test split is scored" in capsys.readouterr().out
    assert split(tmp_path / "old" / "pictures", tmp_path / "new" / "others") == "all"


def test_splits_that_a_publisher_made(split, tmp_path):
    assert split(None, tmp_path / "mnist", source="mnist") == "test"


def test_data_that_are_not_there_name_the_option(tmp_path):
    with pytest.raises(InputError, match=r"data.path: .*gone: not found; name the data by --data.path PLACE"):
        check_found(DataConfig(path=str(tmp_path / "gone")))
    with pytest.raises(InputError, match=r"name the data by --data.source folder --data.path PLACE"):
        check_found(DataConfig(source="folder", path=str(tmp_path / "gone")))
    check_found(DataConfig())
