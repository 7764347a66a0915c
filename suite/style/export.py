"""Signatures of the SavedModel, sources of the TFLite files and the sheet of a version of painters."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from suite.artefacts.metadata import Metadata
from suite.artefacts.runtime import Artefact
from suite.artefacts.saved_model import Endpoint
from suite.artefacts.tflite import Source
from suite.artefacts.tflite_metadata import Features, Image
from suite.data import pictures
from suite.style import images
from suite.style.artefact import Painter, load
from suite.style.config import ExportOptions

SHEET = 192  # pixels of a side of the pictures in sheet.png
CONTENTS = {
    "styles": Features("A weight for each style; they sum to 1"),
    "strength": Features("0 for the image itself, to 1"),
}


def signatures(model: keras.Model, about: Metadata) -> list[Endpoint]:
    """Pictures (B, H, W, 3) in 0..255 of any size, weights of the styles (B, S) and strengths (B, 1) to pictures."""
    specs = [
        tf.TensorSpec((None, None, None, 3), tf.float32, name="image"),
        tf.TensorSpec((None, len(about.labels)), tf.float32, name="styles"),
        tf.TensorSpec((None, 1), tf.float32, name="strength"),
    ]

    def paint(image: tf.Tensor, styles: tf.Tensor, strength: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"picture": model([image, styles, strength])}

    return [Endpoint("serving_default", paint, specs)]


def sources(model: keras.Model, about: Metadata, options: ExportOptions) -> list[Source]:
    """A source for each size; its files take and give bytes, uint8 (1, H, H, 3).

    Integers lose a painting in two places: where features are normalised, since the square of a difference spans more
    than 256 steps, and in the two blocks at either end, which see the picture itself. Both stay float.
    """

    def paint(image: tf.Tensor, styles: tf.Tensor, strength: tf.Tensor) -> dict[str, tf.Tensor]:
        picture = model([tf.cast(image, tf.float32), styles, strength])
        return {"picture": tf.cast(tf.round(picture), tf.uint8)}

    names = [
        layer.name for layer in model.get_layer("painter").layers if layer.name[0] == "b" and layer.name[1].isdigit()
    ]
    blocks = max(int(name[1:].split("_")[0]) for name in names)
    middle = "|".join(map(str, range(3, blocks - 1)))
    contents = {"image": Image(about.settings["mean"], about.settings["std"]), **CONTENTS}
    return [
        Source(
            paint,
            {
                "image": tf.TensorSpec((1, size, size, 3), tf.uint8),
                "styles": tf.TensorSpec((1, len(about.labels)), tf.float32),
                "strength": tf.TensorSpec((1, 1), tf.float32),
            },
            contents,
            Image(description="The painted picture"),
            modes=("float32", "float16", "int8"),
            infix=str(size),
            integers=rf"/b({middle})_conv\w*/convolution" if middle else "",
        )
        for size in sorted(options.sizes)
    ]


def golden(about: Metadata) -> list[np.ndarray]:
    """A picture uint8 (384, 384, 3): colour wedges and discs."""
    y, x = np.mgrid[0 : 1 : 384 * 1j, 0 : 1 : 384 * 1j]
    picture = np.stack([255 * x, 255 * y, 255 * (1 - x)], axis=-1)
    for centre, radius, colour in (((0.3, 0.3), 0.15, 230), ((0.65, 0.6), 0.25, 30)):
        picture[np.hypot(y - centre[0], x - centre[1]) < radius] = colour
    return [pictures.to_uint8(picture)]


def write_extras(model: Artefact, folder: Path) -> None:
    """Writes sheet.png: scikit-learn's two photographs in every style, a row for each, itself first."""
    from sklearn.datasets import load_sample_images

    painter = Painter(model)
    rows = [[pictures.centre_square(photograph, SHEET)] for photograph in load_sample_images().images]
    for row in rows:
        row += [painter.run(row[0], weights, 1.0) for weights in np.eye(len(painter.styles), dtype=np.float32)]
    pictures.write(images.sheet(rows, ["photograph", *painter.styles]), folder / "sheet.png")


def bench_input(folder: str, file: Path) -> list[str]:
    """A made photograph, the painter's first style and a place for the painting."""
    photograph = Path(folder) / "photograph.png"
    pictures.write(np.random.default_rng(0).uniform(0, 255, (600, 800, 3)), photograph)
    style = load(file).styles[0]
    return [str(photograph), "--style", style, "--output", str(Path(folder) / "painting.png")]
