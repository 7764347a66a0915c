"""Inputs that the tests make themselves, and what they all ask of an optimisation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[2] / "saved_models"
LECTURE, TINY, SPEECH, SENTIMENT = (
    str(max((ROOT / name).glob("[0-9]*"))) for name in ("lecture", "digits", "speech", "sentiment")
)


def run(*words: object) -> int:
    """The exit status of `python -m suite.interpret`."""
    from suite.interpret.__main__ import main

    try:
        main([str(word) for word in words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def seven(folder: Path) -> str:
    """A drawing of a seven."""
    picture = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(picture).line([(25, 22), (75, 22), (45, 82)], fill=0, width=9, joint="curve")
    picture.save(folder / "seven.png")
    return str(folder / "seven.png")


def spoken(folder: Path, word: str = "yes") -> str:
    """A recording of a word by eSpeak NG."""
    import soundfile

    from suite.speech import synthetic

    (clip,) = synthetic.clips([word], "train", per_word=1, workers=1)
    soundfile.write(folder / f"{word}.wav", clip.waveform, 16_000)
    return str(folder / f"{word}.wav")


def check_rises(before: np.ndarray, after: np.ndarray) -> None:
    """Every score is finite and has risen, and nearly all of them a lot."""
    assert np.isfinite(after).all() and (after > before).all()
    assert np.median(after - before) > 0.1 * max(1e-3, float(np.abs(before).mean()))


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """The one line with which a command refuses these words."""
    capsys.readouterr()
    assert run(*words) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: ") and printed.count("\n") == 1, printed
    return printed
