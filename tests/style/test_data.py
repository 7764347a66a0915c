"""Photographs, paintings, and the squares that are cut out of photographs."""

from types import SimpleNamespace

import numpy as np
import pytest

from suite.config import TrainingConfig
from suite.data.pictures import centre_square, resized_longer, resized_shorter
from suite.errors import InputError
from suite.style import data, images
from suite.style.config import Config, DataConfig
from suite.style.train import batches
from tests.style import pictures

TRAINING = TrainingConfig(epochs=1, min_steps=6, batch=4)


def test_a_tenth_is_kept_apart_and_a_broken_file_is_named(tmp_path, capsys):
    folder, _ = pictures.folders(tmp_path, photographs=30)
    (tmp_path / "photographs" / "17.png").write_bytes(b"broken")
    config = DataConfig(path=folder)
    train, held_out = (data.photographs(config, split, 48) for split in ("train", "validation"))
    assert len(train) + len(held_out) == 29 and len(held_out) in (2, 3)
    assert not {p.tobytes() for p in train.raw} & {p.tobytes() for p in held_out.raw}
    assert "17.png: is not a picture" in capsys.readouterr().err
    assert all(min(p.shape[:2]) == 48 and p.dtype == np.uint8 for p in train.raw)


def test_scikit_learns_photographs_are_there_without_a_path():
    assert len(data.photographs(DataConfig(), "all", 64)) == 2


def test_styles_are_called_by_their_files(tmp_path):
    folder, _ = tmp_path / "a", pictures.save(pictures.painting(), tmp_path / "a" / "Starry Night.png")
    other = pictures.save(pictures.painting(1), tmp_path / "great-wave.jpg")
    styles = data.paintings([str(folder), str(other)], 64)
    assert list(styles) == ["great_wave", "starry_night"]
    assert styles["great_wave"].shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda home: data.paintings([], 64), "data.styles: not given: name a folder with paintings"),
        (lambda home: data.paintings([str(home / "a.png"), str(home / "b" / "A.png")], 64), "two are called a"),
        (lambda home: data.photographs(DataConfig(path=str(home / "b")), "train", 64), "has 1 pictures"),
        (lambda home: data.photographs(DataConfig(path=str(home / "c")), "train", 64), "no such folder"),
        (lambda home: DataConfig("folder"), "needs the path of a folder"),
        (lambda home: DataConfig("photographs", "x"), "takes no path"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(make, message, tmp_path):
    for place in (tmp_path / "a.png", tmp_path / "b" / "A.png"):
        pictures.save(pictures.painting(), place)
    with pytest.raises(InputError, match=message):
        make(tmp_path)


def test_a_batch_depends_on_its_number_alone(tmp_path):
    built = SimpleNamespace(labels=())  # as of a painter that keeps no other styles
    source = DataConfig(path=pictures.folders(tmp_path)[0], size=32)
    photographs = data.photographs(source, "train", 64, labels=("a", "b", "c"))
    config = Config(source, training=TRAINING)

    def drawn(first):
        return [(x["image"], x["styles"].numpy().argmax(1)) for (x,) in batches(photographs, built, config, first)]

    whole, rest = drawn(0), drawn(4)
    assert len(whole) == 6 and len(rest) == 2
    for (squares, chosen), (again, same) in zip(whole[4:], rest, strict=True):
        assert squares.shape == (4, 32, 32, 3) and np.array_equal(squares, again) and np.array_equal(chosen, same)
    assert np.bincount(np.concatenate([chosen for _, chosen in whole])).tolist() == [8, 8, 8]  # they take turns


def test_a_mixture_of_sizes_is_brought_to_one():
    picture = pictures.photograph(0, 90, 40)
    assert centre_square(picture, 20).shape == (20, 20, 3)
    assert resized_longer(picture, 45).shape == (45, 20, 3)
    assert resized_shorter(picture, 20).shape == (45, 20, 3)
    assert resized_shorter(picture, 80) is picture
    assert images.cover(picture, 30, 60).shape == (30, 60, 3)
