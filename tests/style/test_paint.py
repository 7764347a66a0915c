"""`paint`: pictures on disk in, a picture out, from the command line and from Python."""

import numpy as np
import pytest

from suite.__main__ import main
from suite.data.pictures import resized, resized_longer
from suite.errors import InputError
from suite.interpret import optimisation
from suite.style import gatys, images
from suite.style.losses import PerceptualLoss, gram
from suite.style.paint import paint
from tests.style import pictures


@pytest.fixture
def files(tmp_path):
    return (
        str(pictures.save(pictures.photograph(), tmp_path / "photo.png")),
        str(pictures.save(pictures.painting(), tmp_path / "stripes.png")),
    )


def options(net):
    return [
        f"--loss.net={net.net}",
        "--loss.style_layers=block1_conv1,block2_conv1",
        "--loss.content_layer=block3_conv1",
    ]


def run(words):
    with pytest.raises(SystemExit) as ended:
        main(["style", "paint", *words])
    return ended.value.code


@pytest.mark.parametrize("optimiser", ["adam", "lbfgs"])
@pytest.mark.parametrize("start", ["content", "noise", "style"])
def test_each_optimiser_betters_each_start(optimiser, start, files, net, tmp_path):
    out = tmp_path / "out.png"
    paint(files[0], files[1:], output=str(out), size=64, steps=8, start=start, optimiser=optimiser, loss=net)
    losses = PerceptualLoss(net)
    content = resized_longer(images.read(files[0]), 64)
    wanted = (
        losses.content_features(content[None]),
        losses.style_grams(resized(images.read(files[1]), 48, 48)[None]),
    )
    before = {
        "content": content,
        "noise": np.random.default_rng(1).uniform(0, 255, content.shape),
        "style": images.cover(images.read(files[1]), *content.shape[:2]),
    }[start]
    first, last = (float(losses(p[None].astype(np.float32), *wanted)["total"][0]) for p in (before, images.read(out)))
    assert images.read(out).shape == (48, 64, 3) and last < 0.97 * first


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_the_picture_tells_how_it_was_made(suffix, files, net, tmp_path):
    out = tmp_path / f"out{suffix}"
    again = [files[1], str(pictures.save(pictures.painting(2), tmp_path / "other.png"))]
    paint(files[0], again, output=str(out), size=40, steps=2, weights=("3", "1"), strength=2.0, loss=net)
    made = pictures.how_made(out)
    assert made["content"] == "photo.png" and made["styles"] == {"stripes.png": 0.75, "other.png": 0.25}
    assert made["loss"]["style"] == 2.0 and made["steps"] in (1, 2) and made["losses"]["total"] > 0


def test_colours_are_kept(files, net, tmp_path):
    out = tmp_path / "out.png"
    paint(files[0], files[1:], output=str(out), size=64, steps=6, keep_colours=True, loss=net)
    photograph, picture = resized_longer(images.read(files[0]), 64), images.read(out)
    inside = ((picture > 1) & (picture < 254)).all(axis=-1)
    chroma = (photograph - images.grey(photograph)) - (picture - images.grey(picture))
    assert inside.mean() > 0.5 and np.abs(chroma[inside]).max() < 2
    assert np.abs(images.grey(photograph) - images.grey(picture)).mean() > 2


def test_from_the_command_line_with_pictures_on_the_way(files, net, tmp_path, capsys):
    out = tmp_path / "new" / "out.png"
    words = [*files, "-o", str(out), "--size", "48", "--steps", "4", "--every", "2", *options(net)]
    main(["style", "paint", *words])
    told = capsys.readouterr().out
    assert "painting: 4 of 4 steps, total" in told and f"the picture: {out} (48x36" in told
    assert sorted(file.name for file in out.parent.iterdir()) == ["out.png", "out_0002.png", "out_0004.png"]


def test_ctrl_c_keeps_the_best_so_far(files, net, tmp_path, monkeypatch, capsys):
    evaluate = optimisation._Search.evaluate

    def interrupted(self, picture):
        if self.steps == 3:
            raise KeyboardInterrupt
        return evaluate(self, picture)

    monkeypatch.setattr(optimisation._Search, "evaluate", interrupted)
    paint(files[0], files[1:], output=str(tmp_path / "out.png"), size=48, steps=50, loss=net)
    assert "stopped before the 50 steps" in capsys.readouterr().out
    assert pictures.how_made(tmp_path / "out.png")["steps"] == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(output="out.txt"), r"out\.txt: is to be a picture"),
        (dict(output="photo.png"), "is one of the files to read"),
        (dict(output="dot.png", styles=["dot_0002.png"], every=1), r"dot_0002\.png: is one of the files to read"),
        (dict(weights=("0",)), "do not sum to 0"),
        (dict(weights=("1", "2")), "2 for 1 styles"),
        (dict(weights=("much",)), "expected numbers"),
        (dict(size=2000), "size: 2000: expected 32 to 1024"),
        (dict(steps=0), "steps: 0"),
        (dict(strength=-1.0), "strength -1.0"),
        (dict(content="nothing.png"), "nothing.png: no such file"),
        (dict(content="dot.png"), r"dot\.png: 1x1 pixels; each side needs at least 16"),
        (dict(styles=["broken.png"]), r"broken\.png: is not a picture"),
    ],
)
def test_what_cannot_be_painted_is_one_line(changes, message, files, net, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pictures.save(np.zeros((1, 1, 3), np.uint8), tmp_path / "dot.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    before = set(tmp_path.iterdir())
    with pytest.raises(InputError, match=message):
        paint(**{"content": "photo.png", "styles": ["stripes.png"], "steps": 2, "loss": net} | changes)
    assert set(tmp_path.iterdir()) == before


def test_an_error_is_told_by_the_command_line(files, capsys):
    assert run([files[0], str(files[1]) + "x"]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_the_picture_stays_within_its_range(net):
    """Adam alone would lead out of it."""
    loss = PerceptualLoss(net)
    photograph = pictures.photograph().astype(np.float32)
    target = loss.style_grams(255.0 * (photograph[None] > 128))
    seen = []
    gatys.optimise(loss, loss.content_features(photograph[None]), target, photograph, 5, "adam", 80.0, seen.append)
    assert all(state.values.min() >= 0 and state.values.max() <= 255 for state in seen)
    assert max(state.values.max() for state in seen) == 255


def test_a_large_picture_is_painted_small_first(files, net, tmp_path, monkeypatch, capsys):
    """Enlarged, that is what the next stage begins with."""
    monkeypatch.setattr("suite.style.paint.COARSEST", 40)
    began, optimise = [], gatys.optimise

    def noted(loss, content, style, start, steps, *rest):
        began.append((start, steps, optimise(loss, content, style, start, steps, *rest)))
        return began[-1][2]

    monkeypatch.setattr(gatys, "optimise", noted)
    out = tmp_path / "out.png"
    paint(files[0], files[1:], output=str(out), size=96, steps=6, every=4, loss=net)
    assert [(start.shape, steps) for start, steps, _ in began] == [((36, 48, 3), 6), ((72, 96, 3), 3)]
    np.testing.assert_array_equal(began[1][0], resized(began[0][2].best.values, 72, 96))
    assert images.read(out).shape == images.read(tmp_path / "out_0004.png").shape == (72, 96, 3)
    assert "9 of 9 steps" in capsys.readouterr().out and 6 <= pictures.how_made(out)["steps"] <= 9


@pytest.mark.parametrize("optimiser", ["adam", "lbfgs"])
@pytest.mark.parametrize("when", [2, "later"])
def test_ctrl_c_ends_every_stage(optimiser, when, files, net, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("suite.style.paint.COARSEST", 40)
    evaluate, optimise, stages = optimisation._Search.evaluate, gatys.optimise, []

    def interrupted(self, picture):
        if self.steps == when:
            raise KeyboardInterrupt
        return evaluate(self, picture)

    def noted(*arguments):
        stages.append(arguments)
        if when == "later" and len(stages) == 2:
            raise KeyboardInterrupt
        return optimise(*arguments)

    monkeypatch.setattr(optimisation._Search, "evaluate", interrupted)
    monkeypatch.setattr(gatys, "optimise", noted)
    out = tmp_path / "out.png"
    paint(files[0], files[1:], output=str(out), size=96, steps=4, optimiser=optimiser, loss=net)
    assert len(stages) == (2 if when == "later" else 1) and images.read(out).shape == (72, 96, 3)
    assert "stopped before the 6 steps" in capsys.readouterr().out


def test_no_stage_is_too_small_for_the_feature_net(files, net, tmp_path, monkeypatch):
    """A fifth of the scale is 16 pixels at 96, what the net needs."""
    monkeypatch.setattr("suite.style.paint.COARSEST", 20)
    sizes, optimise = [], gatys.optimise
    monkeypatch.setattr(gatys, "optimise", lambda *given: sizes.append(given[3].shape) or optimise(*given))
    for scale in (0.23, 1.0):
        paint(files[0], files[1:], output=str(tmp_path / "out.png"), size=96, steps=2, scale=scale, loss=net)
    assert sizes == [(72, 96, 3), (18, 24, 3), (36, 48, 3), (72, 96, 3)]


def test_a_mask_says_where_each_style_is_used(files, net, tmp_path):
    other = str(pictures.save(pictures.painting(5), tmp_path / "other.png"))
    mask = np.zeros((40, 60), np.uint8)
    mask[:, :30] = 255  # of another size than the photograph
    mask, out = str(pictures.save(mask, tmp_path / "mask.png")), tmp_path / "out.png"
    paint(files[0], [files[1], other], mask=mask, output=str(out), size=64, steps=60, strength=20, loss=net)
    losses = PerceptualLoss(net)
    left, right = (images.read(out)[:, half] for half in (slice(0, 28), slice(36, 64)))

    def distance(picture, painting):
        wanted = losses.style_grams(resized(images.read(painting), 48, 48)[None])
        return float(losses(picture[None], losses.content_features(picture[None]), wanted)["style"][0])

    assert distance(left, files[1]) < distance(right, files[1])
    assert distance(right, other) < distance(left, other)


def test_the_gram_matrices_of_regions_are_those_of_their_places():
    features = np.random.default_rng(0).normal(size=(1, 6, 8, 3)).astype(np.float32)
    regions = np.zeros((2, 6, 8, 1), np.float32)
    regions[0, :, :4], regions[1, :, 4:] = 1, 1
    expected = np.concatenate([gram(features[:, :, :4]), gram(features[:, :, 4:])])
    np.testing.assert_allclose(gram(features, regions), expected, rtol=1e-4)
    larger = regions.repeat(4, axis=1).repeat(4, axis=2)
    np.testing.assert_allclose(gram(features, larger), expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("grey", "weights", "message"),
    [
        (255, (), "mask: .*mask.png: has no place for .*other.png"),
        (128, ("1", "2"), "mask: .*mask.png: says where each of several styles is used"),
    ],
)
def test_masks_that_are_refused(files, net, tmp_path, grey, weights, message):
    other = str(pictures.save(pictures.painting(5), tmp_path / "other.png"))
    mask = str(pictures.save(np.full((40, 60), grey, np.uint8), tmp_path / "mask.png"))
    out = tmp_path / "out.png"
    with pytest.raises(InputError, match=message):
        paint(files[0], [files[1], other], mask=mask, weights=weights, output=str(out), size=64, steps=2, loss=net)
    assert not out.exists()


def test_speckles_of_colour_are_smoothed_and_the_luminance_stays():
    rng = np.random.default_rng(0)
    picture = np.full((40, 60, 3), 120, np.float32) + rng.normal(0, 10, (40, 60, 1)).astype(np.float32)
    speckled = picture + rng.normal(0, 15, (40, 60, 3)).astype(np.float32)
    smooth = images.smooth_colours(speckled)
    np.testing.assert_allclose(images.grey(smooth), images.grey(speckled), atol=0.1)
    before, after = (np.std(one - images.grey(one)) for one in (speckled, smooth))
    assert after < 0.4 * before
