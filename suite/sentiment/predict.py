"""`predict`: texts in, labels out; with a .tflite TensorFlow is not imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
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
        added: With an explanation, each word and its contribution to the answer's logit, above the labels' mean.
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
        file: A text file, UTF-8 or Latin-1, with a text on each line.
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/sentiment.
        explain: Show the contribution of each word to the answer, in colours on a terminal; imports TensorFlow.
        json: Print JSON.

    Raises:
        InputError: A text is empty; the others were answered.
    """
    from suite.artefacts import published, runtime
    from suite.console.answers import answer_each

    path = Path(model) if model else published.newest("sentiment")
    loaded = runtime.load(path, task="sentiment")
    contributions = _contributions(path) if explain else None
    return answer_each(
        _texts(inputs, file),
        lambda text: predict_text(loaded, text, contributions),
        _line,
        _as_json if json else None,
        "texts",
    )


def predict_text(model: Artefact, text: str, contributions: Callable[[Any], Any] | None = None) -> Prediction:
    """The prediction for one text.

    Args:
        model: A text classifier.
        text: The text.
        contributions: Explains the answer: ids (B, N) to the contribution of each place to each logit, (B, N, L).

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
    if contributions is None:
        return Prediction(text, ranked)
    by_label = contributions(ids["ids"])[0]  # (N, L)
    added = by_label[:, int(np.argmax(row))] - by_label.mean(axis=1)
    return Prediction(text, ranked, [(word, round(float(a), 3)) for word, a in zip(words, added, strict=False)])


def _texts(inputs: Sequence[str], file: str | None) -> list[str]:
    """The given texts, in their order; empty lines are left out."""
    from suite.sentiment import files

    texts: list[str] = []
    for given in inputs:
        texts += [line.strip() for line in sys.stdin if line.strip()] if given == "-" else [given]
    if file:
        texts += [line.strip() for line in files.read(Path(file)).split("\n") if line.strip()]
    if not texts:
        raise InputError("no text: give one in quotation marks, --file FILE, or - for the lines of standard input")
    return texts


def _contributions(path: Path) -> Callable[[Any], Any]:
    """The function that explains an artefact's answers: by its own layers, or its version's SavedModel."""
    from suite.artefacts import runtime
    from suite.console import quiet

    file = runtime.model_file(path)
    with quiet.native_stderr():
        import tensorflow as tf

        if file.suffix == ".keras":
            import keras

            from suite.sentiment import explanation

            explain = explanation.contributions(keras.saving.load_model(file, compile=False))
            return lambda ids: explain(tf.constant(ids)).numpy()
        version = file.parent.parent if file.suffix == ".tflite" else file
        if not (version / "saved_model.pb").is_file():
            raise InputError(
                f"{file}: is explained by its version's SavedModel; give the version's folder, or leave --explain out"
            )
        loaded = tf.saved_model.load(str(version))
    return lambda ids: loaded.signatures["explain"](ids=tf.constant(ids))["added"].numpy()


def _line(prediction: Prediction) -> str:
    shares = ", ".join(f"{label} {share:.0%}" for label, share in list(prediction.probabilities.items())[:3])
    if prediction.added is None:
        shown = prediction.text if len(prediction.text) <= 60 else f"{prediction.text[:57]}..."
        return f"{shown}: {shares}"
    return f"{' '.join(_coloured(*added) for added in prediction.added)}: {shares}"


def _coloured(word: str, added: float) -> str:
    """A word with its contribution: green for the answer, red against it."""
    if abs(added) < 0.1:
        return word
    text = f"{word}({added:+.1f})"
    return f"{_GREEN if added > 0 else _RED}{text}{_PLAIN}" if sys.stdout.isatty() else text


def _as_json(prediction: Prediction) -> dict[str, Any]:
    content = {**asdict(prediction), "label": prediction.label}
    if prediction.added is None:
        del content["added"]
    return content
