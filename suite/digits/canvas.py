"""Pictures as a canvas of `suite.interpret`."""

from __future__ import annotations

from functools import partial

import numpy as np

from suite.artefacts.metadata import Metadata
from suite.digits import preprocessing
from suite.digits.config import SIZE, DataConfig
from suite.digits.data import DIGITS
from suite.errors import InputError
from suite.interpret.canvases import SURFACES, Altered, Canvas
from suite.task import Examples


def canvas(about: Metadata) -> Canvas:
    """The pixels of a picture; one that is taken out has the median colour of the border."""
    size, channels = about.settings.get("size", SIZE), about.settings["channels"]
    ground = 0.0 if about.settings.get("prepare", "digit") == "digit" else 0.5

    def read(file: str) -> np.ndarray:
        found = preprocessing.read(file, about.settings.get("prepare", "digit"), size, channels)
        if len(found) > 1:
            raise InputError(f"{file}: {len(found)} digits found; cut out one digit")
        return found[0]

    return Canvas(
        inputs="picture",
        read=read,
        grid=lambda picture: picture.shape[:2],
        masked=masked,
        window=(max(1, size // 7),) * 2,
        features=lambda model: model.get_layer("rescaling"),
        picture=lambda picture: np.asarray(picture, np.float32),
        surfaces={name: partial(surface, (size, size, channels), ground) for name, surface in SURFACES.items()},
        altered=lambda picture: Altered(picture[None], lambda values: values, (0.0, 255.0), 5.0),
        examples=(lambda count: scans(about, count)) if set(about.labels) == set(DIGITS) else None,
    )


def scans(about: Metadata, count: int) -> Examples:
    """scikit-learn's scans of digits, as many as are asked for, as the model takes them."""
    from suite.digits import data

    return data.load(DataConfig(source="digits"), "train", about, count)


def masked(picture: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Pictures (M, H, W, C) without the pixels where the masks (M, H, W) are zero."""
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    return np.where(masks[..., None] > 0, picture, np.median(border, axis=0)).astype(np.float32)
