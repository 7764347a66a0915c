"""`dream`: Deep Dream, an input in which what a layer sees is exaggerated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from suite.console import quiet
from suite.console.progress import progress
from suite.errors import InputError
from suite.interpret import sheets

if TYPE_CHECKING:
    import tensorflow as tf

    from suite.interpret.load import Inspected
    from suite.interpret.optimisation import Gradient, Losses

    Score = Callable[[Any], tf.Tensor]

RATE = 1.5  # levels of 0..255 by which a pixel changes in a step, on average
_ROLL = 32  # places by which a picture is moved round before each step, at most, so that no grid is seen
_LAYERS = {
    "resnet50": "conv4_block3_out",
    "vgg16": "block4_conv3",
    "vgg19": "block4_conv3",
    "hed_vgg16": "block4_conv3",
}
_FILMS = (".gif", ".webp")
_STEPS_PER_FRAME = 3
_PLACES = 1024  # of a guide, evenly spaced, so that each place of the picture can be compared with all
_SMALLEST = 32  # pixels of a side, which ResNet50 divides by 32


@dataclass(frozen=True)
class Settings:
    """The options of `dream`, checked."""

    layer: str | None
    octaves: int
    scale: float
    steps: int
    strength: float
    guide: str | None
    frames: int
    zoom: float
    size: int
    seed: int

    def __post_init__(self) -> None:
        for name, (low, high) in {
            "octaves": (1, 12),
            "scale": (1.05, 4),
            "steps": (1, 10_000),
            "strength": (0.01, 20),
            "frames": (1, 1000),
            "zoom": (1, 2),
            "size": (_SMALLEST, 2048),
            "seed": (0, 2**31 - 1),
        }.items():
            if not low <= getattr(self, name) <= high:
                raise InputError(f"{name}: {getattr(self, name)}: expected {low} to {high}")


def dream(
    input: str,
    *,
    net: str = "resnet50",
    layer: str | None = None,
    octaves: int = 4,
    scale: float = 1.4,
    steps: int = 12,
    strength: float = 1.0,
    guide: str | None = None,
    frames: int = 1,
    zoom: float = 1.04,
    size: int = 512,
    seed: int = 1,
    output: str = "dream.png",
) -> Path:
    """Exaggerates what a layer of a network sees in a photograph, or in a recording (Deep Dream).

    Mordvintsev, Olah and Tyka 2015, "Inceptionism: Going Deeper into Neural Networks".

    Args:
        input: A photograph; for a model of one's own a picture or a recording, as it takes them.
        net: resnet50, vgg16, vgg19 (downloaded), hed_vgg16 (the extra `offline`), a file or folder of their weights,
            or a run, a .keras or a version's folder.
        layer: The layer, such as conv4_block3_out: early ones see strokes, late ones things.
        octaves: Number of sizes, from small to large, in which a photograph is dreamt; in our own networks, whose input
            has one size, of rounds of steps.
        scale: Factor from one size to the next.
        steps: Number of steps in each size.
        strength: Factor of the change in each step.
        guide: A second picture (or recording): what is in it is sought in the first.
        frames: Number of pictures of a film that zooms into its dream; the output is then a .gif or .webp.
        zoom: Factor by which the film zooms from picture to picture.
        size: Length of the photograph's longer side, in pixels; it is not enlarged.
        seed: Seed of the movements before each step.
        output: The picture, .png, .jpg or .webp, or the film; of a recording a .png, with the sound beside it.

    Returns:
        The file.

    Raises:
        InputError: The input, the guide, the net or the layer cannot be used, or there is too little memory.
    """
    suffixes = _FILMS if frames > 1 else (".png",) if _is_artefact(net) else (".png", ".jpg", ".jpeg", ".webp")
    path = sheets.output_file(output, [input, *([guide] if guide else [])], ["{}.wav"] * _is_artefact(net), suffixes)
    settings = Settings(layer, octaves, scale, steps, strength, guide, frames, zoom, size, seed)
    if _is_artefact(net):
        with quiet.native_stderr():
            from suite.interpret import load

            model = load.load(net)
        _own(model, input, settings, path)
        return path
    film = _photographs(input, net, settings)
    _write(film, path)
    print(f"\nthe {'film' if frames > 1 else 'picture'}: {path} ({film[0].shape[1]}x{film[0].shape[0]})")
    return path


def _photographs(input: str, net: str, settings: Settings) -> list[np.ndarray]:
    """The dreamt photograph, uint8 (H, W, 3), and the further pictures of its film."""
    from suite.data import pictures

    picture = _photograph(input, settings.size)
    guide = _photograph(settings.guide, settings.size) if settings.guide else None
    with quiet.native_stderr():
        from suite.pretrained import memory, resnet, vgg

        a_resnet = resnet.is_one(net)
        layer = settings.layer or _LAYERS.get(net) or _LAYERS["resnet50" if a_resnet else "vgg16"]
        features = (resnet if a_resnet else vgg).load(net, [layer])
    film = 3.0 * picture.shape[0] * picture.shape[1] * (settings.frames - 1)  # bytes of the pictures, twice
    memory.check(lambda height, width: memory.needed(features, height, width) + 2 * film, picture.shape)
    score = _score(lambda inputs: features(inputs)[layer], None if guide is None else features(guide[None])[layer])
    ascend = _Ascent(score, settings, f"dreaming of {layer}")
    dreamt = ground = np.zeros((1, 1, 3), np.float32)
    for octave in reversed(range(settings.octaves)):
        height, width = (max(_SMALLEST, round(side / settings.scale**octave)) for side in picture.shape[:2])
        detail, ground = _resized(dreamt - ground, height, width), pictures.resized(picture, height, width)
        dreamt = ascend(np.clip(ground + detail, 0, 255), settings.steps)
    frames = [pictures.to_uint8(dreamt)]
    for _ in range(settings.frames - 1):
        dreamt = ascend(_zoomed(dreamt, settings.zoom), _STEPS_PER_FRAME)
        frames.append(pictures.to_uint8(dreamt))
    return frames


class _Ascent:
    """Steps along the normalised gradient of a score of pictures that are moved round; compiled once a size."""

    def __init__(self, score: Score, settings: Settings, name: str) -> None:
        self.score, self.settings, self.done = score, settings, 0
        self.gradients: dict[tuple[int, ...], Gradient] = {}
        self.total = settings.steps * settings.octaves + (settings.frames - 1) * _STEPS_PER_FRAME
        self.report = progress(name, "steps", lines=8)

    def __call__(self, picture: np.ndarray, steps: int) -> np.ndarray:
        from suite.interpret.optimisation import minimise

        shape = (1, *picture.shape)
        if shape not in self.gradients:
            self.gradients[shape] = _gradient(self.score, shape, self.settings.seed, _ROLL)
        found = minimise(
            self.gradients[shape],
            picture[None],
            steps,
            optimiser="normalised",
            learning_rate=RATE * self.settings.strength,
            limits=(0, 255),
            first=self.done,
            callback=lambda state: self.report(self.done + state.step, self.total),
        )
        self.done += steps
        return found.last.values[0]


def _own(model: Inspected, input: str, settings: Settings, path: Path) -> None:
    """A dream of one of our own networks, whose input has one size: before and after, and the sound of a recording."""
    import tensorflow as tf

    from suite.console import plots
    from suite.interpret.optimisation import minimise

    canvas, steps = model.canvas, settings.octaves * settings.steps
    if settings.frames > 1:
        raise InputError(f"frames: {settings.frames}: films are made of photographs; leave it out with this --net")
    if not canvas.altered or not canvas.picture:
        raise InputError(f"{model.path}: takes a {canvas.inputs}, which cannot be exaggerated; use filters or outputs")
    names = [layer.name for layer in model.network.layers[1:] if len(layer.output.shape) > 2]
    layer = settings.layer or [name for name in names if name.endswith("_act")][-1]
    if layer not in names:
        raise InputError(f"{model.path}: has no layer {layer} with a map; it has {', '.join(names)}")
    raw = canvas.read(input)
    altered, response = canvas.altered(raw), model.activations(layer)
    guide = None
    if settings.guide:
        guide = response(model.encode(canvas.masked(canvas.read(settings.guide), np.ones((1, *canvas.grid(raw))))))
    score = _score(lambda values: response(altered.decode(values)), guide)
    report = progress(f"dreaming of {layer}", "steps")
    found = minimise(
        _gradient(score, altered.start.shape, settings.seed, 0),
        altered.start,
        steps,
        optimiser="normalised",
        learning_rate=altered.rate * settings.strength,
        limits=altered.limits,
        callback=lambda state: report(state.step, steps),
    )
    both = np.stack([np.float32(raw), np.asarray(altered.decode(tf.constant(found.last.values)))[0]])
    shares = np.asarray(tf.nn.softmax(model.model(model.encode(both))))
    answers = [f"{model.about.labels[int(row.argmax())]} {row.max():.0%}" for row in shares]
    plots.sheet([list(zip(map(canvas.picture, both), answers, strict=True))], [""], path)
    print(f"before: {answers[0]}; after: {answers[1]}\n\nthe picture: {path}")
    if canvas.write:
        canvas.write(both[1], path.with_suffix(canvas.suffix))
        print(f"the sound:   {path.with_suffix(canvas.suffix)}")


def _score(activations: Callable[[Any], tf.Tensor], guide: tf.Tensor | None) -> Score:
    """The objective of inputs: all of a layer's activations, or those that a guide has too."""
    from keras import ops

    from suite.interpret import objectives

    if guide is None:
        return lambda inputs: objectives.layer(activations(inputs))
    places = ops.reshape(guide, (-1, guide.shape[-1]))
    places = places[:: -(-places.shape[0] // _PLACES)]
    return lambda inputs: objectives.guided(activations(inputs), places)


def _gradient(score: Score, shape: tuple[int, ...], seed: int, roll: int) -> Gradient:
    """The gradient of a score, of values that are moved round at random by at most this number of places."""
    import tensorflow as tf

    from suite.interpret import transforms
    from suite.interpret.optimisation import differentiated

    def loss(values: tf.Tensor, step: tf.Tensor) -> Losses:
        moved = transforms.roll(values, tf.stack([seed, step]), (roll, roll)) if roll else values
        return {"total": -score(moved)[0]}

    return differentiated(loss, shape)


def _photograph(file: str, size: int) -> np.ndarray:
    """A photograph in colour, its longer side at most so long, (H, W, 3) in 0..255."""
    from suite.data import pictures

    found = pictures.read(file, channels=3)
    found = pictures.resized_longer(found, min(size, max(found.shape[:2])))
    if min(found.shape[:2]) < _SMALLEST:
        raise InputError(f"{file}: {found.shape[1]}x{found.shape[0]} pixels; each side needs at least {_SMALLEST}")
    return found


def _resized(detail: np.ndarray, height: int, width: int) -> np.ndarray:
    """What was added to a picture, of either sign, in another size."""
    from PIL import Image

    planes = [
        Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC) for plane in detail.transpose(2, 0, 1)
    ]
    return np.stack([np.asarray(plane) for plane in planes], axis=-1)


def _zoomed(picture: np.ndarray, zoom: float) -> np.ndarray:
    """The middle of a picture, enlarged to its size."""
    from suite.data import pictures

    height, width = picture.shape[:2]
    large = pictures.resized(picture, round(height * zoom), round(width * zoom))
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    return large[top : top + height, left : left + width]


def _is_artefact(net: str) -> bool:
    """Whether this is a model of the suite's, and not a feature net."""
    path = Path(net)
    return path.suffix in (".keras", ".tflite") or any(
        (path / name).exists() for name in ("saved_model.pb", "model.keras", "config.yaml")
    )


def _write(film: list[np.ndarray], path: Path) -> None:
    """Writes one picture, or several as a film of 12 a second that repeats."""
    import io

    from PIL import Image

    from suite import files

    images = [Image.fromarray(picture) for picture in film]
    content, suffix = io.BytesIO(), path.suffix.lower()
    kind = {".png": "PNG", ".webp": "WEBP", ".gif": "GIF"}.get(suffix, "JPEG")
    options: dict[str, Any] = {"quality": 92} if kind in ("JPEG", "WEBP") else {}
    if len(images) > 1:
        options |= {"save_all": True, "append_images": images[1:], "duration": 83, "loop": 0}
    images[0].save(content, kind, **options)
    files.write(path, content.getvalue())
