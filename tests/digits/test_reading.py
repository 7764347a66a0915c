"""The shipped reader on pictures of digits that it has never seen the like of."""

from pathlib import Path

import numpy as np
import pytest

from suite.artefacts import runtime
from suite.digits import preprocessing
from suite.digits.config import DataConfig
from suite.digits.task import TASK
from suite.task import load_split
from tests.digits.drawings import draw

MODEL = Path(__file__).parents[2] / "saved_models" / "digits" / "1" / "tflite" / "digits_int8.tflite"


@pytest.fixture(scope="module")
def reader():
    return runtime.load(MODEL)


def test_of_forty_drawings_thirty_eight_are_read(reader, tmp_path):
    """Pens, sizes, places, polarity, noise and rotation up to 15 degrees; read as `predict` does."""
    from suite.digits.predict import predict_file

    right = 0
    for number in range(40):
        digit, path = number % 10, tmp_path / f"{number}.png"
        draw(digit, np.random.default_rng(number)).save(path)
        right += predict_file(reader, str(path)).label == str(digit)
    assert right >= 38


def test_subsampling_does_not_change_the_object(reader):
    """The lecture's third property: every other pixel, across and down, is dropped and the rest enlarged again."""
    images = load_split(TASK, DataConfig(), "all")
    smaller = np.stack([preprocessing.centre(picture[::2, ::2, 0].repeat(2, 0).repeat(2, 1)) for picture in images.raw])
    whole, dropped = ((reader.predict(p).argmax(1) == images.targets).mean() for p in (images.raw, smaller))
    assert whole > 0.93 and dropped > whole - 0.05
