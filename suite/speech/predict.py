"""`predict`: recordings in, words out; with a .tflite TensorFlow is not imported."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from suite.speech.config import SILENCE, UNKNOWN

if TYPE_CHECKING:
    from suite.artefacts.runtime import Artefact


@dataclass(frozen=True)
class Prediction:
    """The answer for one recording.

    Args:
        file: The recording.
        start: Start of the second that decided, in seconds.
        probabilities: Label to probability, the most probable first.
    """

    file: str
    start: float
    probabilities: dict[str, float]


def predict(inputs: list[str], *, model: str | None = None, top: int = 3, json: bool = False) -> list[Prediction]:
    """Says which word each recording holds.

    Of a longer recording the overlapping second with the most probable word decides. Unreadable recordings are named
    and skipped, and the exit status is then 2.

    Args:
        inputs: Sound files: WAV, FLAC, OGG, MP3 and so on, of any sample rate, length and channel count; folders of
            them; - for standard input.
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/speech.
        top: Number of labels to print.
        json: Print JSON, with all labels.

    Raises:
        InputError: A recording could not be read; the others were answered.
    """
    from suite.artefacts import published, runtime
    from suite.console.answers import answer_each
    from suite.data import folders
    from suite.speech.preprocessing import EXTENSIONS

    loaded = runtime.load(model or published.newest("speech"), task="speech")
    return answer_each(
        folders.expanded(inputs, EXTENSIONS, "recordings"),
        lambda file: predict_file(loaded, file),
        lambda prediction: _line(prediction, top),
        (lambda prediction: {**asdict(prediction), "label": next(iter(prediction.probabilities))}) if json else None,
        "recordings",
    )


def predict_file(model: Artefact, file: str) -> Prediction:
    """The prediction for one recording.

    Raises:
        InputError: The recording cannot be read.
    """
    import numpy as np

    from suite.problems.classification import names
    from suite.speech import preprocessing
    from suite.speech.features import SAMPLE_RATE

    views, rows = preprocessing.windows(preprocessing.read(file))
    parts = [model.predict_raw(views[some]) for some in np.array_split(rows, -(-len(rows) // 256))]
    probabilities = np.concatenate(parts)  # (W, L); the windows of an hour are too many for one batch
    words = [i for i, label in enumerate(model.labels) if label not in (UNKNOWN, SILENCE)]
    clearest = int(np.argmax(probabilities[:, words].max(axis=1)))
    return Prediction(file, float(rows[clearest]) / SAMPLE_RATE, names(model.labels, probabilities[clearest]))


def _line(prediction: Prediction, top: int) -> str:
    labels = [f"{label} {share:.0%}" for label, share in list(prediction.probabilities.items())[: max(top, 1)]]
    place = f"  (from {prediction.start:.2f} s)" if prediction.start else ""
    return f"{prediction.file}: {', '.join(labels)}{place}"
