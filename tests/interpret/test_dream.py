"""`dream`: photographs by feature nets, digits and recordings by our own networks."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from suite.data.pictures import read
from suite.interpret.dream import DreamOptions, dream
from suite.pretrained import memory
from tests.interpret.inputs import LECTURE, SENTIMENT, SPEECH, refused, run, seven, spoken
from tests.style import pictures


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures.save(pictures.photograph(), tmp_path / "photo.png")
    pictures.save(pictures.painting(), tmp_path / "guide.png")


@pytest.fixture
def net(tmp_path):
    return str(pictures.feature_net(tmp_path / "net.h5"))


def test_a_photograph_is_dreamt_in_octaves(net):
    from suite.interpret import objectives
    from suite.pretrained import vgg

    options = DreamOptions("block3_conv1", octaves=2, steps=4)

    def dreamt(name, **changes):
        return read(dream("photo.png", net=net, options=replace(options, **changes), output=name), 3)

    first = dream("photo.png", net=net, options=options, output="a.png")
    features = vgg.load(net, ["block3_conv1"])

    def score(file):
        return float(objectives.layer(features(read(file, 3)[None])["block3_conv1"])[0])

    assert read(first, 3).shape == read("photo.png", 3).shape and score(first) > 1.2 * score("photo.png")
    np.testing.assert_array_equal(read(first, 3), dreamt("b.png"))
    other = dreamt("c.png", seed=2)
    assert np.abs(other - read(first, 3)).mean() > 0.1
    guided = dreamt("d.png", guide="guide.png")
    assert np.abs(guided - read(first, 3)).mean() > 0.5
    mild = dreamt("e.png", strength=0.2)
    assert np.abs(mild - read("photo.png", 3)).mean() < np.abs(read(first, 3) - read("photo.png", 3)).mean()


def test_what_was_dreamt_small_is_seen_in_the_large(net):
    options = DreamOptions("block3_conv1", steps=4)
    photograph = read("photo.png", 3)
    one, three = (
        np.abs(
            read(dream("photo.png", net=net, options=replace(options, octaves=n), output=f"{n}.png"), 3) - photograph
        ).mean()
        for n in (1, 3)
    )
    assert three > 1.3 * one


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_a_film_zooms_in(suffix, net, capsys):
    options = DreamOptions("block1_conv2", octaves=1, steps=2, frames=3, zoom=1.2)
    file = dream("photo.png", net=net, options=options, output=f"film.{suffix}")
    with Image.open(file) as film:
        assert film.n_frames == 3
        film.seek(2)
        last = np.asarray(film.convert("RGB"), np.float32)
    assert last.shape == read("photo.png", 3).shape and np.abs(last - read("photo.png", 3)).mean() > 1
    assert f"the film: {file}" in capsys.readouterr().out


def test_a_digit_and_a_recording_are_dreamt_by_our_own_networks(tmp_path, capsys):
    import soundfile

    assert run("dream", seven(tmp_path), "--net", LECTURE, "--layer", "b2_act", "--steps", 3, "-o", "seven_.png") == 0
    assert "before: 7" in capsys.readouterr().out and Image.open("seven_.png").size[0] > 150
    words = ["dream", spoken(tmp_path), "--net", SPEECH, "--steps", 2, "-o", "yes_.png"]
    assert run(*words) == 0
    alone, _ = soundfile.read("yes_.wav")
    assert run(*words, "--guide", spoken(tmp_path, "no")) == 0
    sound, rate = soundfile.read("yes_.wav")
    assert np.abs(sound - alone).max() > 0.001
    assert rate == 16_000 and len(sound) == 16_000 and np.abs(sound).max() > 0.01


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--layer", "block9_conv1"], "no layer block9_conv1; it has block1_conv1"),
        (["--guide", "clip.wav"], "clip.wav: is not a picture"),
        (["--frames", "3"], "dream.png: is to be a picture; name a file that ends in .gif, .webp"),
        (["-o", "photo.png"], "is one of the files to read"),
        (["--net", LECTURE, "-o", "x.jpg"], "x.jpg: is to be a picture; name a file that ends in .png$"),
        (["-o", f"{LECTURE}/labels.txt/x.png"], "x.png: cannot be written there"),
        (["--octaves", "0"], "octaves: 0: expected 1 to 12"),
        (["--scale", "1"], "scale: 1"),
        (["--net", "nowhere.h5"], "no such feature net"),
        (["--net", LECTURE, "--layer", "x"], "has no layer x with a map; it has b1_conv"),
        (["--net", SENTIMENT], "takes a sentence, which cannot be exaggerated"),
        (["--net", LECTURE, "--frames", "2", "-o", "x.gif"], "films are made of photographs"),
    ],
)
def test_what_is_wrong_is_one_line(words, message, net, capsys):
    import soundfile

    soundfile.write("clip.wav", np.zeros(100), 16_000)
    given = words if "--net" in words else [*words, "--net", net]
    assert re.search(message, refused(capsys, "dream", "photo.png", *given))
    assert not Path("dream.png").exists()


def test_a_small_picture_and_a_small_memory_are_one_line(net, capsys, monkeypatch):
    Image.new("RGB", (1, 1)).save("one.png")
    assert "one.png: 1x1 pixels" in refused(capsys, "dream", "one.png", "--net", net)
    monkeypatch.setattr(memory, "available", lambda: memory.REST + 1e5)
    words = ["dream", "photo.png", "--net", net, "--layer", "block1_conv1"]
    assert "GB of memory" in refused(capsys, *words)
