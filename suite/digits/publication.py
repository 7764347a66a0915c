"""What a published version of a digit reader holds: SavedModel, TFLite files, golden pictures, model card."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from suite.artefacts import metadata, release, saved_model, tflite, verify
from suite.artefacts.metadata import Metadata
from suite.artefacts.publish import Staging
from suite.artefacts.runtime import Artefact
from suite.artefacts.saved_model import Endpoint
from suite.digits import data
from suite.digits.config import Config, DataConfig
from suite.digits.inputs import SIZE
from suite.training.run_folder import Run

CALIBRATION = 500  # training pictures from which int8 takes its ranges
GOLDEN = 6  # pictures for whoever integrates the model elsewhere


def examples(config: DataConfig, model: Artefact) -> dict[str, verify.Examples]:
    """What the files are scored on: the validation split, and the test split where the source has one."""
    result = {}
    for name in ("validation", "test"):
        if data.has_split(config, name):
            images = data.load(config, name, model.labels, model.about.settings["channels"])
            pictures = {"image": images.pixels, "grey": images.pixels}
            result[name] = verify.Examples(images.description, images.targets, pictures, model.predict(images.pixels))
    return result


def write(run: Run, about: Metadata, config: Config, modes: Sequence[str], folder: Path) -> dict[str, Path]:
    """Writes the SavedModel, with warm-up requests, and the TFLite files, with what they say of themselves.

    Phones get colour pictures, which MediaPipe has resized: uint8 (1, 28, 28, 3), averaged in the graph where the
    model takes grey. Microcontrollers get what the model takes, in int8.

    Returns:
        What to score: name in the version folder to path.
    """
    reader = keras.saving.load_model(run.model, compile=False)
    channels = about.settings["channels"]

    def from_image(image):
        return {"probabilities": tf.nn.softmax(reader(image))}

    def from_phone(image):
        colours = tf.cast(image, tf.float32)
        return from_image(tf.reduce_mean(colours, axis=3, keepdims=True) if channels == 1 else colours)

    batch = tf.TensorSpec((None, SIZE, SIZE, channels), tf.float32, name="image")
    saved_model.write([Endpoint("serving_default", from_image, [batch])], folder)
    golden = golden_pictures(channels)
    saved_model.write_warmup(folder, about.task, {"serving_default": {"image": golden[:1].astype(np.float32)}})
    (folder / "assets.extra" / metadata.SUITE_FILE).write_text(about.to_json(), encoding="utf-8")
    pixels = data.load(config.data, "train", about.labels, channels).pixels
    pixels = pixels[np.random.default_rng(0).permutation(len(pixels))[:CALIBRATION]]
    sources = {
        "image": tflite.Source(from_phone, "image", np.repeat(pixels, 3 // channels, axis=3)),
        "grey": tflite.Source(lambda grey: from_image(grey), "grey", pixels.astype(np.float32)),
    }
    files = release.write_tflite(sources, modes, about, folder)
    return {"saved_model.pb": folder, **files}


def golden_pictures(channels: int) -> np.ndarray:
    """A few pictures of our own making, uint8 (G, 28, 28, C): strokes between random points, light on dark."""
    from PIL import Image, ImageDraw

    pictures = []
    for number in range(GOLDEN):
        points = np.random.default_rng(number).uniform(20, 92, (4, 2))
        drawing = Image.new("L", (4 * SIZE, 4 * SIZE))
        ImageDraw.Draw(drawing).line([tuple(point) for point in points], fill=255, width=10, joint="curve")
        pictures.append(np.asarray(drawing.resize((SIZE, SIZE), Image.Resampling.BOX)))
    return np.repeat(np.stack(pictures)[..., None], channels, axis=3)


def document(stage: Staging, config: Config, model: Artefact, splits, scores: Sequence[verify.Score], credit: str):
    """Writes what stands beside the files."""
    golden = golden_pictures(model.about.settings["channels"])
    files = [Path(score.file).name for score in scores]
    release.document(
        stage,
        config,
        model,
        splits,
        scores,
        {"image": golden, "grey": golden},
        credit or _CREDITS.get(config.data.kind) or "Pictures whose authors and licence were not named (`--credit`).",
        [_seen(model.about), _android(release.phone_file(scores)), _microcontroller(stage.path, files)],
    )


_CREDITS = {
    "digits": "scikit-learn's digits (Alpaydin and Kaynak 1998, UCI Machine Learning Repository, CC BY 4.0).",
    "mnist": "MNIST's training part (LeCun, Cortes and Burges 1998; CC BY-SA 3.0).",
}


def _seen(about: Metadata) -> str:
    """What the model expects of a picture."""
    if about.settings["prepare"] == "picture":
        return f"""## Pictures

A picture is scaled into {SIZE}x{SIZE} whole, with bars of its border's colour at two sides (`suite/digits/inputs.py`,
`fit`). MediaPipe stretches it instead: cut it square first, or add the bars."""
    return f"""## Pictures

A picture as MNIST has them: ink light (255) on dark (0), the digit's longer side 20 of {SIZE} pixels, its centre of
mass in the middle. `python -m suite.digits predict` finds the digits of a photograph and makes them so
(`suite/digits/inputs.py`, with NumPy, Pillow and SciPy)."""


def _android(file: str) -> str:
    """How a phone uses a file."""
    if not file:
        return ""
    return f"""## Android

MediaPipe Tasks (`com.google.mediapipe:tasks-vision`) reads the labels from the file and resizes whatever picture it is
given to {SIZE}x{SIZE}.

```kotlin
val options = ImageClassifier.ImageClassifierOptions.builder()
    .setBaseOptions(BaseOptions.builder().setModelAssetPath("{file}").build())
    .setMaxResults(3)
    .build()
val classifier = ImageClassifier.createFromOptions(context, options)
val result = classifier.classify(BitmapImageBuilder(bitmap).build())
val best = result.classificationResult().classifications().first().categories().first()
Log.i("digits", "${{best.categoryName()}} ${{best.score()}}")
```"""


def _microcontroller(folder: Path, files: Sequence[str]) -> str:
    """How a microcontroller uses the integer file."""
    name = "digits_int8_mcu.tflite"
    if name not in files:
        return ""
    arena = verify.arena_bytes(folder / "tflite" / name)
    needs = f"TFLite Micro needs an arena of {arena:,} bytes for it." if arena else "Its arena was not measured here."
    return f"""## Microcontroller

`{name}` takes the picture in int8, with the scale and zero point that its input tensor states (a pixel less 128, give
or take rounding). {needs} `golden.npz` has pictures and what each file makes of them."""
