"""A small model of each task, trained, exported and shared by all tests that need one."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Tests neither read nor fill a person's cache."""
    os.environ["SUITE_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session", autouse=True)
def _messages_are_shown():
    """As of every command; the tests read them from the captured output."""
    from suite.console import log

    log.show()


@dataclass(frozen=True)
class Trained:
    """Where a shared model is."""

    home: Path  # the working folder: runs/ and saved_models/ are in it
    run: Path
    version: Path

    @property
    def tflite(self) -> Path:
        return next((self.version / "tflite").glob("*_float32.tflite"))


@pytest.fixture(scope="session")
def speech(tmp_path_factory) -> Trained:
    """Four epochs on two synthetic words: enough to tell them apart, more or less, in half a minute."""
    import suite
    from suite.problems.classification import Limits
    from suite.speech import stream_report

    stream_report.SECONDS = 60.0  # an hour to listen to would be most of the tests' time
    home = tmp_path_factory.mktemp("speech")
    with contextlib.chdir(home):
        data = {"words": ("yes", "no"), "per_word": 60, "unknown": 1.0}
        run = suite.train("speech", data=data, training={"epochs": 4, "batch": 16, "min_steps": 1})
        version = suite.export(run, limits=Limits(max_drop=0.2))
    return Trained(home, home / run, home / version)


@pytest.fixture(scope="session")
def digits(tmp_path_factory) -> Trained:
    """A few epochs on scikit-learn's digits."""
    import suite
    from suite.problems.classification import Limits

    home = tmp_path_factory.mktemp("digits")
    with contextlib.chdir(home):
        run = suite.train("digits", training={"epochs": 8})
        version = suite.export(run, limits=Limits(max_drop=0.02))
    return Trained(home, home / run, home / version)


@pytest.fixture(scope="session")
def style(tmp_path_factory) -> Trained:
    """A small painter of two styles, by the losses of a narrow VGG of random weights."""
    import suite
    from suite.problems.image_translation import Limits
    from suite.style.config import ExportOptions
    from tests.style import pictures

    home = tmp_path_factory.mktemp("style")
    photographs, paintings = pictures.folders(home)
    with contextlib.chdir(home):
        run = suite.train(
            "style",
            data={"path": photographs, "styles": (paintings,), "painting": 64, "size": 32},
            loss={"net": pictures.feature_net(home / "net.h5"), **pictures.LAYERS},
            model={"variant": "tiny"},
            training={"epochs": 2, "min_steps": 12, "batch": 2, "learning_rate": 5e-3},
        )
        version = suite.export(run, options=ExportOptions(sizes=(48, 64)), limits=Limits(min_psnr=20))
    return Trained(home, home / run, home / version)


@pytest.fixture(scope="session")
def sentiment(tmp_path_factory) -> Trained:
    """A few epochs on sentences in which one of two kinds of adjectives stands; they are in home/lines.txt."""
    import numpy as np

    import suite

    home = tmp_path_factory.mktemp("sentiment")
    rng = np.random.default_rng(0)
    kinds = {"bad": ("awful", "dull", "terrible", "poor"), "good": ("wonderful", "lovely", "great", "fine")}
    lines = []
    for i in range(400):
        label = list(kinds)[i % 2]
        noun = rng.choice(["film", "song", "book", "phone", "train"])
        lines.append(f"{label} It's a {rng.choice(kinds[label])} {noun} number {i}, {rng.choice(kinds[label])} indeed.")
    (home / "lines.txt").write_text("\n".join(lines))
    with contextlib.chdir(home):
        run = suite.train("sentiment", data={"path": "lines.txt"}, training={"epochs": 8})
        version = suite.export(run)
    return Trained(home, home / run, home / version)


@pytest.fixture(scope="session")
def go(tmp_path_factory) -> Trained:
    """Two epochs on random games, in home/games: enough to play legal moves."""
    import suite
    from suite.blocks import ConvBlock
    from suite.problems.classification import Limits
    from tests.go import games

    home = tmp_path_factory.mktemp("go")
    games.folder(home / "games", count=30, moves=60)
    with contextlib.chdir(home):
        blocks = (ConvBlock(4, kernel=5), ConvBlock(4, kernel=3))
        run = suite.train(
            "go", data={"path": "games"}, model={"blocks": blocks}, training={"epochs": 2, "min_steps": 60}
        )
        version = suite.export(run, limits=Limits(max_drop=0.2))
    return Trained(home, home / run, home / version)


@pytest.fixture
def recordings(tmp_path):
    """A folder of recordings a word, made of tones: `make(yes=5, no=5)` writes five of each."""
    import numpy as np
    import soundfile

    def make(folder: str = "recordings", **counts: int) -> Path:
        root = tmp_path / folder
        for pitch, (word, count) in enumerate(counts.items(), start=2):
            (root / word).mkdir(parents=True)
            for i in range(count):
                rng = np.random.default_rng([pitch, i])
                tone = 0.3 * np.sin(2 * np.pi * 200 * pitch * np.arange(16000) / 16000)
                soundfile.write(root / word / f"{i}.wav", tone + rng.normal(0, 0.01, 16000), 16000)
        return root

    return make
