"""`dream`: Deep Dream, an input in which what a layer sees is exaggerated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from suite.console import quiet
from suite.console.arguments import FIELDS
from suite.console.progress import progress
from suite.errors import InputError

if TYPE_CHECKING:
    import tensorflow as tf

    from suite.interpret.load import Inspected
    from suite.interpret.optimisation import Gradient, Losses

    Score = Callable[[Any], tf.Tensor]

RATE = 1.5  # levels of 0..255 by which a pixel changes in a step, on average
_ROLL = 32  # places by which a picture is moved round before each step, at most, so that no grid is seen
_FILMS = (".gif", ".webp")
_STEPS_PER_FRAME = 3
_PLACES = 1024  # of a guide, evenly spaced, so that each place of the picture can be compared with all
_SMALLEST = 32  # pixels of a side, which ResNet50 divides by 32


@dataclass(frozen=True)
class DreamOptions:
    """How a network dreams.

    Args:
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
    """

    layer: str | None = None
    octaves: int = 4
    scale: float = 1.4
    steps: int = 12
    strength: float = 1.0
    guide: str | None = None
    frames: int = 1
    zoom: float = 1.04
    size: int = 512
    seed: int = 1

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
    options: Annotated[DreamOptions, FIELDS] = DreamOptions(),
    output: str = "dream.png",
) -> Path:
    """Exaggerates what a layer of a network sees in a photograph, or in a recording (Deep Dream).

    Mordvintsev, Olah and Tyka 2015, "Inceptionism: Going Deeper into Neural Networks".

    Args:
        input: A photograph; for a model of one's own a picture or a recording, as it takes them.
        net: resnet50, vgg16, vgg19, squeezenet (downloaded), hed_vgg16 (the extra `offline`), a file or folder of their
            weights, or a run, a .keras or a version's folder.
        options: How the network dreams.
        output: The picture, .png, .jpg or .webp, or the film; of a recording a .png, with the sound beside it.

    Returns:
        The file.

    Raises:
        InputError: The input, the guide, the net or the layer cannot be used, or there is too little memory.
    """
    from suite.data import pictures

    own, read = _is_artefact(net), [input, *([options.guide] if options.guide else [])]
    suffixes = _FILMS if options.frames > 1 else (".png",) if own else pictures.WRITABLE
    path = pictures.output_file(output, read, suffixes, ["{}.wav"] if own else [])
    if own:
        with quiet.native_stderr():
            from suite.interpret import load

            model = load.load(net)
        _own(model, input, options, path)
        return path
    film = _photographs(input, net, options)
    if options.frames > 1:
        _write_film(film, path)
    else:
        pictures.write(film[0], path, {"photograph": Path(input).name, "net": Path(net).name, **asdict(options)})
    height, width = film[0].shape[:2]
    print(f"\nthe {'film' if options.frames > 1 else 'picture'}: {path} ({width}x{height})")
    return path


def _photographs(input: str, net: str, options: DreamOptions) -> list[np.ndarray]:
    """The dreamt photograph, uint8 (H, W, 3), and the further pictures of its film."""
    from suite.data import pictures

    picture = _photograph(input, options.size)
    guide = _photograph(options.guide, options.size) if options.guide else None
    with quiet.native_stderr():
        from suite.pretrained import memory, nets

        layer = options.layer or nets.kind(net).dream_layer
        features = nets.load(net, [layer])
    film = 2.0 * picture.size * options.frames  # bytes of its pictures, here and in the writer
    memory.check(lambda height, width: memory.needed(features, height, width) + film, picture.shape)
    score = _score(lambda inputs: features(inputs)[layer], None if guide is None else features(guide[None])[layer])
    ascend = _Ascent(score, options, f"dreaming of {layer}")
    dreamt = ground = np.zeros((1, 1, 3), np.float32)
    for octave in reversed(range(options.octaves)):
        height, width = (max(_SMALLEST, round(side / options.scale**octave)) for side in picture.shape[:2])
        detail, ground = _resized(dreamt - ground, height, width), pictures.resized(picture, height, width)
        dreamt = ascend(np.clip(ground + detail, 0, 255), options.steps)
    frames = [pictures.to_uint8(dreamt)]
    for _ in range(options.frames - 1):
        dreamt = ascend(_zoomed(dreamt, options.zoom), _STEPS_PER_FRAME)
        frames.append(pictures.to_uint8(dreamt))
    return frames


class _Ascent:
    """Steps along the normalised gradient of a score of pictures that are moved round; compiled once a size."""

    def __init__(self, score: Score, options: DreamOptions, name: str) -> None:
        self.score, self.options, self.done = score, options, 0
        self.gradients: dict[tuple[int, ...], Gradient] = {}
        self.total = options.steps * options.octaves + (options.frames - 1) * _STEPS_PER_FRAME
        self.report = progress(name, "steps", lines=8)

    def __call__(self, picture: np.ndarray, steps: int) -> np.ndarray:
        from suite.interpret.optimisation import minimise

        shape = (1, *picture.shape)
        if shape not in self.gradients:
            self.gradients[shape] = _gradient(self.score, shape, self.options.seed, _ROLL)
        found = minimise(
            self.gradients[shape],
            picture[None],
            steps,
            optimiser="normalised",
            learning_rate=RATE * self.options.strength,
            limits=(0, 255),
            first=self.done,
            callback=lambda state: self.report(self.done + state.step, self.total),
        )
        self.done += steps
        return found.last.values[0]


def _own(model: Inspected, input: str, options: DreamOptions, path: Path) -> None:
    """A dream of one of our own networks, whose input has one size: before and after, and the sound of a recording."""
    import tensorflow as tf

    from suite.console import plots
    from suite.interpret.optimisation import minimise

    canvas, steps = model.canvas, options.octaves * options.steps
    if options.frames > 1:
        raise InputError(f"frames: {options.frames}: films are made of photographs; leave it out with this --net")
    if not canvas.altered or not canvas.picture:
        raise InputError(f"{model.path}: takes a {canvas.inputs}, which cannot be exaggerated; use filters or outputs")
    names = [layer.name for layer in model.network.layers[1:] if len(layer.output.shape) > 2]
    layer = options.layer or [name for name in names if name.endswith("_act")][-1]
    if layer not in names:
        raise InputError(f"{model.path}: has no layer {layer} with a map; it has {', '.join(names)}")
    raw = canvas.read(input)
    altered, response = canvas.altered(raw), model.activations(layer)
    guide = None
    if options.guide:
        guide = response(model.encode(canvas.masked(canvas.read(options.guide), np.ones((1, *canvas.grid(raw))))))
    score = _score(lambda values: response(altered.decode(values)), guide)
    report = progress(f"dreaming of {layer}", "steps")
    found = minimise(
        _gradient(score, altered.start.shape, options.seed, 0),
        altered.start,
        steps,
        optimiser="normalised",
        learning_rate=altered.rate * options.strength,
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


def _write_film(film: list[np.ndarray], path: Path) -> None:
    """Writes pictures as a film of 12 a second that repeats."""
    import io

    from PIL import Image

    from suite import files

    first, *others = (Image.fromarray(picture) for picture in film)
    content, kind = io.BytesIO(), path.suffix[1:].upper()
    first.save(content, kind, save_all=True, append_images=others, duration=83, loop=0, quality=92)
    files.write(path, content.getvalue())
