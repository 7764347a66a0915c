"""Sources of recordings and their official splits."""

import tarfile

import numpy as np
import pytest
import soundfile

from suite.errors import InputError
from suite.speech import corpora, data
from suite.speech.config import DataConfig
from suite.speech.task import TASK
from suite.task import load_split

TONE = 0.3 * np.sin(np.arange(16000) / 10)


@pytest.fixture
def speech_commands(tmp_path):
    """A small Speech Commands: 40 speakers, three words each."""
    root = tmp_path / "speech_commands_v0.02"
    for word in ("yes", "no", "bed"):
        (root / word).mkdir(parents=True)
        for speaker in range(40):
            soundfile.write(root / word / f"{speaker:08x}_nohash_0.wav", TONE, 16000)
    (root / "_background_noise_").mkdir()
    soundfile.write(
        root / "_background_noise_" / "white.wav", np.random.default_rng(0).normal(0, 0.1, 16000 * 30), 16000
    )
    (root / "README.md").write_text("not a sound")
    (root / "yes" / "._00000001_nohash_0.wav").write_text("a Mac's note, not a sound")
    return root


@pytest.fixture
def fsdd(tmp_path):
    root = tmp_path / "fsdd" / "recordings"
    root.mkdir(parents=True)
    for digit in range(3):
        for speaker in ("george", "lucas"):
            for index in range(12):
                soundfile.write(root / f"{digit}_{speaker}_{index}.wav", TONE[:4000], 8000)
    return root.parent


def test_speech_commands_is_split_by_speaker(speech_commands):
    config = DataConfig(source="speech_commands", path=str(speech_commands), words=("yes", "no"))
    clips = data.load(config, "train")
    assert clips.labels == ("yes", "no", "_unknown_", "_silence_")
    found = corpora.find(config)
    by_speaker = {}
    for item in found.items:
        by_speaker.setdefault(item.path.name, set()).add(item.split)
    assert all(len(chosen) == 1 for chosen in by_speaker.values())
    assert {item.split for item in found.items} == {"train", "validation", "test"}


def test_the_archive_is_unpacked_once_and_is_the_same(speech_commands, tmp_path, capsys):
    archive = tmp_path / "speech_commands_v0.02.tar.gz"
    with tarfile.open(archive, "w:gz") as file:
        file.add(speech_commands, arcname=".")
    folder = load_split(
        TASK, DataConfig(source="speech_commands", path=str(speech_commands), words=("yes", "no")), "all"
    )
    config = DataConfig(source="speech_commands", path=str(archive), words=("yes", "no"))
    np.testing.assert_array_equal(load_split(TASK, config, "all").targets, folder.targets)
    load_split(TASK, config, "all")
    assert capsys.readouterr().out.count("unpacking") == 1


def test_the_archive_is_fetched_where_no_path_is_given(speech_commands, monkeypatch):
    fetched = []
    monkeypatch.setattr(corpora, "fetch", lambda asset: fetched.append(asset) or speech_commands)
    assert len(data.load(DataConfig(source="speech_commands", words=("yes", "no")), "train"))
    assert {asset.name for asset in fetched} == {"speech_commands_v0.02.tar.gz"}


def test_the_ten_words_are_the_default(speech_commands):
    with pytest.raises(InputError, match="no recordings of 'up'"):
        data.load(DataConfig(source="speech_commands", path=str(speech_commands)), "train")


def test_other_names_are_no_speech_commands(request):
    with pytest.raises(InputError, match="not named as in Speech Commands; use --data.source folder"):
        data.load(
            DataConfig(source="speech_commands", path=str(request.getfixturevalue("recordings")(yes=3, no=3))), "train"
        )


def test_fsdd_is_split_by_index(fsdd):
    config = DataConfig(source="fsdd", path=str(fsdd))
    counts = {split: len(load_split(TASK, config, split)) for split in ("train", "validation", "test")}
    assert counts == {"train": 3 * 2 * 2, "validation": 3 * 2 * 5, "test": 3 * 2 * 5}
    assert data.load(config, "test").labels == ("0", "1", "2")


def test_fsdd_without_its_test_part_works_until_that_is_asked_for(fsdd):
    for file in (fsdd / "recordings").iterdir():
        if int(file.stem.rpartition("_")[2]) < 5:
            file.unlink()
    config = DataConfig(source="fsdd", path=str(fsdd))
    assert len(data.load(config, "train")) and "test" not in data.splits(config)
    with pytest.raises(InputError, match="has no test split"):
        load_split(TASK, config, "test")


def test_fsdd_with_a_speaker_held_out(fsdd):
    config = DataConfig(source="fsdd", path=str(fsdd), held_out=("lucas",))
    for item in corpora.find(config).items:
        assert (item.split == "test") == ("lucas" in item.path.name)
    assert corpora.fsdd_speakers(config) == ["george", "lucas"]
    with pytest.raises(InputError, match="no such speaker; there are george, lucas"):
        data.load(DataConfig(source="fsdd", path=str(fsdd), held_out=("nobody",)), "train")


def test_another_folder_is_no_fsdd(request, tmp_path):
    with pytest.raises(InputError, match="whose files are named 3_jackson_12.wav"):
        data.load(
            DataConfig(source="fsdd", path=str(request.getfixturevalue("recordings")(yes=3, no=3) / "yes")), "train"
        )
    with pytest.raises(InputError, match="no such folder"):
        data.load(DataConfig(source="fsdd", path=str(tmp_path / "nowhere")), "train")
