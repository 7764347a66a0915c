"""`predict`: texts in, labels out; with a .tflite TensorFlow is not imported."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite.errors import InputError

if TYPE_CHECKING:
    from suite.artefacts.runtime import Artefact


@dataclass(frozen=True)
class Prediction:
    """The answer for one text.

    Args:
        text: The text.
        probabilities: Label to probability, the most probable first.
        added: With an explanation, each word and what the answer's log-odds lose without it.
    """

    text: str
    probabilities: dict[str, float]
    added: list[tuple[str, float]] | None = None

    @property
    def label(self) -> str:
        return next(iter(self.probabilities))


def predict(
    inputs: tuple[str, ...] = (),
    *,
    file: str | None = None,
    model: str | None = None,
    explain: bool = False,
    json: bool = False,
) -> list[Prediction]:
    """Says which label each text has: given texts, the lines of a file, or of standard input.

    Args:
        inputs: Texts; - for the lines of standard input.
        file: A text file, UTF-8, UTF-16 or Latin-1, with a text on each line, or a folder of .txt files, a text each.
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/sentiment.
        explain: Show what each word adds to the answer's log-odds, in colours on a terminal.
        json: Print JSON.

    Raises:
        InputError: A text is empty; the others were answered.
    """
    from suite.artefacts import published, runtime
    from suite.console.answers import answer_each
    from suite.sentiment import text as tokeniser

    loaded = runtime.load(model or published.newest("sentiment"), task="sentiment")
    texts = _texts(inputs, file)
    if told := tokeniser.account_of_length(texts, loaded.about.settings["length"]):
        print(told, file=sys.stderr)
    return answer_each(
        texts, lambda text: predict_text(loaded, text, explain), _line, _as_json if json else None, "texts"
    )


def predict_text(model: Artefact, text: str, explain: bool = False) -> Prediction:
    """The prediction for one text.

    Args:
        model: A text classifier.
        text: The text.
        explain: Find out what each word adds to the answer.

    Raises:
        InputError: There is no word in it.
    """
    import numpy as np

    from suite.interpret import attribution
    from suite.problems.classification import names
    from suite.sentiment import text as tokeniser
    from suite.sentiment.canvas import canvas

    words = tokeniser.tokens(text)
    if not words:
        raise InputError(f"{text!r}: no word in it; give a text")
    ids = model.encode([text])
    row = model.predict(ids)[0]
    ranked = names(model.labels, row)
    if not explain:
        return Prediction(text, ranked)
    read = canvas(model.about)
    added = attribution.occlusion(model.predict_raw, read, text, int(np.argmax(row)))
    return Prediction(text, ranked, [(word, round(float(a), 3)) for word, a in zip(words, added, strict=False)])


def _texts(inputs: Sequence[str], file: str | None) -> list[str]:
    """The given texts, in their order; empty lines are left out."""
    from suite.data import folders
    from suite.sentiment import files

    texts: list[str] = []
    for given in inputs:
        texts += _lines(Path("-")) if given == "-" else [unicodedata.normalize("NFC", given)]
    if file and Path(file).is_dir():  # a text a file, as training reads folders
        texts += [" ".join(files.read(Path(path)).split()) for path in folders.expanded([file], (".txt",), "texts")]
    elif file:
        texts += _lines(Path(file))
    if not texts:
        raise InputError("no text: give one in quotation marks, --file FILE, or - for the lines of standard input")
    return texts


def _lines(path: Path) -> list[str]:
    from suite.sentiment import files

    return [line.strip() for line in files.read(path).split("\n") if line.strip()]


def _line(prediction: Prediction) -> str:
    import numpy as np

    from suite.interpret import sheets

    shares = ", ".join(f"{label} {share:.0%}" for label, share in list(prediction.probabilities.items())[:3])
    if prediction.added is None:
        shown = prediction.text if len(prediction.text) <= 60 else f"{prediction.text[:57]}..."
        return f"{shown}: {shares}"
    words, values = zip(*prediction.added, strict=True)
    return f"{sheets.coloured(words, np.array(values))}: {shares}"


def _as_json(prediction: Prediction) -> dict[str, Any]:
    content = {**asdict(prediction), "label": prediction.label}
    if prediction.added is None:
        del content["added"]
    return content
