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
    from suite.interpret import load, sheets

    file = sheets.output_file(output, [input], ["{}.wav"])
    if json:
        log.only_warnings()
    with quiet.native_stderr():
        import tensorflow as tf

        loaded = load.load(model)
    canvas, labels = loaded.canvas, loaded.about.labels
    target, raw = load.label_number(loaded.about, to), canvas.read(input)
    judging = load.judge(judge, loaded.about) if judge else None
    original = canvas.masked(raw, np.ones((1, *canvas.grid(raw))))

    def answer(inputs: Any) -> np.ndarray:
        return np.asarray(tf.nn.softmax(loaded.model(loaded.encode(inputs)))[0])

    before = answer(original)
    if int(before.argmax()) == target:
        raise InputError(f"{input}: is read as {to} already; name another label by --to")
    if canvas.words:
        from suite.interpret import sentences

        text = sentences.exchanged(loaded, raw, target)
        changed: Any = [text]
        pairs = list(zip(canvas.words(raw), text.split(" "), strict=True))
        count, size = sum(a != b for a, b in pairs), sum(a != b for a, b in pairs) / len(pairs)
        detail = f"{count} of {len(pairs)} words"
    else:
        text, changed = "", smallest(loaded, original, target, prior == "natural", seed)
        difference = changed[0] - original[0]
        size = float(np.linalg.norm(difference)) / max(float(np.linalg.norm(original[0])), 1e-9)
        detail = f"{-20 * np.log10(max(size, 1e-9)):.0f} dB below the input, at most {np.abs(difference).max():.3g}"
    after = answer(changed)
    read = judging.predict_raw(changed)[0] if judging else None
    result = Change(
        input,
        (labels[int(before.argmax())], round(float(before.max()), 5)),
        (to, round(float(after[target]), 5)),
        round(size, 5),
        detail,
        (judging.labels[int(read.argmax())], round(float(read.max()), 5)) if judging and read is not None else None,
        text,
    )
    sheets.change(result, canvas, original[0], changed[0], file)
    if canvas.write:
        canvas.write(changed[0], file.with_suffix(canvas.suffix))
    if json:
        print(json_format.dumps(asdict(result), ensure_ascii=False))
        return result
    print(f"{input}: {result.before[0]} {result.before[1]:.1%} -> {text or canvas.inputs}: {to} {result.to[1]:.1%}")
    print(f"the change: {result.size:.1%} of the input ({detail})")
    if result.judge:
        print(f"the judge reads it as {result.judge[0]} {result.judge[1]:.1%}")
    print(f"\nthe picture: {file}")
    return result


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
