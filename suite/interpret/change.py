"""`change`: the smallest change that makes an input another label."""

from __future__ import annotations

import json as json_format
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from suite.errors import InputError

if TYPE_CHECKING:
    import tensorflow as tf

    from suite.interpret.load import Inspected
    from suite.interpret.optimisation import Losses

_COSTS = 1000.0 / 4.0 ** np.arange(8)  # of the change, from dear to cheap, until the label is reached
_STEPS = (60, 120)  # of the smallest change, and of a natural one
_SHORT = 0.5  # margin that the descent aims at
_SURE = 3.0  # margin that a natural change aims at under random transforms: a probability of 95 %
_HELD = 0.95  # share of the random transforms under which a natural change must hold
_VIEWS = 16  # random transforms at a time
_FAINT = 0.15  # share of the range: the root mean square of an input counts as at least this


@dataclass(frozen=True)
class Change:
    """An input that was changed to another label.

    Args:
        input: The input.
        before: Its label, and its probability.
        to: The label that was asked for, and its probability after the change.
        size: The change relative to the input: the ratio of their Euclidean norms; of words, the share exchanged.
        detail: The size in the units of the input.
        judge: Another model's label after the change, if there is one, and its probability.
        text: Of a sentence, the changed one.
    """

    input: str
    before: tuple[str, float]
    to: tuple[str, float]
    size: float
    detail: str
    judge: tuple[str, float] | None = None
    text: str = ""


def change(
    input: str,
    *,
    model: str,
    to: str,
    prior: Literal["none", "natural"] = "none",
    judge: str | None = None,
    seed: int = 1,
    output: str = "changed.png",
    json: bool = False,
) -> Change:
    """Finds the smallest change that makes an input another label, and shows it before and after.

    Args:
        input: A picture, a recording, or a text.
        model: A run, a .keras or a version's folder.
        to: The label.
        prior: none for the smallest change, which hardly shows (Szegedy et al. 2014, "Intriguing Properties of Neural
            Networks"); natural for one that holds under random transforms, which another model may see as well.
        judge: Another model, best of another network, that says what it makes of the changed input.
        seed: Seed of the transforms.
        output: The picture, a .png: before, after, and the difference enlarged; a changed recording goes beside it.
        json: Print the figures as JSON.

    Returns:
        The change.

    Raises:
        InputError: The input has the label already, or it is not reached.
    """
    from suite.console import log, quiet
    from suite.data import pictures
    from suite.interpret import load, sheets

    file = pictures.output_file(output, [input], (".png",), ["{}.wav"])
    if not 0 <= seed < 2**31:
        raise InputError(f"seed: {seed}: expected 0 to {2**31 - 1}")
    if json:
        log.only_warnings()
    with quiet.native_stderr():
        loaded = load.load(model)
    canvas, labels = loaded.canvas, loaded.about.labels
    if not (canvas.surfaces or canvas.words):
        raise InputError(f"{model}: takes a {canvas.inputs}, which does not change by small steps; use explain")
    target, raw = load.label_number(loaded.about, to), canvas.read(input)
    judging = load.judge(judge, loaded.about) if judge else None
    original = canvas.masked(raw, np.ones((1, *canvas.grid(raw))))
    before = _answer(loaded, original)
    if int(before.argmax()) == target:
        raise InputError(f"{input}: is read as {to} already; name another label by --to")
    changed, size, detail = (_words if canvas.words else _values)(loaded, original, target, prior == "natural", seed)
    read = judging.predict_raw(changed)[0] if judging else None
    result = Change(
        input,
        (labels[int(before.argmax())], round(float(before.max()), 5)),
        (to, round(float(_answer(loaded, changed)[target]), 5)),
        round(size, 5),
        detail,
        (judging.labels[int(read.argmax())], round(float(read.max()), 5)) if judging and read is not None else None,
        changed[0] if canvas.words else "",
    )
    sheets.change(result, canvas, original[0], changed[0], file)
    if canvas.write:
        canvas.write(changed[0], file.with_suffix(canvas.suffix))
    print(json_format.dumps(asdict(result), ensure_ascii=False) if json else f"{_text(result)}\n\nthe picture: {file}")
    return result


def _text(found: Change) -> str:
    judged = f"\nthe judge reads it as {found.judge[0]} {found.judge[1]:.1%}" if found.judge else ""
    return (
        f"{found.input}: {found.before[0]} {found.before[1]:.1%}\n"
        f"{found.text or 'changed'}: {found.to[0]} {found.to[1]:.1%}\n"
        f"the change: {found.size:.1%} of the input ({found.detail}){judged}"
    )


def _answer(model: Inspected, raw: Any) -> np.ndarray:
    """The probabilities of one raw input, (L,)."""
    import tensorflow as tf

    return np.asarray(tf.nn.softmax(model.model(model.encode(raw)))[0])


def _words(model: Inspected, original: list[str], target: int, natural: bool, seed: int) -> tuple[Any, float, str]:
    """A changed sentence, the share of its words that were exchanged, and their number."""
    from suite.interpret import sentences

    assert model.canvas.words
    words = model.canvas.words(original[0])
    changed = sentences.exchanged(model, words, target)
    count = sum(before != after for before, after in zip(words, changed, strict=True))
    return [" ".join(changed)], count / len(words), f"{count} of {len(words)} words"


def _values(model: Inspected, original: np.ndarray, target: int, natural: bool, seed: int) -> tuple[Any, float, str]:
    """A changed picture or sound, its distance relative to the original's norm, and its level."""
    changed = smallest(model, original, target, natural, seed)
    difference = changed[0] - original[0]
    size = float(np.linalg.norm(difference)) / max(float(np.linalg.norm(original[0])), 1e-9)
    level = -20 * np.log10(max(size, 1e-9))
    return changed, size, f"{level:.0f} dB below it, at most {np.abs(difference).max():.3g}"


def smallest(model: Inspected, original: np.ndarray, target: int, natural: bool, seed: int) -> np.ndarray:
    """The input with the smallest change found that makes it another label.

    By descent on the margin that is missing and the change's cost, which falls until the label is reached (Carlini and
    Wagner 2017, "Towards Evaluating the Robustness of Neural Networks", section V); then the change is cut back.

    Args:
        model: A model whose inputs change by small steps.
        original: The input as the Keras model takes it, (1, ...).
        target: Number of the label.
        natural: Whether the label must hold under 95 % of random transforms.
        seed: Of the transforms.

    Raises:
        InputError: The label is not reached.
    """
    import tensorflow as tf

    from suite.interpret import objectives
    from suite.interpret.optimisation import differentiated, minimise

    surface, logits = next(iter(model.canvas.surfaces.values()))(), model.activations("logits")
    whole, cost, own = np.asarray(original, np.float32), tf.Variable(0.0), tf.fill((_VIEWS,), target)
    low, high = model.canvas.limits
    least = whole.size * (_FAINT * (high - low)) ** 2
    energy, start = max(float(np.square(whole).sum()), least), whole
    if energy == least:  # in a blank input a network may answer nothing, and has no gradient
        noise = np.random.default_rng(seed).normal(0, 0.1 * (high - low), whole.shape)
        start = np.clip(whole + noise, low, high).astype(np.float32)

    def seen(values: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """The margins of the input, or of some random transforms of it."""
        if not natural:
            return objectives.margins(logits(values), own[:1])
        return objectives.margins(logits(surface.transform(tf.repeat(values, _VIEWS, 0), tf.stack([seed, step]))), own)

    def loss(values: tf.Tensor, step: tf.Tensor) -> Losses:
        missing = tf.reduce_mean(tf.nn.relu((_SURE if natural else _SHORT) - seen(values, step)))
        return {"total": missing + cost * tf.reduce_sum(tf.square(values - whole)) / energy}

    def reached(inputs: np.ndarray) -> bool:
        if not natural:
            return int(np.argmax(logits(tf.constant(inputs)))) == target
        margins = np.concatenate([seen(tf.constant(inputs), tf.constant(-1 - n)).numpy() for n in range(4)])
        return bool(np.mean(margins > 0) >= _HELD)

    gradient = differentiated(loss, whole.shape)
    for dear in _COSTS:
        cost.assign(dear)
        found = minimise(
            gradient,
            start,
            _STEPS[natural],
            learning_rate=0.05 * float(np.sqrt(energy / whole.size)),
            limits=(low, high),
        ).last.values
        if reached(found):
            break
    else:
        raise InputError(
            f"{model.about.labels[target]}: is not reached by any change that was tried; name another label"
        )
    if natural:
        return found
    nearer = (whole + (found - whole) * np.float32(share / 64) for share in range(1, 64))
    return next((inputs for inputs in nearer if reached(inputs)), found)
