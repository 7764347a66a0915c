"""A small keyword spotter, trained, exported and shared by all tests that need one."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Tests neither read nor fill a person's cache."""
    os.environ["SUITE_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@dataclass(frozen=True)
class Speech:
    """Where the shared spotter is."""

    home: Path  # the working folder: runs/ and saved_models/ are in it
    run: Path
    version: Path

    @property
    def tflite(self) -> Path:
        return self.version / "tflite" / "speech_float32.tflite"


@pytest.fixture(scope="session")
def speech(tmp_path_factory) -> Speech:
    """Four epochs on two synthetic words: enough to tell them apart, more or less, in half a minute."""
    from suite.speech import streaming
    from suite.speech.config import TRAINING, DataConfig
    from suite.speech.export import export
    from suite.speech.train import train

    streaming.SECONDS = 60.0  # an hour to listen to would be most of the tests' time
    home = tmp_path_factory.mktemp("speech")
    before = Path.cwd()
    os.chdir(home)
    try:
        data = DataConfig(words=("yes", "no"), per_word=60, unknown=1.0)
        run = train(data=data, training=replace(TRAINING, epochs=4, batch=16, min_steps=1))
        version = export(str(run), max_drop=0.2)
    finally:
        os.chdir(before)
    return Speech(home, home / run, home / version)


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
