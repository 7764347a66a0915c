"""`explain`: what a model's answer rests on."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from suite.interpret.attribution import Deletion


@dataclass(frozen=True)
class Explanation:
    """What an answer rests on.

    Args:
        input: The input.
        label: The explained label.
        probability: Its probability.
        answer: The model's answer.
        method: occlusion or gradients.
        map: Attribution of each place of the grid; of words, of each word.
        deletion: How true it is: the label's probability while the places are taken out.
        words: The words, of a sentence.
    """

    input: str
    label: str
    probability: float
    answer: str
    method: str
    map: np.ndarray
    deletion: Deletion
    words: tuple[str, ...] = ()


def explain(
    input: str,
    *,
    model: str,
    label: str | None = None,
    method: Literal["occlusion", "gradients"] = "occlusion",
    output: str = "explained.png",
    json: bool = False,
) -> Explanation:
    """Shows which pixels, times and frequencies, or words an answer rests on.

    Occlusion takes parts of the input out and needs no more than the answers of a model of any form; a .tflite is
    explained without TensorFlow.

    Args:
        input: A picture, a recording, or a text.
        model: A .tflite, SavedModel folder, .keras or run.
        label: The label to explain; by default the answer.
        method: occlusion, or gradients (integrated gradients, of a run, a .keras or a version's folder).
        output: The picture, a .png: the input, the same under red where it speaks for the label and blue where
            against, and the deletion curve.
        json: Print the figures as JSON.

    Returns:
        The explanation.

    Raises:
        InputError: The input cannot be read, or the model has no such label or no gradients.
    """
    from suite.artefacts import runtime
    from suite.console import log
    from suite.data import pictures
    from suite.interpret import attribution, load, sheets

    file = pictures.output_file(output, [input], (".png",))
    if json:
        log.only_warnings()
    loaded = runtime.load(model)
    canvas = load.canvas(loaded.task, loaded.about, model)
    raw = canvas.read(input)
    probabilities = loaded.predict_raw(canvas.masked(raw, np.ones((1, *canvas.grid(raw)))))[0]
    number = load.label_number(loaded.about, label) if label else int(np.argmax(probabilities))
    if method == "gradients":
        found = attribution.integrated_gradients(load.load(model), raw, number)
    else:
        found = attribution.occlusion(loaded.predict_raw, canvas, raw, number)
    curve = attribution.deletion(loaded.predict_raw, canvas, raw, number, found)
    explanation = Explanation(
        input,
        loaded.labels[number],
        round(float(probabilities[number]), 5),
        loaded.labels[int(np.argmax(probabilities))],
        method,
        found,
        curve,
        tuple(canvas.words(raw)) if canvas.words else (),
    )
    sheets.explanation(explanation, canvas, raw, file)
    print(_json(explanation) if json else f"{_text(explanation)}\n\nthe picture: {file}")
    return explanation


def _text(found: Explanation) -> str:
    from suite.interpret import sheets

    against = f"; the answer is {found.answer}" if found.answer != found.label else ""
    curve = found.deletion
    return "\n".join(
        [
            sheets.coloured(found.words, found.map) if found.words else found.input,
            f"{found.label} {found.probability:.1%}{against}",
            f"area under the deletion curve {curve.area:.3f}, of random orders {curve.random_area:.3f}",
        ]
    )


def _json(explanation: Explanation) -> str:
    content = asdict(explanation) | {"map": np.round(np.float64(explanation.map), 4).tolist()}
    return json_format.dumps(content, ensure_ascii=False)
