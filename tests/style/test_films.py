"""Films: frames that move in, the same painted out."""

import numpy as np
import pytest
from PIL import Image

from suite.errors import InputError
from suite.style import artefact, films
from suite.style.predict import predict
from tests.style import pictures

DURATIONS = [40, 60, 200]


def film(path, count=3, **options):
    frames = [Image.fromarray(pictures.photograph(number, 40, 60)) for number in range(count)]
    durations = (DURATIONS * count)[:count]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=2, **options)
    return path


@pytest.fixture
def clip(tmp_path):
    return film(tmp_path / "clip.webp", lossless=True)


def paint(style, file, output, **options):
    (done,) = predict([str(file)], style="style_0", output=str(output), model=str(style.version), **options)
    return done


def frames_of(path):
    with Image.open(path) as opened:
        for number in range(opened.n_frames):
            opened.seek(number)
            yield np.asarray(opened.convert("RGB"), np.float32), opened.info["duration"]


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_film_is_painted_frame_by_frame_in_its_time(style, tmp_path, suffix):
    given = film(tmp_path / f"clip{suffix}")
    done = paint(style, given, tmp_path / f"out{suffix}")
    assert (done.width, done.height, done.frames) == (60, 40, 3)
    painted = [*frames_of(tmp_path / f"out{suffix}")]
    assert [duration for _, duration in painted] == DURATIONS
    model = artefact.load(style.version)
    for (frame, _), (source, _) in zip(painted, frames_of(given), strict=True):
        expected = model.paint(source, np.float32([1, 0]))
        assert np.abs(frame - expected).mean() < 12  # a palette's, or WebP's, loss of colours that lie apart
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"clip{suffix}", f"out{suffix}"]


def test_a_blended_film_moves_less(style, clip, tmp_path):
    paint(style, clip, tmp_path / "plain.webp")
    paint(style, clip, tmp_path / "steady.webp", blend=0.6)
    plain, steady = ([frame for frame, _ in frames_of(tmp_path / name)] for name in ("plain.webp", "steady.webp"))
    assert np.abs(plain[0] - steady[0]).mean() < 2
    expected = 0.4 * plain[1] + 0.6 * plain[0]
    assert np.abs(steady[1] - expected).mean() < 3


def test_a_stopped_film_goes_on_where_it_was(style, clip, tmp_path, monkeypatch):
    whole, stopped, painted = tmp_path / "whole.webp", tmp_path / "stopped.webp", []
    paint(style, clip, whole, blend=0.5)
    original = artefact.Painter.paint

    def stop_at_the_second(self, *arguments):
        if len(painted) == 1:
            raise KeyboardInterrupt
        painted.append(1)
        return original(self, *arguments)

    monkeypatch.setattr(artefact.Painter, "paint", stop_at_the_second)
    with pytest.raises(KeyboardInterrupt, match="frame 2 of 3: the same command goes on"):
        paint(style, clip, stopped, blend=0.5)
    assert not stopped.exists() and (tmp_path / ".stopped.webp.frames").is_dir()
    monkeypatch.setattr(artefact.Painter, "paint", lambda *a: painted.append(1) or original(*a))
    paint(style, clip, stopped, blend=0.5)
    assert len(painted) == 3 and stopped.read_bytes() == whole.read_bytes()


def test_frames_that_were_painted_otherwise_are_not_used(style, clip, tmp_path, monkeypatch):
    folder = tmp_path / ".out.webp.frames"
    folder.mkdir()
    Image.new("RGB", (60, 40)).save(folder / "000000.png")
    (folder / "made.json").write_text("{}")
    paint(style, clip, tmp_path / "out.webp")
    first, _ = next(frames_of(tmp_path / "out.webp"))
    assert first.mean() > 20 and not folder.exists()


def test_a_film_cannot_become_a_still_picture(style, clip, tmp_path):
    with pytest.raises(
        InputError, match="out.png: a film is painted as a film; name a file that ends in .gif or .webp"
    ):
        paint(style, clip, tmp_path / "out.png")


def test_a_film_that_is_cut_off_is_named(style, tmp_path):
    given = film(tmp_path / "clip.gif", 6)
    given.write_bytes(given.read_bytes()[: given.stat().st_size * 2 // 3])
    with pytest.raises(InputError, match="clip.gif: "):
        paint(style, given, tmp_path / "out.gif")
    assert not (tmp_path / "out.gif").exists()


def test_a_still_picture_is_no_film(tmp_path):
    Image.new("RGB", (20, 20)).save(tmp_path / "still.gif")
    (tmp_path / "broken.gif").write_text("no picture")
    assert not films.is_one(tmp_path / "still.gif") and not films.is_one(tmp_path / "broken.gif")


def test_a_folder_of_frames_is_gone_on_with(style, tmp_path, monkeypatch):
    for number in range(3):
        pictures.save(pictures.photograph(number, 40, 60), tmp_path / "frames" / f"{number}.png")
    options = dict(style="style_0", output=str(tmp_path / "painted"), model=str(style.version), blend=0.5)
    predict([str(tmp_path / "frames")], **options)
    expected = [(tmp_path / "painted" / f"{n}_style_0.png").read_bytes() for n in range(3)]
    (tmp_path / "painted" / "2_style_0.png").unlink()
    painted, original = [], artefact.Painter.paint
    monkeypatch.setattr(artefact.Painter, "paint", lambda *a: painted.append(1) or original(*a))
    predict([str(tmp_path / "frames")], **options, resume=True)
    assert len(painted) == 1
    assert [(tmp_path / "painted" / f"{n}_style_0.png").read_bytes() for n in range(3)] == expected


def test_resume_keeps_a_film_that_is_painted(style, clip, tmp_path, monkeypatch):
    paint(style, clip, tmp_path / "out.webp")
    monkeypatch.setattr(artefact.Painter, "paint", lambda *_: pytest.fail("painted again"))
    done = paint(style, clip, tmp_path / "out.webp", resume=True)
    assert (done.width, done.height, done.frames) == (60, 40, 3)
