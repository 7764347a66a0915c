"""Folders of recordings, and what is wrong with some."""

import re
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from suite.config import checked
from suite.errors import InputError
from suite.speech import data, synthetic
from suite.speech.config import DataConfig
from suite.speech.corpora import find as recordings_of
from suite.speech.task import TASK
from suite.task import load_split
from tests.tools import about


def folder(path, **options):
    return DataConfig(path=str(path), **options)


def noise(path, seconds, name="hiss"):
    path.mkdir(exist_ok=True)
    soundfile.write(path / f"{name}.wav", np.random.default_rng(0).normal(0, 0.1, 16000 * seconds), 16000)


def test_every_folder_is_a_word(recordings):
    root = recordings(yes=30, no=30)
    train, held_out = data.load(folder(root), "train"), data.load(folder(root), "validation")
    assert train.labels == held_out.labels == ("no", "yes")
    assert set(train.targets) == set(held_out.targets) == {0, 1}
    assert train.raw.dtype == np.int16 and train.raw.shape == (len(train), 16000)
    assert len(load_split(TASK, folder(root), "all")) == 60


def test_several_folders_are_read_as_one(recordings, tmp_path, capsys):
    root = recordings(yes=12, no=12)
    other = tmp_path / "others, too"
    (other / "bed").mkdir(parents=True)
    for file in (root / "yes").iterdir():
        soundfile.write(other / "bed" / f"{file.stem}.ogg", *soundfile.read(file), format="OGG", subtype="OPUS")
    (other / "yes").mkdir()
    twice = next((root / "yes").iterdir())
    (other / "yes" / twice.name).write_bytes(twice.read_bytes())
    both = checked(DataConfig, {"path": [str(root), str(other)]}, "data")
    found = recordings_of(both)
    assert found.name == f"{root.name} and others, too"
    assert [item.label for item in found.items].count("yes") == 12 and found.labels == ["bed", "no", "yes"]
    assert "1 recordings are in several of the folders" in capsys.readouterr().err
    assert len(load_split(TASK, both, "all")) == 36
    assert checked(DataConfig, {"path": str(other)}, "data").paths == (str(other),)  # a comma in a folder's name
    assert checked(DataConfig, {"path": f"{root}, {tmp_path}"}, "data").paths == (str(root), str(tmp_path))
    with pytest.raises(InputError, match="the source fsdd takes one folder"):
        recordings_of(DataConfig(source="fsdd", path=("a", "b")))


def test_a_word_without_recordings_is_spoken(recordings, capsys):
    root = recordings(yes=20, no=20)
    config = folder(root, words=("yes", "no", "off"), synthetic=10, unknown=0)
    train, validation = data.load(config, "train"), data.load(config, "validation")
    assert train.labels == ("yes", "no", "off") and np.bincount(train.targets)[2] == 10
    assert {*validation.targets} == {0, 1}
    assert "no recordings of off: learned from synthetic speech alone" in capsys.readouterr().err
    for options in ({"synthetic": 0}, {"words": ("on", "off")}):
        with pytest.raises(InputError, match="no recordings of 'o"):
            data.load(replace(config, **options), "train")


def test_words_that_are_held_out_are_the_test_split(recordings):
    root = recordings(yes=20, no=20, bed=20, cat=20)
    config = folder(root, words=("yes", "no"), unknown=9.0, held_out=("cat",), synthetic=10)
    train, test = data.load(config, "train"), data.load(config, "test")
    assert train.labels == ("yes", "no", "_unknown_")
    assert len(test) == 20 and {*test.targets} == {2} and {*test.groups} == {"cat"}
    assert not train.groups and {*data.load(config, "validation").groups} == {"yes", "no", "bed"}
    assert all((item.label == "cat") == (item.split == "test") for item in recordings_of(config).items)
    for words, told in (
        (("dog",), "dog: is not there; there are bed, cat, no, yes"),
        (("yes",), "yes: is one of data.words"),
    ):
        with pytest.raises(InputError, match=told):
            data.load(folder(root, words=("yes", "no"), held_out=words), "train")


def test_held_out_words_stay_held_out_where_the_folder_is_named_again(recordings):
    root = recordings(yes=20, no=20, bed=20, cat=20)
    known = folder(root, words=("yes", "no"), held_out=("cat",))
    assert data.eval_data(known, {"path": str(root)}).held_out == ("cat",)
    assert data.eval_data(known, {"path": str(root.parent)}).held_out == ()
    with pytest.raises(InputError, match="the model was not trained without these;"):
        data.eval_data(known, {"held_out": ("bed",)})
    with pytest.raises(InputError, match="synthetic speech has none"):
        DataConfig(held_out=("bed",))


def test_further_words_of_a_folder_can_be_left_alone(recordings):
    config = folder(recordings(yes=20, no=20, bed=20), words=("yes", "no"), unknown=0)
    train = data.load(config, "train")
    assert train.labels == ("yes", "no")
    assert {*data.load(config, "validation", about("speech", train.labels)).targets} == {0, 1}


def test_folds_of_words(recordings):
    root = recordings(yes=20, no=20, **dict.fromkeys(("bed", "cat", "dog", "tree", "wow", "bird", "house"), 20))
    config = folder(root, words=("yes", "no"))
    with pytest.raises(InputError, match="0 other words that have 200 recordings; 6 are needed"):
        data.folds(config, "words")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "FOLD_CLIPS", 20)
        folds = data.folds(config, "words")
    held = [word for changes in folds.values() for word in changes["data.held_out"]]
    assert sorted(len(changes["data.held_out"]) for changes in folds.values()) == [3, 4]
    assert sorted(held) == sorted(["bed", "cat", "dog", "tree", "wow", "bird", "house"])
    with pytest.raises(InputError, match="expected speakers"):
        data.folds(config, "speakers")


def test_the_other_folders_are_unknown(recordings):
    root = recordings(yes=20, no=20, bed=20, cat=20)
    clips = data.load(folder(root, words=("yes", "no"), unknown=1.0), "train")
    assert clips.labels == ("yes", "no", "_unknown_")
    counts = np.bincount(clips.targets)
    assert counts[2] == round((counts[0] + counts[1]) / 2)  # as many as of one word
    again = data.load(folder(root, words=("yes", "no"), unknown=1.0), "train")
    np.testing.assert_array_equal(clips.raw, again.raw)


def test_words_that_are_left_out(recordings):
    root = recordings(yes=20, no=20, bed=20, cat=20)
    clips = data.load(folder(root, words=("yes", "no"), leave_out=("bed", "cat")), "train")
    assert clips.labels == ("yes", "no")
    spoken = synthetic._others(("yes", "no", "bed"), "en")
    assert "cat" in spoken and not {"yes", "no", "bed"} & set(spoken)


def test_synthetic_clips_beside_the_recordings(recordings):
    root = recordings(yes=20, no=20, bed=6)
    options = {"words": ("yes", "no"), "unknown": 3.0}
    plain = data.load(folder(root, **options), "train")
    mixed = data.load(folder(root, **options, synthetic=10), "train")
    assert (np.bincount(mixed.targets) - np.bincount(plain.targets)).tolist() == [10, 10, 30]
    np.testing.assert_array_equal(mixed.raw[: len(plain)], plain.raw)
    for split in ("validation", "test"):  # only training hears them
        if split in data.splits(folder(root, **options)):
            assert len(load_split(TASK, folder(root, **options, synthetic=10), split)) == len(
                load_split(TASK, folder(root, **options), split)
            )


def test_background_noise_becomes_silence(recordings):
    root = recordings(yes=20, no=20)
    noise(root / "_background_noise_", 30)
    clips = data.load(folder(root, silence=1.0), "train")
    assert clips.labels == ("no", "yes", "_silence_")
    assert np.bincount(clips.targets)[2] == round(np.bincount(clips.targets)[:2].mean())
    assert data.noises(folder(root)).shape == (2 * data.NOISES, 16000)  # made and recorded


def test_background_noise_that_is_held_out_is_the_test_split(recordings, monkeypatch):
    root = recordings(yes=20, no=20, bed=20)
    for name in "abcd":
        noise(root / "_background_noise_", 30, name)
    assert data.folds(folder(root), "background") == {
        "a_c": {"data.held_out": ("a", "c")},
        "b_d": {"data.held_out": ("b", "d")},
    }
    read = []
    monkeypatch.setattr(data, "_readable", lambda file: read.append(file.stem) or np.zeros(480_000, np.float32))
    config = folder(root, words=("yes", "no"), held_out=("a", "bed"))
    known = about("speech", data.load(config, "train").labels)
    read.clear()
    data.load(config, "validation", known)
    data.noises(config)
    assert {*read} == {"b", "c", "d"} and "test" in data.splits(folder(root, words=("yes", "no"), held_out=("a",)))
    read.clear()
    groups = list(data.load(config, "test", known).groups)
    assert read == ["a"] and groups == ["bed"] * 20 + ["_silence_"] * data.ALONE
    assert len(data.load(config, "test", known, limit=10)) == 20  # ten of either
    spoken = []
    monkeypatch.setattr(data, "_load_synthetic", lambda only, *rest, **options: spoken.append(only))
    with pytest.raises(AttributeError):
        data.load(replace(config, synthetic=10), "train")
    assert spoken[0].held_out == ("bed",)
    for changes in ({"silence": 0.0}, {"held_out": tuple("abcd")}):
        with pytest.raises(InputError, match="data.held_out: a: scores _silence_"):
            data.load(replace(config, **changes), "train")
    read.clear()
    data.noises(replace(config, held_out=(), leave_out=("a",)))
    assert read == ["b", "c", "d"]
    (root / "_background_noise_" / "d.wav").unlink()
    with pytest.raises(InputError, match="3 background recordings; 4 are needed"):
        data.folds(folder(root), "background")


def test_silence_has_every_level(recordings):
    """A spotter that never heard loud steady noise calls it a word."""
    root = recordings(yes=20, no=20)
    noise(root / "_background_noise_", 30)
    for split in ("train", "validation"):
        clips = data.load(folder(root, silence=10.0), split)
        silent = np.asarray(clips.raw)[np.asarray(clips.targets) == 2].astype(float)
        levels = 10 * np.log10(np.maximum(np.square(silent / 32767).mean(axis=1), 1e-9))
        assert levels.min() < -70 and levels.max() > -10 and 0.2 < (levels > -30).mean() < 0.5


def test_background_noise_that_is_too_short_is_made_up_for(recordings, capsys):
    """The tenth that is for validation would be half a second: no _silence_ then, and made noise to mix in."""
    root = recordings(yes=20, no=20)
    noise(root / "_background_noise_", 5)
    assert data.load(folder(root), "train").labels == ("no", "yes")
    assert len(data.noises(folder(root), "validation")) == data.NOISES
    assert "1 background recordings are not used: together 5.0 seconds, where 10 are needed" in capsys.readouterr().err


def test_short_background_recordings_count_together_in_subfolders_too(recordings, capsys):
    root = recordings(yes=20, no=20)
    (root / "_background_noise_").mkdir()
    for room in ("kitchen", "street", "office"):
        noise(root / "_background_noise_" / room, 5)
    assert data.load(folder(root), "train").labels == ("no", "yes", "_silence_")
    assert "not used" not in capsys.readouterr().err


def test_background_noise_that_cannot_be_read_is_skipped(recordings, capsys):
    root = recordings(yes=20, no=20)
    noise(root / "_background_noise_", 30)
    (root / "_background_noise_" / "broken.wav").write_text("no sound")
    assert data.load(folder(root), "train").labels == ("no", "yes", "_silence_")
    assert "skipped" in capsys.readouterr().err


def test_speakers_are_kept_apart(recordings):
    root = recordings(yes=0, no=0)
    tone = np.sin(np.arange(16000) / 10)
    for word in ("yes", "no"):
        for i in range(80):
            soundfile.write(root / word / f"{i // 4:08x}_nohash_{i % 4}.wav", tone, 16000)
    speakers = {
        split: {r.path.name[:8] for r in recordings_of(folder(root)).items if r.split == split}
        for split in ("train", "validation", "test")
    }
    assert all(speakers.values())
    assert not speakers["train"] & speakers["validation"] and not speakers["train"] & speakers["test"]


def test_a_models_labels_decide_what_is_scored(recordings):
    root = recordings(yes=10, cat=10)
    clips = load_split(TASK, folder(root), "all", about("speech", ("no", "yes", "_unknown_")))
    assert set(clips.targets) == {1, 2}
    with pytest.raises(InputError, match="the model knows no 'cat'"):
        load_split(TASK, folder(root), "all", about("speech", ("no", "yes")))


def test_a_bad_file_of_many_is_named_counted_and_skipped(recordings, capsys):
    root = recordings(yes=40, no=40)
    (root / "yes" / "broken.wav").write_text("no sound")
    soundfile.write(root / "no" / "hour.wav", np.zeros(16000 * 3600, np.int16), 16000)
    clips = load_split(TASK, folder(root), "all")
    assert len(clips) == 80
    told = capsys.readouterr().err
    assert "broken.wav: cannot be read" in told and "hour.wav: lasts 60.0 minutes" in told
    assert re.search(r"skipped [12] of \d+ recordings", told)


def test_a_word_whose_recordings_are_all_damaged_is_refused(recordings):
    root = recordings(yes=60, no=60, stop=3)
    for file in (root / "stop").iterdir():
        file.write_text("no sound")
    with pytest.raises(InputError, match="no recording of 'stop' to train on can be read"):
        data.load(folder(root), "train")


def test_recordings_longer_than_a_second_are_counted(recordings, capsys):
    root = recordings(yes=20, no=20)
    for i in range(10):
        soundfile.write(root / "yes" / f"long{i}.wav", 0.3 * np.sin(np.arange(16000 * 2) / 10), 16000)
    load_split(TASK, folder(root), "all")
    told = re.findall(r"(\d+) of \d+ recordings last longer than a second", capsys.readouterr().out)
    assert sum(map(int, told)) == 10


def test_a_word_to_leave_out_must_be_there(recordings):
    with pytest.raises(InputError, match="data.leave_out: bird: is not there; there are no, yes"):
        data.load(folder(recordings(yes=20, no=20), leave_out=("bird",)), "train")


def test_too_many_bad_files_stop(recordings):
    root = recordings(yes=10, no=10)
    for file in (root / "yes").iterdir():
        file.write_text("no sound")
    with pytest.raises(InputError, match="cannot be used"):
        data.load(folder(root), "train")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda root: root.parent / "nowhere", "no such folder"),
        (lambda root: (root / "empty").mkdir() or root, "empty: no recordings"),
        (lambda root: root / "yes", "no recordings|no such folder"),
    ],
)
def test_a_folder_without_recordings(recordings, make, told):
    with pytest.raises(InputError, match=told):
        data.load(folder(make(recordings(yes=5, no=5))), "train")


def test_one_class_only(recordings):
    with pytest.raises(InputError, match="only one class"):
        data.load(folder(recordings(yes=5)), "train")


def test_one_recording_of_a_word(recordings):
    with pytest.raises(InputError, match="one recording of 'no'"):
        data.load(folder(recordings(yes=5, no=1)), "train")


def test_a_word_that_has_no_folder(recordings):
    with pytest.raises(InputError, match="no recordings of 'maybe'; there are no, yes"):
        data.load(folder(recordings(yes=5, no=5), words=("yes", "maybe")), "train")


def test_a_split_that_is_not_there(recordings):
    root = recordings(yes=2, no=2)
    assert "test" not in data.splits(folder(root))
    with pytest.raises(InputError, match="has no test split"):
        load_split(TASK, folder(root), "test")


def test_synthetic_speech_is_made_anew_when_the_code_or_a_setting_changes(monkeypatch):
    key = data._key("synthetic", "yes", 1)
    assert key == data._key("synthetic", "yes", 1) != data._key("synthetic", "yes", 2)
    source = data.inspect.getsource
    monkeypatch.setattr(data.inspect, "getsource", lambda module: source(module) + "# changed")
    assert data._key("synthetic", "yes", 1) != key


def test_synthetic_speech_has_labels_and_splits():
    config = DataConfig(words=("yes", "no"), per_word=10, unknown=1.0)
    clips = data.load(config, "validation")
    assert clips.labels == ("yes", "no", "_unknown_", "_silence_")
    assert np.bincount(clips.targets).tolist() == [2, 2, 2, 2]
