"""`predict`: pictures in, digits out; a .tflite needs no TensorFlow for it."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from suite.errors import InputError


@dataclass(frozen=True)
class Prediction:
    """What a picture shows.

    Args:
        file: The picture.
        label: The class; of several digits in a row the number.
        probabilities: Of each digit, from left to right: label to probability, the most probable first.
        seen: What the network saw, float32 (D, 28, 28, C) in 0..255.
    """

    file: str
    label: str
    probabilities: list[dict[str, float]]
    seen: object = field(repr=False, compare=False)


def predict(
    inputs: list[str], *, model: str | None = None, show: str | None = None, top: int = 3, json: bool = False
) -> list[Prediction]:
    """Says which digit, or which number, each picture shows.

    Photographs and drawings: the digits are found, turned light on dark where needed, and centred as MNIST's are. One
    that cannot be read is named and skipped; the exit status is 2 then.

    Args:
        inputs: Pictures: PNG, JPEG and so on, of any size.
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/digits.
        show: File to write a picture of what the network saw to, beside the answers.
        top: Number of classes to tell, of a single digit.
        json: Print JSON, with all classes.

    Raises:
        InputError: A picture could not be read; the others were told.
    """
    from suite.artefacts import runtime
    from suite.console import predictions

    if show and (not show.lower().endswith(".png") or Path(show).resolve() in [Path(f).resolve() for f in inputs]):
        raise InputError(f"{show}: is to be a picture of what the network saw; name a .png file that is no input")
    loaded = runtime.load(model or runtime.newest("digits"), task="digits")
    read: list[Prediction] = []

    def one(file: str) -> Prediction:
        read.append(look(loaded, file))
        return read[-1]

    try:
        return predictions.tell(inputs, one, lambda p: _line(p, top), _as_json if json else None, "pictures")
    finally:  # also where a picture could not be read
        if show and read:
            _draw(read, show)
            print(f"what the network saw: {show}", file=sys.stderr if json else sys.stdout)


def look(model, file: str) -> Prediction:
    """The prediction for one picture.

    Args:
        model: A runtime.Artefact.
        file: The picture.

    Raises:
        InputError: It cannot be read, or no digit is found.
    """
    import numpy as np

    from suite.digits import inputs

    channels = model.about.settings.get("channels", 1)
    if model.about.settings.get("prepare") == "picture":
        seen = inputs.fit(inputs.read(file, channels), channels)[None]
    else:
        found = inputs.find(inputs.read(file))
        if not found:
            raise InputError(f"{file}: no digit found; draw it thicker, or light it evenly, in front of a plain ground")
        seen = np.repeat(np.stack(found)[..., None], channels, axis=3)
    seen = np.round(seen)  # whole levels, as training had them
    rows = model.predict(seen)
    ranked = [{model.labels[i]: round(float(row[i]), 4) for i in np.argsort(-row)} for row in rows]
    return Prediction(file, "".join(next(iter(shares)) for shares in ranked), ranked, seen)


def _line(prediction: Prediction, top: int) -> str:
    if len(prediction.probabilities) == 1:
        shares = prediction.probabilities[0].items()
        return f"{prediction.file}: {', '.join(f'{label} {share:.0%}' for label, share in list(shares)[: max(top, 1)])}"
    sure = ", ".join(f"{next(iter(shares.values())):.0%}" for shares in prediction.probabilities)
    return f"{prediction.file}: {prediction.label} ({sure})"


def _as_json(prediction: Prediction) -> dict:
    content = asdict(prediction)
    del content["seen"]
    return content


def _draw(predictions: list[Prediction], path: str) -> None:
    """A row for each picture: what the network saw, each with its answer."""
    from suite.console import plots

    plots.sheet(
        [
            [(seen, next(iter(shares))) for seen, shares in zip(p.seen, p.probabilities, strict=True)]
            for p in predictions
        ],
        [Path(p.file).name for p in predictions],
        Path(path),
    )
