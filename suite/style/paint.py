"""`paint`: one picture by Gatys' method, the optimisation of its pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from suite.console import quiet
from suite.console.progress import progress
from suite.errors import InputError
from suite.style.config import LossConfig

if TYPE_CHECKING:
    import numpy as np

    from suite.interpret.optimisation import State
    from suite.style.losses import PerceptualLoss

LARGEST = 1024  # pixels of the longer side
_LEAST_REGION = 0.002  # share of a picture
COARSEST = 256  # pixels from which a picture is enlarged and gone on with: coarse strokes first, then fine ones


def paint(
    content: str,
    styles: list[str],
    *,
    output: str = "painted.png",
    size: int = 512,
    steps: int = 150,
    strength: float = 1.0,
    weights: tuple[str, ...] = (),
    mask: str | None = None,
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

    A picture of 512 pixels or more is painted small first, then enlarged and gone on with (Gatys et al. 2017,
    "Controlling Perceptual Factors in Neural Style Transfer", section 6): that finds large strokes, and takes most of
    the steps where they take little time.

    Args:
        content: The photograph.
        styles: The picture whose style is used; of several a mixture.
        output: File to write, .png, .jpg or .webp; its metadata say how it was made.
        size: Length of the longer side, in pixels; a photograph is not enlarged.
        steps: Number of steps; after each doubling of the size half as many follow.
        strength: Factor of the style loss's weight, from 0.
        weights: Weight of each style, such as .7,.3; by default equal.
        mask: Picture that says where each style is used, in place of a mixture: the first where it is white, the last
            where it is black, others where it is grey, and a mixture of two between their greys.
        scale: Size of the styles as a factor of the picture's: larger strokes above 1, finer below.
        start: Picture to begin with: the content, noise, or the (first) style.
        optimiser: adam, or lbfgs (L-BFGS by SciPy).
        learning_rate: Learning rate of adam, in levels of 0 to 255.
        keep_colours: Paint in grey, and give the result the photograph's colours.
        every: Write an intermediate picture each so many steps, beside the output; 0 for none.
        seed: Seed of the noise.

    Returns:
        The file.
    """
    from suite.data import pictures

    path = pictures.output_file(output, [content, *styles, *([mask] if mask else [])])
    if mask and (weights or len(styles) < 2):
        raise InputError(f"mask: {mask}: says where each of several styles is used; name two or more, without weights")
    shares = _shares(weights, styles)
    _check(size, steps, strength, scale, learning_rate, every, seed)
    for step in range(every, 3 * steps, every) if every else ():  # all that there may be, in three stages
        pictures.output_file(str(_intermediate(path, step)), [content, *styles])
    with quiet.native_stderr():
        from suite.style.losses import PerceptualLoss

        losses = PerceptualLoss(replace(loss, style=strength * loss.style))
    photograph, paintings = _pictures(losses, content, styles, size, scale)
    regions = _regions(mask, styles, photograph.shape) if mask else None
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
        "mask": Path(mask).name if mask else None,
        "seed": seed,
        "loss": asdict(losses.config),
    }
    stages = _stages(losses, photograph, paintings, steps, scale, keep_colours)
    writer = _Writer(path, sum(stage.steps for stage in stages), every, made, photograph, keep_colours)
    begin = _start(start, stages[0], seed)
    best = _painted(losses, stages, shares, regions, begin, optimiser, learning_rate, writer)
    writer.write(best, path)
    height, width = photograph.shape[:2]
    print(f"\nthe picture: {path} ({width}x{height}, the best of {writer.done} steps: number {best.step})")
    if writer.interrupted:
        print(f"stopped before the {writer.steps} steps were done")
    print(f"next:        python -m suite.style train --data.path PHOTOGRAPHS --data.styles {styles[0]}")
    return path


class _Stage(NamedTuple):
    """Photograph and paintings of one size, and the number of steps."""

    photograph: np.ndarray
    paintings: list[np.ndarray]
    steps: int


def _stages(
    losses: PerceptualLoss,
    photograph: np.ndarray,
    paintings: Sequence[np.ndarray],
    steps: int,
    scale: float,
    grey: bool,
) -> list[_Stage]:
    """The stages, each twice as large as that before; none is smaller than the nets can read."""
    from suite.data import pictures
    from suite.pretrained import nets
    from suite.style import images

    longer, shorter = max(photograph.shape[:2]), min(1.0, scale) * min(photograph.shape[:2])
    least = max(nets.least_side(losses.net), nets.least_side(losses.content_net))
    count = 1
    while longer / 2**count >= COARSEST and shorter / 2**count >= least:
        count += 1
    if grey:
        photograph, paintings = images.grey(photograph), [images.grey(picture) for picture in paintings]
    stages = []
    for number in range(count):
        small = pictures.resized_longer(photograph, round(longer / 2 ** (count - 1 - number)))
        side = round(scale * min(small.shape[:2]))
        seen = [pictures.resized_shorter(picture, side, grow=True) for picture in paintings]
        stages.append(_Stage(small, seen, max(1, steps >> number)))
    return stages


def _painted(
    losses: PerceptualLoss,
    stages: Sequence[_Stage],
    shares: Sequence[float],
    regions: np.ndarray | None,
    start: np.ndarray,
    optimiser: Literal["adam", "lbfgs"],
    learning_rate: float,
    writer: _Writer,
) -> State:
    """The best picture of the last stage; each begins with that of the stage before.

    Ctrl-C ends it with the best so far.
    """
    from suite.data import pictures
    from suite.style import gatys
    from suite.style.losses import mixed, stacked

    best: State | None = None
    for photograph, paintings, steps in stages:
        grams = [losses.style_grams(picture[None]) for picture in paintings]
        try:
            found = gatys.optimise(
                losses,
                losses.content_features(photograph[None]),
                mixed(grams, shares) if regions is None else stacked(grams),
                pictures.resized(best.values, *photograph.shape[:2]) if best else start,
                steps,
                optimiser,
                learning_rate,
                writer.after,
                regions,
            )
        except KeyboardInterrupt:
            if best is None:
                raise
            writer.interrupted = True
            break
        best = replace(found.best, step=writer.before + found.best.step)
        writer.before, writer.interrupted = writer.done, found.interrupted
        if found.interrupted:
            break
    assert best is not None
    return best


class _Writer:
    """Reports the progress, and writes pictures of one size. Steps are counted through all stages.

    Args:
        path: The file.
        steps: Number of steps in all.
        every: Write an intermediate picture each so many steps; 0 for none.
        made: How they were made, for the metadata.
        photograph: The photograph, whose size and, if they are kept, colours they have.
        keep_colours: Whether they are.
    """

    def __init__(
        self, path: Path, steps: int, every: int, made: dict[str, Any], photograph: np.ndarray, keep_colours: bool
    ) -> None:
        self.path, self.steps, self.every, self.made = path, steps, every, made
        self.photograph, self.keep_colours = photograph, keep_colours
        self.report, self.before, self.done = progress("painting", "steps", lines=10), 0, 0
        self.interrupted = False

    def after(self, state: State) -> None:
        self.done = self.before + state.step
        self.report(self.done, self.steps, "".join(f", {name} {value:.4f}" for name, value in state.losses.items()))
        if self.every and self.done % self.every == 0:
            self.write(replace(state, step=self.done), _intermediate(self.path, self.done))

    def write(self, state: State, file: Path) -> None:
        from suite.data import pictures
        from suite.style import images

        picture = pictures.resized(state.values, *self.photograph.shape[:2])
        picture = images.with_colours(picture, self.photograph) if self.keep_colours else images.smooth_colours(picture)
        losses = {name: round(value, 5) for name, value in state.losses.items()}
        pictures.write(picture, file, self.made | {"steps": state.step, "losses": losses})


def _pictures(
    losses: PerceptualLoss, content: str, styles: Sequence[str], size: int, scale: float
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The photograph and the paintings, of the size in which the feature nets see them at the end."""
    from suite.data import pictures
    from suite.pretrained import memory, nets
    from suite.style import images

    photograph = images.read(content)
    photograph = pictures.resized_longer(photograph, min(size, max(photograph.shape[:2])))
    shorter = round(scale * min(photograph.shape[:2]))
    paintings = [pictures.resized_shorter(images.read(style), shorter, grow=True) for style in styles]
    for picture, file in zip([photograph, *paintings], [content, *styles], strict=True):
        for net in (losses.net, losses.content_net):
            nets.check_size(net, picture.shape, file)
        memory.check(losses.needed, picture.shape)
    return photograph, paintings


def _regions(mask: str, styles: Sequence[str], shape: tuple[int, ...]) -> np.ndarray:
    """How far each pixel belongs to each style, float32 (S, H, W, 1) in 0..1; they sum to 1.

    Raises:
        InputError: The mask cannot be read, or has no place for a style.
    """
    import numpy as np

    from suite.data import pictures

    level = pictures.resized(pictures.read(mask), *shape[:2]) / 255
    place = (1 - level.clip(0, 1)) * (len(styles) - 1)
    regions = np.maximum(0, 1 - np.abs(place - np.arange(len(styles))[:, None, None])).astype(np.float32)
    for file, region in zip(styles, regions, strict=True):
        if region.mean() < _LEAST_REGION:
            raise InputError(f"mask: {mask}: has no place for {file}; see --help for its greys")
    return regions[..., None]


def _start(start: str, stage: _Stage, seed: int) -> np.ndarray:
    """The picture to begin with, of the first stage's size."""
    import numpy as np

    from suite.style import images

    size = stage.photograph.shape
    if start == "noise":
        return np.random.default_rng(seed).uniform(0, 255, size).astype(np.float32)
    return images.cover(stage.paintings[0], *size[:2]) if start == "style" else stage.photograph


def _intermediate(path: Path, step: int) -> Path:
    return path.with_name(f"{path.stem}_{step:04d}{path.suffix}")


def _shares(weights: Sequence[str], styles: Sequence[str]) -> list[float]:
    """The share of each style; they sum to 1."""
    try:
        numbers = [float(weight) for weight in weights] or [1.0] * len(styles)
    except ValueError:
        raise InputError(f"weights: {','.join(weights)}: expected numbers, such as .7,.3") from None
    if len(numbers) != len(styles):
        raise InputError(f"weights: {len(numbers)} for {len(styles)} styles; give one for each")
    if not all(math.isfinite(number) and number >= 0 for number in numbers) or not sum(numbers):
        raise InputError(f"weights: {','.join(weights)}: expected numbers from 0 that do not sum to 0")
    return [number / sum(numbers) for number in numbers]


def _check(size: int, steps: int, strength: float, scale: float, learning_rate: float, every: int, seed: int) -> None:
    if not 32 <= size <= LARGEST:
        raise InputError(f"size: {size}: expected 32 to {LARGEST} pixels")
    if steps < 1 or every < 0 or seed < 0:
        raise InputError(f"steps: {steps}, every: {every}, seed: {seed}: expected steps from 1, the others from 0")
    if not (0 <= strength < math.inf and 0 < scale <= 4 and 0 < learning_rate < math.inf):
        raise InputError(
            f"strength {strength}, scale {scale}, learning_rate {learning_rate}: expected a strength from 0, a scale "
            "above 0 to 4 and a learning rate above 0"
        )
