"""`predict`: photographs in, paintings out; with a .tflite TensorFlow is not imported."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from suite.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    Paint = Callable[[np.ndarray, float], np.ndarray]  # picture (H, W, 3) and strength to the painted picture
    Mixture = dict[str, float]  # style to weight

LARGEST = 4096  # pixels of the longer side: a few GB of memory


@dataclass(frozen=True)
class Prediction:
    """A painted picture.

    Args:
        file: The photograph.
        output: The painting's file.
        styles: Style to weight; they sum to 1.
        strength: From 0 to 1.
        width, height: Size of the painting, in pixels.
        seconds: Time of reading, painting and writing.
        frames: Number of a film's frames.
    """

    file: str
    output: str
    styles: dict[str, float]
    strength: float
    width: int
    height: int
    seconds: float
    frames: int = 1


def predict(
    inputs: list[str],
    *,
    style: str | None = None,
    styles: str | None = None,
    strength: float = 1.0,
    output: str | None = None,
    size: int | None = None,
    blend: float = 0.0,
    resume: bool = False,
    model: str | None = None,
    hub: str | None = None,
    style_picture: str | None = None,
    json: bool = False,
) -> list[Prediction]:
    """Paints photographs and films in a style, or in a mixture of styles.

    Unreadable ones are named and skipped, and the exit status is then 2.

    Args:
        inputs: Photographs, or folders of them, of any size; films as GIF or WebP, or as a folder of frames.
        style: The style's name.
        styles: A mixture: starry_night=.7,great_wave=.3.
        strength: From 0, the photograph itself, to 1.
        output: File for the painting of one photograph, or a folder; by default PHOTOGRAPH_STYLE.png in the current
            folder, of a film FILM_STYLE.gif or .webp.
        size: Pixels of the painting's longer side; by default the photograph's own, at most 1,024. What a .tflite of a
            fixed size paints is enlarged, its strokes with it; a SavedModel paints in the size itself.
        blend: Share of the painting before in each one, of films and of a folder's pictures, from 0 to below 1:
            steadier strokes, and trails behind what moves.
        resume: Keep the paintings that are there already. (A film that was stopped goes on without it.)
        model: A .tflite, SavedModel folder, .keras or run; by default the newest version in saved_models/style.
        hub: Instead of the model, a TensorFlow Hub module for any style, or its folder, such as
            https://tfhub.dev/google/magenta/arbitrary-image-stylization-v1-256/2.
        style_picture: The style picture of a hub module.
        json: Print JSON.

    Raises:
        InputError: A photograph could not be read; the others were painted.
    """
    from suite.artefacts import published
    from suite.console.answers import answer_each
    from suite.data import pictures
    from suite.style import films, images
    from suite.style.task import rank_file

    if not 0 <= strength <= 1:
        raise InputError(f"strength: {strength:g}: expected 0 to 1")
    if not 0 <= blend < 1:
        raise InputError(f"blend: {blend:g}: expected 0 to below 1")
    if size is not None and not 16 <= size <= LARGEST:
        raise InputError(f"size: {size}: expected 16 to {LARGEST} pixels")
    if hub and size:
        raise InputError(f"size: {size}: a hub module paints a photograph in its own size; leave it out")
    if bool(hub) != bool(style_picture):
        raise InputError("hub and style_picture go together: a module for any style, and a picture that has the style")
    if hub and (style or styles or model):
        raise InputError(f"hub: {hub}: takes its style from {style_picture}; leave out style, styles and model")
    if hub and style_picture:
        paint, mixture = _by_hub(hub, style_picture)
        by = [hub, style_picture, Path(style_picture).stat().st_mtime_ns]
    else:
        file = model or published.newest("style", rank_file)
        paint, mixture = _by_model(file, style, styles, size)
        by = [str(file), Path(file).stat().st_mtime_ns]
    files = _photographs(inputs)
    one_alone = len(inputs) == 1 and Path(inputs[0]).is_file()
    places = _places(files, output, "_".join(mixture), one_alone, [style_picture] if style_picture else [])

    made = {"styles": mixture, "strength": strength, "size": size, "painter": by}
    before: np.ndarray | None = None  # the painting before

    def one(file: Path) -> Prediction:
        nonlocal before
        place, started, frames = places[file], time.perf_counter(), 1
        if resume and films.is_one(place):
            width, height, frames = films.size(place)
        elif films.is_one(file):
            paint_frame = partial(_painting, file, paint, strength)
            width, height, frames = films.paint(file, place, paint_frame, blend, made)
        else:
            if resume and place.exists():
                before = pictures.to_uint8(images.read(place))
            else:
                before = films.blended(_painting(file, paint, strength, images.read(file)), before, blend)
                pictures.write(before, place, {"photograph": file.name, "styles": mixture, "strength": strength})
            height, width = before.shape[:2]
        seconds = round(time.perf_counter() - started, 3)
        return Prediction(str(file), str(place), mixture, strength, width, height, seconds, frames)

    done = answer_each(files, one, _line, asdict if json else None, "photographs")
    if not json and len(done) > 1:
        print(f"{len(done)} paintings in {Path(done[0].output).parent}")
    return done


def _by_model(model: str | Path, style: str | None, styles: str | None, size: int | None) -> tuple[Paint, Mixture]:
    """Paints with a trained painter; and its mixture of styles."""
    from suite.style import artefact

    loaded = artefact.load(model)
    mixture = _mixture(style, styles, loaded.styles)
    weights = loaded.weights(mixture)
    shares = {name: round(float(w), 4) for name, w in zip(loaded.styles, weights, strict=True) if w}
    return (lambda picture, strength: loaded.paint(picture, weights, strength, size)), shares


def _by_hub(handle: str, style_picture: str) -> tuple[Paint, Mixture]:
    """Paints with a TensorFlow Hub module."""
    from suite.pretrained.hub import load
    from suite.style import hub, images

    module, painting = load(handle), images.read(style_picture)
    return (lambda picture, strength: hub.paint(module, picture, painting, strength)), {Path(style_picture).stem: 1.0}


def _mixture(style: str | None, styles: str | None, names: Sequence[str]) -> Mixture:
    """Style to weight, from the options."""
    if style and styles:
        raise InputError("style, styles: give one of them")
    if style:
        return {style: 1.0}
    if not styles:
        raise InputError(f"style: name one of {', '.join(names)}, or mix some: --styles {names[0]}=.7,...")
    mixture: Mixture = {}
    for part in styles.split(","):
        name, _, weight = part.partition("=")
        if not name.strip() or name.strip() in mixture:
            raise InputError(f"styles: {styles}: name each style once, such as {names[0]}=.7")
        try:
            mixture[name.strip()] = float(weight or 1)
        except ValueError:
            raise InputError(f"styles: {part}: expected NAME=WEIGHT, such as {names[0]}=.7") from None
    return mixture


def _photographs(given: list[str]) -> list[Path]:
    """The photographs, those below a folder in the order of their names."""
    from suite.data.folders import expanded
    from suite.data.pictures import EXTENSIONS

    return [Path(file) for file in dict.fromkeys(expanded(given, EXTENSIONS, "pictures"))]


def _places(files: list[Path], output: str | None, style: str, one: bool, read: list[str]) -> dict[Path, Path]:
    """The file of each painting: one file for one photograph, otherwise files in a folder; never one that is `read`."""
    from suite.data import pictures
    from suite.style import films

    folder = Path(output or ".")
    if one and output and not (folder.is_dir() or output.endswith("/")):
        places = {files[0]: Path(output)}
        if films.is_one(files[0]) and folder.suffix.lower() not in films.EXTENSIONS:
            raise InputError(f"{output}: a film is painted as a film; name a file that ends in .gif or .webp")
    else:
        if folder.is_file():
            raise InputError(f"{output}: is a file; several paintings need a folder")
        if output and not one and folder.suffix.lower() in pictures.WRITABLE:
            raise InputError(f"{output}: is called like a picture; several paintings need a folder")
        endings = {file: file.suffix.lower() if films.is_one(file) else ".png" for file in files}
        places = {file: folder / f"{file.stem}_{style}{endings[file]}" for file in files}
    owners: dict[Path, Path] = {}
    for file, place in places.items():
        suffixes = films.EXTENSIONS if films.is_one(file) else pictures.WRITABLE
        pictures.output_file(str(place), [*files, *read], suffixes)
        if (other := owners.setdefault(place, file)) is not file:
            raise InputError(f"{other} and {file}: both paintings would be {place}; paint them one by one")
    return places


def _painting(file: Path, paint: Paint, strength: float, picture: np.ndarray) -> np.ndarray:
    try:
        return paint(picture, strength)
    except InputError as error:
        raise InputError(f"{file}: {error}") from None


def _line(prediction: Prediction) -> str:
    frames = f", {prediction.frames:,} frames" if prediction.frames > 1 else ""
    return (
        f"{prediction.file}: painted in {prediction.seconds:.2f} s, {prediction.width}x{prediction.height}{frames}: "
        f"{prediction.output}"
    )
