"""`predict`: pictures in, digits or classes out; with a .tflite TensorFlow is not imported."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite.errors import InputError

if TYPE_CHECKING:
    from suite.artefacts.runtime import Artefact


@dataclass(frozen=True)
class Prediction:
    """The answer for one picture.

    Args:
        file: The picture.
        label: The class; of several digits in a row the number.
        probabilities: Label to probability, the most probable first; one for each digit, from left to right.
        seen: The network's inputs, float32 (D, H, W, C) in 0..255.
    """

    file: str
    label: str
    probabilities: list[dict[str, float]]
    seen: Any = field(repr=False, compare=False)


def predict(
    inputs: list[str], *, model: str | None = None, show: str | None = None, top: int = 3, json: bool = False
) -> list[Prediction]:
    """Says which digit, or which number, each picture shows.

    In photographs and drawings the digits are found, turned light on dark where needed, and centred as MNIST's are.
    Unreadable pictures are named and skipped, and the exit status is then 2.

    Args:
        inputs: Pictures: PNG, JPEG and so on, of any size; folders of them; - for standard input.
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/digits.
        show: PNG file to write the network's inputs to, each with its answer.
        top: Number of classes to print for a single digit.
        json: Print JSON, with all classes.

    Raises:
        InputError: A picture could not be read; the others were answered.
    """
    from suite.artefacts import published, runtime
    from suite.console.answers import answer_each
    from suite.data import folders, pictures

    inputs = folders.expanded(inputs, pictures.EXTENSIONS, "pictures")
    if show and (not show.lower().endswith(".png") or Path(show).resolve() in [Path(f).resolve() for f in inputs]):
        raise InputError(f"{show}: must be a .png file other than the inputs")
    loaded = runtime.load(model or published.newest("digits"), task="digits")
    read: list[Prediction] = []

    def one(file: str) -> Prediction:
        read.append(predict_file(loaded, file))
        return read[-1]

    try:
        return answer_each(inputs, one, lambda p: _line(p, top), _as_json if json else None, "pictures")
    finally:  # also if a picture could not be read
        if show and read:
            _draw(read, show)
            print(f"what the network saw: {show}", file=sys.stderr if json else sys.stdout)


def predict_file(model: Artefact, file: str) -> Prediction:
    """The prediction for one picture.

    Raises:
        InputError: It cannot be read, or no digit is found.
    """
    from suite.digits import preprocessing
    from suite.digits.config import SIZE
    from suite.problems.classification import names

    settings = model.about.settings
    seen = preprocessing.read(
        file, settings.get("prepare", "digit"), settings.get("size", SIZE), settings.get("channels", 1)
    )
    ranked = [names(model.labels, row) for row in model.predict(seen)]
    return Prediction(file, "".join(next(iter(shares)) for shares in ranked), ranked, seen)


def _line(prediction: Prediction, top: int) -> str:
    if len(prediction.probabilities) == 1:
        shares = prediction.probabilities[0].items()
        return f"{prediction.file}: {', '.join(f'{label} {share:.0%}' for label, share in list(shares)[: max(top, 1)])}"
    sure = ", ".join(f"{next(iter(shares.values())):.0%}" for shares in prediction.probabilities)
    return f"{prediction.file}: {prediction.label} ({sure})"


def _as_json(prediction: Prediction) -> dict[str, Any]:
    return {name: value for name, value in asdict(prediction).items() if name != "seen"}


def _draw(predictions: list[Prediction], path: str) -> None:
    """A row for each picture: what the network saw, each with its answer."""
    from suite.console import plots

    answers = [[next(iter(shares)) for shares in p.probabilities] for p in predictions]
    rows = [list(zip(p.seen, row, strict=True)) for p, row in zip(predictions, answers, strict=True)]
    plots.sheet(rows, [Path(p.file).name for p in predictions], Path(path))
