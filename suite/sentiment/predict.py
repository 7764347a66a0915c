"""`predict`: texts in, labels out; a .tflite needs no TensorFlow for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from suite.errors import InputError

if TYPE_CHECKING:
    from suite.artefacts.runtime import Artefact

_RED, _GREEN, _PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[0m"


@dataclass(frozen=True)
class Prediction:
    """The answer for one text.

    Args:
        text: The text.
        probabilities: Label to probability, the most probable first.
        added: Where it is explained: each word, and what it added to the answer's logit, above the labels' mean.
    """

    text: str
    probabilities: dict[str, float]
    added: list[tuple[str, float]] | None = None

    @property
    def label(self) -> str:
        return next(iter(self.probabilities))


def predict(
    inputs: list[str] = (),
    *,
    file: str | None = None,
    model: str | None = None,
    explain: bool = False,
    json: bool = False,
) -> list[Prediction]:
    """Says which label each text has: those that are given, the lines of a file, or of standard input.

    Args:
        inputs: Texts; - for the lines of standard input.
        file: A text file, UTF-8 or Latin-1, with a text on each line.
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/sentiment.
        explain: Tell what each word added to the answer, in colours on a terminal; imports TensorFlow.
        json: Print JSON.

    Raises:
        InputError: A text is empty; the others were told.
    """
    from suite.artefacts import published, runtime
    from suite.console.answers import answer_each

    path = Path(model) if model else published.newest("sentiment")
    loaded = runtime.load(path, task="sentiment")
    reasons = _reasons(path) if explain else None
    return answer_each(
        _texts(inputs, file),
        lambda text: predict_text(loaded, text, reasons),
        _line,
        _as_json if json else None,
        "texts",
    )


def predict_text(model: Artefact, text: str, reasons: Callable[[Any], Any] | None = None) -> Prediction:
    """The prediction for one text.

    Args:
        model: A text classifier.
        text: The text.
        reasons: From ids (B, N) to what each place adds to each logit (B, N, L), where it is to be explained.

    Raises:
        InputError: There is no word in it.
    """
    import numpy as np

    from suite.problems.classification import names
    from suite.sentiment import text as tokeniser

    words = tokeniser.tokens(text)
    if not words:
        raise InputError(f"{text!r}: no word in it; give a text")
    ids = model.encode([text])
    row = model.predict(ids)[0]
    ranked = names(model.labels, row)
    if reasons is None:
        return Prediction(text, ranked)
    added = reasons(ids["ids"])[0]  # (N, L)
    worth = added[:, int(np.argmax(row))] - added.mean(axis=1)
    return Prediction(text, ranked, [(word, round(float(w), 3)) for word, w in zip(words, worth, strict=False)])


def _texts(inputs: list[str], file: str | None) -> list[str]:
    """The texts that were asked for, in their order; empty lines are left out."""
    from suite.sentiment import files

    texts = []
    for given in inputs:
        texts += [line.strip() for line in sys.stdin if line.strip()] if given == "-" else [given]
    if file:
        texts += [line.strip() for line in files.read(Path(file)).split("\n") if line.strip()]
    if not texts:
        raise InputError("no text: give one in quotation marks, --file FILE, or - for the lines of standard input")
    return texts


def _reasons(path: Path) -> Callable[[Any], Any]:
    """The function that explains an artefact's answers: of its own layers, or of its version's SavedModel."""
    from suite.artefacts import runtime
    from suite.console import quiet

    file = runtime.model_file(path)
    with quiet.native_stderr():
        import tensorflow as tf

        if file.suffix == ".keras":
            import keras

            from suite.sentiment import explanation

            of_ids = explanation.of(keras.saving.load_model(file, compile=False))
            return lambda ids: of_ids(tf.constant(ids)).numpy()
        version = file.parent.parent if file.suffix == ".tflite" else file
        if not (version / "saved_model.pb").is_file():
            raise InputError(f"{file}: what explains it is in its version's folder; give that, or leave --explain out")
        loaded = tf.saved_model.load(str(version))
    return lambda ids: loaded.signatures["explain"](ids=tf.constant(ids))["added"].numpy()


def _line(prediction: Prediction) -> str:
    shares = ", ".join(f"{label} {share:.0%}" for label, share in list(prediction.probabilities.items())[:3])
    if prediction.added is None:
        shown = prediction.text if len(prediction.text) <= 60 else f"{prediction.text[:57]}..."
        return f"{shown}: {shares}"
    return f"{' '.join(_coloured(word, worth) for word, worth in prediction.added)}: {shares}"


def _coloured(word: str, worth: float) -> str:
    """A word with what it added: green speaks for the answer and red against it."""
    if abs(worth) < 0.1:
        return word
    told = f"{word}({worth:+.1f})"
    return f"{_GREEN if worth > 0 else _RED}{told}{_PLAIN}" if sys.stdout.isatty() else told


def _as_json(prediction: Prediction) -> dict:
    content = {**asdict(prediction), "label": prediction.label}
    if prediction.added is None:
        del content["added"]
    return content
