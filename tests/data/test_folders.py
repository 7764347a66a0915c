"""Folders of examples: what is taken, what is left out and told of, and what is refused."""

import os
import unicodedata

import pytest

from suite.data import folders
from suite.errors import InputError


def make(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def classes(root):
    return folders.class_folders(root, (".png",), "pictures", "PNG", ("_noise_",))


def test_files_of_other_endings_are_counted_and_told_of_once(tmp_path, capsys):
    make(
        tmp_path,
        "a/1.png",
        "a/2.PNG",
        "a/.3.png",
        "a/.git/4.png",
        "b/5.png",
        "b/6.HEIC",
        "b/c/7.HEIC",
        "b/8",
        "_noise_/9",
    )
    for _ in range(2):
        files, names = classes(tmp_path)
    assert [file.name for file in files] == ["1.png", "2.PNG", "5.png"] and names == ["a", "a", "b"]
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "left out by their endings: 2 .HEIC, 1 without an ending; used: 3" in told


@pytest.mark.parametrize("names", [("train", "test"), ("Training", "Validation", "test"), ("train", "val", "dev")])
def test_folders_that_are_splits_are_refused_with_the_path_to_give(tmp_path, names):
    make(tmp_path, *(f"{name}/{label}/{i}.png" for name in names for label in "ab" for i in range(3)))
    with pytest.raises(InputError, match=f"splits, not classes .*train with --data.path .*/{names[0]}, and score"):
        classes(tmp_path)
    assert set(classes(tmp_path / names[0])[1]) == {"a", "b"}


@pytest.mark.parametrize(
    "folders_", [("fold1", "fold2"), ("train", "test", "unlabeled"), ("train", "test", "__MACOSX")]
)
def test_other_parts_are_refused_too(tmp_path, folders_):
    make(tmp_path, *(f"{name}/{label}/1.png" for name in folders_ for label in ("cat", "dog")))
    with pytest.raises(InputError, match=f"not classes .*train with --data.path .*/{folders_[0]}, and score"):
        classes(tmp_path)


def test_folders_in_classes_are_no_parts(tmp_path):
    make(tmp_path, "yes/ann/1.png", "yes/2.png", "no/ann/1.png", "no/bob/2.png")
    assert set(classes(tmp_path)[1]) == {"yes", "no"}


def test_what_lies_beside_the_classes_or_hardly_differs_is_told_of(tmp_path, capsys):
    make(tmp_path, "cat/1.png", "Cat/2.png", "dog/3.png", "4.png", "5.txt")
    assert set(classes(tmp_path)[1]) == {"cat", "Cat", "dog"}
    told = capsys.readouterr().err
    assert "files that are in no folder of a class: 1, such as 4.png; left out" in told
    assert "Cat, cat, which hardly differ, are different classes" in told


def test_a_class_may_be_called_train(tmp_path):
    make(tmp_path, "train/1.png", "bus/1.png")
    assert classes(tmp_path)[1] == ["bus", "train"]


def test_names_of_classes_are_in_form_nfc_and_may_be_latin_1(tmp_path, capsys):
    make(tmp_path, unicodedata.normalize("NFD", "grün") + "/1.png")
    os.makedirs(os.fsencode(tmp_path) + b"/caf\xe9")
    with open(os.fsencode(tmp_path) + b"/caf\xe9/n\xe9.png", "w") as file:
        file.write("x")
    assert sorted(classes(tmp_path)[1]) == ["café", "grün"]
    assert "the name of a folder is not UTF-8; taken as café" in capsys.readouterr().err


def test_folders_among_the_inputs_of_predict(tmp_path):
    make(tmp_path, "in/b.png", "in/deep/a.png", "in/c.txt", "empty/c.txt", "d.xyz")
    files = folders.expanded([str(tmp_path / "d.xyz"), str(tmp_path / "in"), "-"], (".png",), "pictures")
    assert files == [str(tmp_path / "d.xyz"), str(tmp_path / "in/b.png"), str(tmp_path / "in/deep/a.png"), "-"]
    with pytest.raises(InputError, match="empty: no pictures in it"):
        folders.expanded([str(tmp_path / "empty")], (".png",), "pictures")


def test_a_listing_is_kept_until_a_folder_changes(tmp_path, monkeypatch):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "1.png").touch()
    for folder in (tmp_path, tmp_path / "a", inner):
        os.utime(folder, (1e9, 1e9))  # long ago: of a change in this very second a second one may follow
    walked, walk = [], os.walk
    monkeypatch.setattr(os, "walk", lambda folder: walked.append(folder) or walk(folder))
    assert [folders.files_below(tmp_path, {".png"}) for _ in range(3)] == [[inner / "1.png"]] * 3
    assert len(walked) == 1
    (inner / "2.png").touch()
    assert folders.files_below(tmp_path, {".png"}) == [inner / "1.png", inner / "2.png"]
    (inner / "1.png").unlink()
    assert folders.files_below(tmp_path, {".png"}) == [inner / "2.png"]


def test_files_are_in_the_order_of_sorted_paths(tmp_path):
    names = ["b/1.png", "b-c/1.png", "a.png", "b/c/1.png", "b/0.png", ".hidden.png", ".d/1.png", "b/.d/1.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    expected = [path for path in sorted(tmp_path.rglob("*.png")) if "/." not in str(path.relative_to(tmp_path.parent))]
    assert folders.files_below(tmp_path, {".png"}) == expected and len(expected) == 5
