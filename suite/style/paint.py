"""`paint`: one picture by Gatys' method, slowly and exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from suite.console import quiet
from suite.errors import InputError
from suite.style.config import LossConfig

LARGEST = 1024  # pixels: larger ones are finished in more memory and time than anybody waits


def paint(
    content: str,
    styles: list[str],
    *,
    output: str = "painted.png",
    size: int = 512,
    steps: int = 300,
    strength: float = 1.0,
    weights: tuple[str, ...] = (),
    scale: float = 1.0,
    start: Literal["content", "noise", "style"] = "content",
    optimiser: Literal["adam", "lbfgs"] = "adam",
    learning_rate: float = 5.0,
    keep_colours: bool = False,
    every: int = 0,
    seed: int = 1,
    loss: LossConfig = LossConfig(),
) -> Path:
    """Paints a photograph in the style of a picture, or of several, pixel by pixel (Gatys et al. 2015).

    Args:
        content: The photograph.
        styles: The picture whose style it is to have; of several a mixture.
        output: File to write, .png, .jpg or .webp; what it was made of and how stands in its metadata.
        size: Length of the longer side, in pixels; a photograph is not enlarged beyond its own.
        steps: Number of steps.
        strength: How much of the style: factor of the style loss's weight, from 0.
        weights: Of several styles how much of each, such as .7,.3; by default alike.
        scale: Size at which a style is looked at, as a factor of the picture's: larger strokes from 1 on, finer below.
        start: What is changed, step by step: the content, noise, or the (first) style.
        optimiser: adam, or lbfgs (L-BFGS by SciPy).
        learning_rate: Of adam, in levels of 0 to 255.
        keep_colours: Paint in shades of grey, and give the result the photograph's colours.
        every: Write an intermediate picture each so many steps, beside the output; 0 for none.
        seed: Of the noise.

    Returns:
        The file.
    """
    from suite.style import inputs

    path = inputs.output_file(output, [content, *styles])
    shares = _shares(weights, styles)
    _check(size, steps, strength, scale, learning_rate, every)
    for step in range(every, steps + 1, every) if every else ():
        inputs.output_file(str(_beside(path, step)), [content, *styles])
    with quiet.native_stderr():
        from suite.nets import vgg as features
        from suite.style import gatys, memory
        from suite.style.losses import Judge, mixed

    photograph, paintings = inputs.read(content), [inputs.read(style) for style in styles]
    photograph = inputs.longest(photograph, min(size, max(photograph.shape[:2])))
    with quiet.native_stderr():
        loss = replace(loss, style=strength * loss.style)
        judge = Judge(loss, features.load(loss.net, loss.layers))
    features.check_size(judge.net, photograph.shape, content)
    memory.check(partial(memory.needed, judge.net), photograph.shape)
    looked_at = [inputs.scaled(p, round(scale * min(photograph.shape[:2])), grow=True) for p in paintings]
    for picture, file in zip(looked_at, styles, strict=True):
        features.check_size(judge.net, picture.shape, file)
    plain = photograph
    if keep_colours:
        photograph, looked_at = inputs.grey(photograph), [inputs.grey(picture) for picture in looked_at]
    made = {
        "content": Path(content).name,
        "styles": {Path(file).name: round(share, 4) for file, share in zip(styles, shares, strict=True)},
        "size": max(photograph.shape[:2]),
        "strength": strength,
        "scale": scale,
        "start": start,
        "optimiser": optimiser,
        "learning_rate": learning_rate,
        "keep_colours": keep_colours,
        "seed": seed,
        "loss": {name: getattr(loss, name) for name in ("net", "style", "content", "variation", "content_layer")}
        | {"style_layers": list(loss.style_layers)},
    }

    def write(state, to: Path) -> None:
        picture = inputs.with_colours(state.picture, plain) if keep_colours else state.picture
        inputs.write(picture, to, made | {"steps": state.step, "losses": _rounded(state.losses)})

    tell = _teller(steps, lambda state: every and state.step % every == 0 and write(state, _beside(path, state.step)))
    best = gatys.optimise(
        judge,
        judge.content_of(photograph[None]),
        mixed([judge.style_of(picture[None]) for picture in looked_at], shares),
        _start(start, photograph, looked_at[0], seed),
        steps,
        optimiser,
        learning_rate,
        tell,
    )
    write(best, path)
    height, width = best.picture.shape[:2]
    print(f"\nthe picture: {path} ({width}x{height}, the best of {tell.steps} steps: the {best.step}th)")
    if tell.steps < steps and optimiser == "adam":
        print(f"stopped before the {steps} steps were done")
    print(f"next:        python -m suite.style train --data.path PHOTOGRAPHS --data.styles {styles[0]}")
    return path


def _start(start: str, photograph, painting, seed: int):
    """The picture to begin with, of the photograph's size."""
    import numpy as np

    from suite.style import inputs

    if start == "noise":
        return np.random.default_rng(seed).uniform(0, 255, photograph.shape).astype(np.float32)
    return inputs.cover(painting, *photograph.shape[:2]) if start == "style" else photograph


def _teller(steps: int, after):
    """What tells of each step: on a terminal in place, otherwise ten times, and what is to happen `after` each."""
    import sys

    terminal = sys.stdout.isatty()

    def tell(state) -> None:
        tell.steps = state.step
        after(state)
        if not terminal and state.step % max(1, steps // 10) and state.step != steps:
            return
        parts = ", ".join(f"{name} {loss:.4f}" for name, loss in state.losses.items())
        left = state.seconds / state.step * (steps - state.step)
        end = "\r" if terminal and state.step < steps else "\n"
        print(f"step {state.step} of {steps}: {parts}; {left:.0f} s left ", end=end, flush=True)

    tell.steps = 0
    return tell


def _rounded(losses: dict[str, float]) -> dict[str, float]:
    return {name: round(loss, 5) for name, loss in losses.items()}


def _beside(path: Path, step: int) -> Path:
    return path.with_name(f"{path.stem}_{step:04d}{path.suffix}")


def _shares(weights: tuple[str, ...], styles: list[str]) -> list[float]:
    """Each style's share, from the weights that were given; they sum to 1."""
    try:
        numbers = [float(weight) for weight in weights] or [1.0] * len(styles)
    except ValueError:
        raise InputError(f"weights: {','.join(weights)}: expected numbers, such as .7,.3") from None
    if len(numbers) != len(styles):
        raise InputError(f"weights: {len(numbers)} for {len(styles)} styles; give one for each")
    if not all(math.isfinite(number) and number >= 0 for number in numbers) or not sum(numbers):
        raise InputError(f"weights: {','.join(weights)}: expected numbers from 0 that do not sum to 0")
    return [number / sum(numbers) for number in numbers]


def _check(size: int, steps: int, strength: float, scale: float, learning_rate: float, every: int) -> None:
    if not 32 <= size <= LARGEST:
        raise InputError(f"size: {size}: expected 32 to {LARGEST} pixels")
    if steps < 1 or every < 0:
        raise InputError(f"steps: {steps}, every: {every}: expected steps from 1, and every from 0")
    if not (0 <= strength < math.inf and 0 < scale <= 4 and 0 < learning_rate < math.inf):
        raise InputError(
            f"strength {strength}, scale {scale}, learning_rate {learning_rate}: expected a strength from 0, a scale "
            "above 0 to 4 and a learning rate above 0"
        )
