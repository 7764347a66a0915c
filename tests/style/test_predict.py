"""`predict`: any picture in any form of a painter, where the paintings go, and what cannot be."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from suite.data.pictures import centre_square, resized, to_uint8
from suite.errors import InputError
from suite.pretrained import memory
from suite.style import artefact, images
from suite.style.predict import predict
from tests.style import pictures


@pytest.fixture
def photograph(tmp_path):
    path = tmp_path / "photograph.png"
    Image.fromarray(to_uint8(pictures.photograph(1))).resize((90, 60)).save(path)
    return path


def forms(style):
    return {
        "run": style.run,
        "saved_model": style.version,
        "float32": style.version / "tflite" / "style_64_float32.tflite",
        "int8": style.version / "tflite" / "style_64_int8.tflite",
    }


@pytest.mark.parametrize("form", ["run", "saved_model", "float32", "int8"])
@pytest.mark.parametrize("size", [(64, 64), (90, 60), (31, 57)])
def test_every_form_paints_any_size(style, form, size):
    model = artefact.load(forms(style)[form])
    picture = resized(pictures.photograph(1), size[1], size[0])
    weights = model.weights({"style_0": 1.0})
    painted = model.paint(picture, weights)
    assert painted.dtype == np.uint8 and max(painted.shape[:2]) == max(size) and painted.shape[2] == 3
    assert painted.shape[1] / painted.shape[0] == pytest.approx(size[0] / size[1], abs=0.05)
    assert np.abs(model.paint(picture, weights, strength=0.0) - picture).max() <= (8 if form == "int8" else 1.5)
    assert np.abs(painted - picture).mean() > 3


def test_the_forms_paint_alike(style):
    square = centre_square(pictures.photograph(1), 64)
    expected, *others = (artefact.load(path).paint(square, np.array([0.3, 0.7])) for path in forms(style).values())
    for other, mean in zip(others, (0.6, 0.6, 12), strict=True):
        assert np.abs(np.int16(other) - expected).mean() < mean


def test_a_mixture_lies_between_its_styles(style):
    model = artefact.load(style.run)
    square = centre_square(pictures.photograph(1), 64)
    first, second, mixture = (
        np.float32(model.paint(square, model.weights(m)))
        for m in ({"style_0": 1}, {"style_1": 2}, {"style_0": 1, "style_1": 1})
    )
    apart = np.abs(first - second).mean()
    assert apart > 1
    for weight in (1e-60, 1e308):
        assert artefact.load(style.run).weights({"style_0": weight, "style_1": weight}).tolist() == [
            0.5,
            0.5,
        ]
    assert max(np.abs(mixture - first).mean(), np.abs(mixture - second).mean()) < apart


def test_paintings_go_to_a_file_or_a_folder_and_say_how_they_were_made(style, photograph, tmp_path, capsys):
    model = str(style.version)
    (one,) = predict([str(photograph)], style="style_1", output=str(tmp_path / "out.jpg"), model=model)
    assert pictures.how_made(tmp_path / "out.jpg")["styles"] == {"style_1": 1.0}
    assert (one.width, one.height) == Image.open(tmp_path / "out.jpg").size == (90, 60)
    album = tmp_path / "album"
    album.mkdir()
    for name in ("a.png", "b.png"):
        photograph.rename(album / name) if name == "b.png" else (album / name).write_bytes(photograph.read_bytes())
    (album / ".hidden.png").write_text("a Mac's note")
    done = predict(
        [str(album)], styles="style_0=3,style_1=1", strength=0.5, output=str(tmp_path / "new"), model=model, size=48
    )
    assert [p.output for p in done] == [str(tmp_path / "new" / f"{n}_style_0_style_1.png") for n in "ab"]
    made = pictures.how_made(tmp_path / "new" / "a_style_0_style_1.png")
    assert made["styles"] == {"style_0": 0.75, "style_1": 0.25} and made["strength"] == 0.5
    assert done[0].width == 48 and "2 paintings" in capsys.readouterr().out


def test_the_newest_version_paints_without_tensorflow(style, photograph):
    code = (
        "import sys\nfrom suite.__main__ import main\n"
        f"main(['style', 'predict', {str(photograph)!r}, '--style', 'style_0', '--json', "
        f"'-o', {str(photograph.with_name('painted.png'))!r}])\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=style.home)
    assert result.returncode == 0, result.stderr
    (told,) = json.loads(result.stdout)
    assert (told["width"], told["height"]) == (90, 60)  # enlarged from 64 by style_64_float32.tflite
    assert images.read(photograph.with_name("painted.png")).shape == (60, 90, 3)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "name one of style_0, style_1"),
        ({"style": "cubism"}, "cubism: is not in .*; it has style_0, style_1"),
        ({"styles": "style_0=0,style_1=0"}, "not all 0"),
        ({"styles": "style_0=-1,style_1=2"}, "0 or more"),
        ({"styles": "style_0=much"}, "NAME=WEIGHT"),
        ({"style": "style_0", "styles": "style_1"}, "give one of them"),
        ({"style": "style_0", "strength": 1.5}, "strength: 1.5"),
        ({"style": "style_0", "size": 3}, "16 to 4096"),
        ({"style": "style_0", "size": 50000}, "16 to 4096"),
        ({"styles": "style_0=1,style_0=2"}, "each style once"),
        ({"styles": "style_0=1,"}, "each style once"),
        ({"style": "style_0", "output": "painted.txt"}, "painted.txt.*.png"),
        ({"hub": "folder"}, "go together"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(style, photograph, tmp_path, monkeypatch, options, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=told):
        predict([str(photograph)], model=None if "hub" in options else str(style.version), **options)
    assert [file.name for file in tmp_path.iterdir()] == ["photograph.png"]


def test_what_a_file_of_one_size_paints_is_enlarged(style):
    model, photograph = artefact.load(forms(style)["float32"]), resized(pictures.photograph(1), 128, 128)
    weights = model.weights({"style_0": 1.0})
    large, small = model.paint(photograph, weights, longest=128), model.paint(photograph, weights, longest=64)
    assert large.shape == (128, 128, 3) and small.shape == (64, 64, 3)
    again = resized(np.float32(large), 64, 64)
    assert np.abs(again - small).mean() < 0.3 * np.abs(resized(photograph, 64, 64) - small).mean()
    half = model.paint(photograph, weights, strength=0.5, longest=128)
    assert np.abs(half - (large / 2 + photograph / 2)).max() <= 1


def test_a_telephones_photograph_is_turned_and_painted_at_1024_pixels(style, tmp_path):
    """12 megapixels, on their side by EXIF."""
    upright = Image.Exif()
    upright[0x0112] = 6
    Image.fromarray(pictures.photograph(1, 3024, 4032)).save(tmp_path / "phone.jpg", exif=upright)
    (done,) = predict(
        [str(tmp_path / "phone.jpg")],
        style="style_0",
        output=str(tmp_path / "o.png"),
        model=str(forms(style)["float32"]),
    )
    assert (done.width, done.height) == (768, 1024) and done.seconds < 10


@pytest.mark.parametrize("form", ["saved_model", "float32"])
def test_pictures_that_cannot_be_painted_are_named_and_the_others_painted(style, photograph, tmp_path, capsys, form):
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    (tmp_path / "broken.png").write_text("no picture")
    files = [str(tmp_path / name) for name in ("dot.png", "broken.png", "photograph.png")]
    with pytest.raises(InputError, match="2 of 3 photographs cannot be used"):
        predict(files, style="style_0", output=str(tmp_path / "new"), model=str(forms(style)[form]))
    told = capsys.readouterr()
    assert (
        "dot.png: 1 by 1 pixels: at least 16 by 16 are needed" in told.err
        and "broken.png: is not a picture" in told.err
    )
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["photograph_style_0.png"]


def test_a_photograph_is_never_painted_over(style, photograph):
    with pytest.raises(InputError, match="is one of the files"):
        predict([str(photograph)], style="style_0", output=str(photograph), model=str(style.version))


def test_two_photographs_of_one_name_are_named(style, photograph, tmp_path):
    Image.open(photograph).save(tmp_path / "photograph.jpg")
    files = [str(photograph), str(tmp_path / "photograph.jpg")]
    with pytest.raises(InputError, match=r"photograph\.png and .*photograph\.jpg: both paintings would be"):
        predict(files, style="style_0", output=str(tmp_path / "new"), model=str(style.version))
    with pytest.raises(InputError, match=r"out\.png: is called like a picture; several paintings need a folder"):
        predict(files, style="style_0", output=str(tmp_path / "out.png"), model=str(style.version))


def test_too_little_memory_names_the_size_that_would_fit(style, photograph, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: artefact.memory_to_paint(60, 90) + 1)
    options = dict(style="style_0", output=str(tmp_path / "new.png"), model=str(style.version))
    predict([str(photograph)], **options)
    with pytest.raises(InputError, match=r"photograph\.png: 180x120 pixels need .* free; use --size 90"):
        predict([str(photograph)], size=180, **options)


@pytest.mark.parametrize("form", ["saved_model", "float32"])
def test_a_long_picture_is_painted_whole(style, tmp_path, form):
    Image.fromarray(pictures.photograph(1, 17, 400)).save(tmp_path / "long.png")
    model, size = str(forms(style)[form]), None if form == "float32" else 400
    photographs, output = [str(tmp_path / "long.png")], str(tmp_path / "o.png")
    (done,) = predict(photographs, style="style_0", output=output, size=size, model=model)
    assert (done.width, done.height) == (400, 17)


def test_a_folder_that_cannot_be_written_is_told_before_painting(style, photograph, tmp_path, monkeypatch):
    monkeypatch.setattr("suite.data.pictures.os.access", lambda *_: False)
    monkeypatch.setattr(artefact.Painter, "paint", lambda *_: pytest.fail("painted"))
    with pytest.raises(
        InputError,
        match="paintings/photograph_style_0.png: cannot be written there; choose a folder that you may write",
    ):
        predict([str(photograph)], style="style_0", output=str(tmp_path / "paintings") + "/", model=str(style.version))
