"""Picture files of every kind, and their sizes."""

import io
import os
import struct
import sys
import threading
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from suite.data import pictures
from suite.errors import InputError


def ramp():
    """Darker to the left and to the top, so that a turn shows: (40, 60)."""
    return np.add.outer(np.arange(40) * 2, np.arange(60) * 2).astype(np.uint8)


@pytest.mark.parametrize("kind", ["png", "jpg", "jfif", "bmp", "gif", "webp", "avif", "tif", "ppm"])
@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_any_format_is_the_same_picture(tmp_path, kind, mode):
    image = Image.fromarray(ramp()).convert(mode)
    image.convert("RGB" if kind in ("jpg", "jfif", "webp", "avif", "ppm") else mode).save(tmp_path / f"a.{kind}")
    grey = pictures.read(tmp_path / f"a.{kind}")
    assert grey.dtype == np.float32
    np.testing.assert_allclose(grey, ramp(), atol=12)  # JPEG


@pytest.mark.parametrize(("mode", "top"), [("1", 255), ("CMYK", 255), ("I", 65535), ("F", 1), ("F", 255)])
def test_any_mode_is_the_same_range(tmp_path, mode, top):
    levels = np.where(ramp() > 90, top, 0)
    image = Image.fromarray(levels.astype({"I": np.int32, "F": np.float32}.get(mode, np.uint8)))
    image.convert(mode).save(tmp_path / "a.tif")
    np.testing.assert_allclose(pictures.read(tmp_path / "a.tif"), np.where(ramp() > 90, 255, 0), atol=1)


def test_sixteen_bits_are_scaled_not_clipped(tmp_path):
    Image.fromarray(ramp().astype(np.uint16) * 257).save(tmp_path / "a.png")
    np.testing.assert_allclose(pictures.read(tmp_path / "a.png"), ramp(), atol=0.01)
    assert pictures.read(tmp_path / "a.png", channels=3).shape == (40, 60, 3)


def test_colour_is_kept_if_asked_for(tmp_path):
    Image.new("RGB", (5, 4), (200, 100, 0)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(pictures.read(tmp_path / "a.png", channels=3)[2, 2], [200, 100, 0])
    assert pictures.read(tmp_path / "a.png")[2, 2] == pytest.approx(0.299 * 200 + 0.587 * 100, abs=1)


def test_a_phone_picture_is_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter clockwise to be upright
    Image.fromarray(ramp()).save(tmp_path / "a.jpg", exif=exif, quality=95)
    np.testing.assert_allclose(pictures.read(tmp_path / "a.jpg"), np.rot90(ramp(), -1), atol=6)


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_transparent_ground_contrasts_with_the_ink(tmp_path, ink, mode):
    levels = np.full((30, 30, 4), ink, np.uint8)
    levels[..., 3] = 0
    levels[5:25, 14:17, 3] = 255
    image = Image.fromarray(levels)
    (image.quantize(4) if mode == "P" else image.convert(mode)).save(tmp_path / "a.png")
    picture = pictures.read(tmp_path / "a.png")
    assert abs(picture[10, 15] - ink) < 5 and abs(picture[0, 0] - (255 - ink)) < 5


def test_a_colour_profile_is_converted(tmp_path):
    """A profile whose red and blue are exchanged: what is stored as red looks blue."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    profile = profile.replace("sRGB built-in".encode("utf-16-be"), "other colours".encode("utf-16-be"))
    for name, told in (("own.png", bytes(profile)), ("damaged.png", bytes(profile[:200])), ("none.png", b"")):
        Image.new("RGB", (8, 8), (250, 0, 0)).save(tmp_path / name, icc_profile=told)
    assert pictures.read(tmp_path / "own.png", 3)[4, 4] == pytest.approx([0, 0, 250], abs=4)
    for name in ("damaged.png", "none.png"):
        assert pictures.read(tmp_path / name, 3)[4, 4] == pytest.approx([250, 0, 0])


def test_postscript_is_not_run_whatever_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", None)
    (tmp_path / "a.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{} loop\n")
    with pytest.raises(InputError, match="is not a picture"):
        pictures.read(tmp_path / "a.png")


def test_a_pipe_and_standard_input_are_read(tmp_path, monkeypatch):
    Image.fromarray(ramp()).save(tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[content])
    writer.start()
    np.testing.assert_array_equal(pictures.read(tmp_path / "pipe"), ramp())
    writer.join()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    np.testing.assert_array_equal(pictures.read("-"), ramp())


def write_bomb(path):
    """A valid PNG's head that tells of 30000 x 30000 pixels."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 30000, 30000, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")))


def write_cut(path):
    Image.effect_noise((200, 200), 50).save(path)
    path.write_bytes(path.read_bytes()[:9000])


@pytest.mark.parametrize("name", ["large.jpg", "large.png"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_large_picture_is_reduced_and_looks_the_same(tmp_path, name, channels):
    picture = Image.fromarray(np.tile(np.linspace(0, 255, 4000).astype(np.uint8), (3000, 1)))
    picture.save(tmp_path / name)
    read = pictures.read(tmp_path / name, channels)
    assert read.shape[:2] == (1536, 2048)
    row = read[700] if channels == 1 else read[700, :, 1]
    assert np.abs(row - np.linspace(0, 255, 2048)).max() < 3


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.write_text("this is no picture"), "is not a picture"),
        (lambda path: path.write_bytes(b""), "is not a picture"),
        (write_cut, "cannot be read"),
        (write_bomb, "million pixels"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: None, "no such file"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path, make, told):
    make(tmp_path / "a.png")
    with pytest.raises(InputError, match=told) as caught:
        pictures.read(tmp_path / "a.png")
    assert "a.png" in str(caught.value) and "\n" not in str(caught.value)


def test_what_pillow_only_warns_of_is_refused_too(tmp_path, monkeypatch):
    Image.new("L", (60, 40)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2000)
    with pytest.raises(InputError, match="million pixels"):
        pictures.read(tmp_path / "a.png")


@pytest.mark.parametrize("shape", [(100, 50), (50, 100, 3), (1, 1), (3, 900), (28, 28, 3)])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_picture_fits(shape, channels):
    square = pictures.letterboxed(np.full(shape, 77, np.float32), channels, 28)
    assert square.shape == (28, 28, channels) and square.dtype == np.float32
    np.testing.assert_allclose(square, 77, atol=0.1)


def test_bars_take_the_borders_colour():
    picture = np.full((40, 80, 3), (10, 200, 90), np.float32)
    picture[10:30, 20:60] = 255
    square = pictures.letterboxed(picture, 3, 28)
    np.testing.assert_allclose(square[0, 14], [10, 200, 90])
    np.testing.assert_allclose(square[14, 14], 255, atol=1)


def test_shrinking_is_antialiased():
    stripes = np.tile(np.float32([0, 255]), (280, 140))
    np.testing.assert_allclose(pictures.letterboxed(stripes, 1, 28), 127.5, atol=20)
