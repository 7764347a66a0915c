"""Sources of pictures: scikit-learn's scans, MNIST's files, folders."""

import gzip
import struct

import numpy as np
import pytest
from PIL import Image

from suite.digits import data
from suite.digits.config import DataConfig
from suite.digits.task import TASK
from suite.errors import InputError
from suite.task import load_split
from tests.tools import about


@pytest.fixture
def mnist(tmp_path):
    """`mnist(train=40, t10k=20)` writes IDX pairs of so many pictures, the test part gzipped."""

    def make(**counts: int):
        for part, count in counts.items():
            pixels = np.random.default_rng(count).integers(0, 256, (count, 28, 28), np.uint8)
            labels = (np.arange(count) % 10).astype(np.uint8)
            write_idx(tmp_path / f"{part}-images-idx3-ubyte", pixels, zipped=part == "t10k")
            write_idx(tmp_path / f"{part}-labels-idx1-ubyte", labels, zipped=part == "t10k")
        return tmp_path

    return make


def write_idx(path, array, zipped=False):
    content = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    if zipped:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(content))
    else:
        path.write_bytes(content)


@pytest.fixture
def pictures(tmp_path):
    """`pictures("RGB", cat=4, dog=4)` writes a folder for each class with pictures of many sizes."""

    def make(mode: str, **counts: int):
        for number, (name, count) in enumerate(counts.items()):
            (tmp_path / name).mkdir()
            for i in range(count):
                rng = np.random.default_rng([number, i])
                shape = (20 + 7 * i, 30 + number) + ((3,) if mode == "RGB" else ())
                Image.fromarray(rng.integers(0, 256, shape, np.uint8), mode).save(tmp_path / name / f"{i}.png")
        return tmp_path

    return make


def test_the_scans_are_split_and_stand_as_mnists_do():
    splits = {name: data.load(DataConfig(), name) for name in ("train", "validation", "test")}
    assert sum(map(len, splits.values())) == 1797
    for images in splits.values():
        assert images.raw.shape[1:] == (28, 28, 1) and set(images.targets) == set(range(10))
        assert images.raw.max(axis=(1, 2, 3)).min() > 200  # ink is light
        border = np.concatenate([images.raw[:, :2].reshape(-1), images.raw[:, -2:].reshape(-1)])
        assert np.mean(border > 0) < 0.05
    assert len(load_split(TASK, DataConfig(), "all")) == 1797
    again, other = data.load(DataConfig(), "test"), data.load(DataConfig(seed=1), "test")
    assert np.array_equal(again.raw, splits["test"].raw)
    assert not np.array_equal(other.targets, splits["test"].targets)


def test_both_pairs_of_mnist(mnist):
    config = DataConfig(source="mnist", path=str(mnist(train=240, t10k=20)))
    train, validation, test = (data.load(config, name) for name in ("train", "validation", "test"))
    assert (len(train), len(validation), len(test)) == (220, 20, 20)
    assert np.bincount(validation.targets).tolist() == [2] * 10
    assert "official" in test.description


def test_one_pair_works_until_the_other_is_asked_for(mnist):
    folder = mnist(train=40)
    config = DataConfig(source="mnist", path=str(folder))
    assert len(load_split(TASK, config, "all")) == 40 and "test" not in data.splits(config)
    with pytest.raises(InputError, match=r"no test split"):
        load_split(TASK, config, "test")


def test_the_test_pair_alone(mnist):
    config = DataConfig(source="mnist", path=str(mnist(t10k=20)))
    assert len(data.load(config, "test")) == 20
    with pytest.raises(InputError, match="no train split"):
        load_split(TASK, config, "train")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:500]), "images.*should hold .* copy or fetch it again"),
        (lambda p: p.write_bytes(p.read_bytes() + b"1"), "images.*holds more"),
        (lambda p: p.write_bytes(b"what?"), "images.*not an IDX file"),
        (
            lambda p: p.write_bytes(bytes((0, 0, 8, 3)) + struct.pack(">3I", 2**31, 28, 28)),
            "images.*says that it holds",
        ),
        (lambda p: write_idx(p, np.zeros((7, 28, 28), np.uint8)), "40 labels for 7 pictures"),
        (lambda p: write_idx(p, np.zeros((40, 20, 20), np.uint8)), "pictures of 20x20"),
        (lambda p: p.unlink(), "labels.*other file of its pair is missing"),
    ],
)
def test_damaged_mnist(mnist, spoil, told):
    folder = mnist(train=40)
    spoil(folder / "train-images-idx3-ubyte")
    with pytest.raises(InputError, match=told):
        data.load(DataConfig(source="mnist", path=str(folder)), "train")


def test_a_cut_off_gzip(mnist):
    file = mnist(t10k=20) / "t10k-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(InputError, match="t10k-images.*cut off"):
        data.load(DataConfig(source="mnist", path=str(file.parent)), "test")


def test_a_gzipped_file_needs_no_ending(mnist):
    folder = mnist(t10k=20)
    expected = data.load(DataConfig(source="mnist", path=str(folder)), "test")
    for file in folder.glob("t10k-*.gz"):
        file.rename(file.with_suffix(""))
    assert np.array_equal(data.load(DataConfig(source="mnist", path=str(folder)), "test").raw, expected.raw)


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3)])
def test_a_folder_of_grey_or_colour_pictures_of_any_size(pictures, mode, channels):
    config = DataConfig(path=str(pictures(mode, cat=10, dog=10)))
    images = data.load(config, "train")
    assert images.labels == ("cat", "dog") and images.raw.shape == (16, 28, 28, channels)
    assert np.bincount(images.targets).tolist() == [8, 8]
    assert [len(data.load(config, name)) for name in ("validation", "test")] == [2, 2]


def test_a_bad_picture_is_named_and_skipped_and_too_many_are_refused(pictures, capsys):
    folder = pictures("L", cat=15, dog=15)
    config = DataConfig(path=str(folder), channels=1)
    (folder / "cat" / "3.png").write_bytes(b"no picture")
    assert sum(len(data.load(config, name)) for name in ("train", "validation", "test")) == 29
    assert "3.png" in capsys.readouterr().err
    for file in (folder / "dog").iterdir():
        file.write_bytes(b"no picture")
    with pytest.raises(InputError, match="cannot be used"):
        data.load(config, "train")


def test_folders_that_cannot_be_learned_from(pictures, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        data.load(DataConfig(path=str(tmp_path / "absent")), "train")
    folder = pictures("L", cat=3, dog=1)
    with pytest.raises(InputError, match=r"dog: only one of the pictures; two are needed"):
        data.load(DataConfig(path=str(folder)), "train")


def test_a_class_that_the_model_does_not_know(pictures):
    known = about("digits", ("cat", "bird"), channels=1, prepare="picture")
    with pytest.raises(InputError, match="knows no label 'dog'"):
        data.load(DataConfig(path=str(pictures("L", cat=4, dog=4))), "train", known)
