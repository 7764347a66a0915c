"""What a published version of a painter holds: SavedModel, TFLite files of fixed sizes, golden pictures, model card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from suite.artefacts import metadata, runtime, saved_model, tflite
from suite.artefacts.metadata import Metadata
from suite.artefacts.publish import Staging
from suite.artefacts.saved_model import Endpoint
from suite.config import to_yaml
from suite.style import data, inputs, networks, painter, samples, verification
from suite.style.config import Config
from suite.style.painter import Painter
from suite.style.verification import Example, Score
from suite.training.run_folder import Run

EXAMPLES = 6  # validation photographs on which each file is held against the Keras model
CALIBRATION = 32  # training photographs from which int8 takes its ranges


def held_out(config: Config, model: Painter, sizes: Sequence[int]) -> dict[int, list[Example]]:
    """Squares of the photographs kept apart, of each size, and what the Keras model makes of them."""
    photographs = data.photographs(config.data, "validation", max(sizes)).pixels[:EXAMPLES]
    return {
        size: verification.examples(model, [inputs.square(np.float32(photograph), size) for photograph in photographs])
        for size in sizes
    }


def write(
    run: Run, about: Metadata, config: Config, modes: Sequence[str], sizes: Sequence[int], folder: Path
) -> dict[str, Path]:
    """Writes the SavedModel, for any size, and a TFLite file of each mode and size.

    The SavedModel takes and gives float32 in 0..255; a phone's file takes and gives bytes: uint8 (1, H, H, 3).

    Returns:
        What to score: name in the version folder to path.
    """
    model = runtime.load_keras(run.model, "style")
    styles = len(about.labels)

    def paint(image, styles, strength):
        return {"picture": model([image, styles, strength])}

    def from_phone(image, styles, strength):
        picture = model([tf.cast(image, tf.float32), styles, strength])
        return {"picture": tf.cast(tf.round(picture), tf.uint8)}

    specs = [
        tf.TensorSpec((None, None, None, 3), tf.float32, name="image"),
        tf.TensorSpec((None, styles), tf.float32, name="styles"),
        tf.TensorSpec((None, 1), tf.float32, name="strength"),
    ]
    saved_model.write([Endpoint("serving_default", paint, specs)], folder)
    golden = golden_inputs(min(sizes), styles)
    request = {name: array[:1] for name, array in golden.items()} | {"image": np.float32(golden["image"][:1])}
    saved_model.write_warmup(folder, about.task, {"serving_default": request})
    (folder / "assets.extra" / metadata.SUITE_FILE).write_text(about.to_json(), encoding="utf-8")
    files = {"saved_model.pb": folder}
    (folder / "tflite").mkdir()
    photographs = data.photographs(config.data, "train", max(sizes)).pixels[:CALIBRATION]
    for size in sizes:
        source = _source(from_phone, photographs, size, styles, len(networks.network(config.model).blocks))
        for mode in modes:
            path = folder / "tflite" / f"style_{size}_{mode}.tflite"
            path.write_bytes(metadata.pack(tflite.convert(source, mode), about))
            print(f"wrote {path.name}")
            files[f"tflite/{path.name}"] = path
    return files


def _source(function, photographs: Sequence[np.ndarray], size: int, styles: int, blocks: int) -> tflite.Source:
    """What a file is converted from; int8 takes its ranges from each style in turn.

    Integers lose a painting in two places: where features are normalised, since the square of a difference spans more
    than 256 steps, and in the two blocks at either end, which see the picture itself. Both stay float.
    """
    squares = [inputs.as_bytes(inputs.square(np.float32(photograph), size)) for photograph in photographs]
    middle = "|".join(map(str, range(3, blocks - 1)))
    return tflite.Source(
        function,
        "image",
        np.stack(squares),
        conditions={
            "styles": np.eye(styles, dtype=np.float32)[np.arange(len(squares)) % styles],
            "strength": np.ones((len(squares), 1), np.float32),
        },
        integers=rf"/b({middle})_conv\w*/convolution" if middle else "",
    )


def golden_inputs(size: int, styles: int) -> dict[str, np.ndarray]:
    """A picture of our own making, uint8 (1, H, H, 3), in the first style: colour wedges and discs."""
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    picture = np.stack([255 * x, 255 * y, 255 * (1 - x)], axis=-1)
    for centre, radius, colour in (((0.3, 0.3), 0.15, 230), ((0.65, 0.6), 0.25, 30)):
        picture[np.hypot(y - centre[0], x - centre[1]) < radius] = colour
    return {
        "image": inputs.as_bytes(picture)[None],
        "styles": np.eye(styles, dtype=np.float32)[:1],
        "strength": np.ones((1, 1), np.float32),
    }


def document(
    stage: Staging,
    config: Config,
    model: Painter,
    examples: Mapping[int, Sequence[Example]],
    scores: Sequence[Score],
    credit: str,
) -> None:
    """Writes what stands beside the files: styles, golden pictures, configuration, report, a sheet, the model card."""
    folder, about = stage.path, model.about
    (folder / "labels.txt").write_text("\n".join((*about.labels, "")), encoding="utf-8")
    published = replace(config.data, path=_name(config.data.path), styles=tuple(map(_name, config.data.styles)))
    config = replace(
        config,
        data=published,
        loss=replace(config.loss, net=_name(config.loss.net)),
        training=replace(config.training, start=_name(config.training.start)),
    )
    (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
    np.savez_compressed(folder / "golden.npz", **_golden(folder, model, min(examples), scores))
    samples.write(sheet(model), folder / "sheet.png")
    settings = about.settings
    content = {
        "files": [asdict(score) for score in scores],
        "examples": len(examples[min(examples)]),
        "parameters": settings["parameters"],
        "macs": settings["macs"],
    }
    (folder / "report.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(
        _card(stage.version, about, scores, len(examples[min(examples)]), credit), encoding="utf-8"
    )


def sheet(model: Painter, size: int = 192) -> np.ndarray:
    """Scikit-learn's two photographs in every style, float32 (H, W, 3): a row for each photograph, itself first."""
    from sklearn.datasets import load_sample_images

    squares = [inputs.square(np.float32(photograph), size) for photograph in load_sample_images().images]
    painted = [[model.run(square, weights, 1.0) for weights in np.eye(len(model.styles))] for square in squares]
    rows = [[square, *pictures] for square, pictures in zip(squares, painted, strict=True)]
    return samples.grid(rows, ["photograph", *model.styles])


def _golden(folder: Path, model: Painter, size: int, scores: Sequence[Score]) -> dict[str, np.ndarray]:
    """The golden inputs of the smallest size, and what the Keras model and each file of that size make of them."""
    golden = golden_inputs(size, len(model.styles))
    given = (np.float32(golden["image"][0]), golden["styles"][0], 1.0)
    pictures = {"picture": inputs.as_bytes(model.run(*given))[None]}
    for score in scores:
        if score.file.endswith(".tflite") and score.size == size:
            file = painter.load(folder / score.file)
            pictures[Path(score.file).stem] = inputs.as_bytes(file.run(*given))[None]
    return golden | pictures


def _name(path: str | None) -> str | None:
    """A path without its folders: no other machine has the same."""
    return Path(path).name if path else None


def _card(version: Path, about: Metadata, scores: Sequence[Score], examples: int, credit: str) -> str:
    settings = about.settings
    file = next((Path(s.file).name for s in scores if s.file.endswith(".tflite")), "")
    phone = _android(file, len(about.labels)) if file else ""
    return f"""# style {version.name}

{about.description}. Styles: {", ".join(f"`{label}`" for label in about.labels)}.
{settings["parameters"]:,} parameters, {settings["macs"] / 1e9:.2f} billion multiply-adds for a picture of 256x256
({settings["variant"]}).

![scikit-learn's photographs in every style](sheet.png)

## Training data

{credit or "Photographs and paintings whose authors and licences were not named (`--credit`)."}

## The files

`serving_default` of the SavedModel takes `image` float32 (B, H, W, 3) in 0..255 of any size, `styles` (B,
{len(about.labels)}), a weight for each style in the order above, which sum to 1, and `strength` (B, 1), from 0 (the
image itself) to 1; it gives `picture` (B, H, W, 3). A TFLite file takes and gives bytes, uint8 (1, H, H, 3).

Each file's pictures of {examples} photographs kept apart, held against the Keras model's, some of them in a mixture of
styles or at half strength. In int8 the convolutions in the middle compute with integers; the normalisation and the two
blocks at either end, which would lose the picture, with floats. Times are of the machine that exported it, of a TFLite
file on one thread.

{verification.table(scores)}

{phone}
## TensorFlow Serving

```sh
docker run --rm -p 127.0.0.1:8501:8501 -v "$PWD/{version.parent.parent}:/models" \\
  tensorflow/serving --model_config_file=/models/models.config
python -c "import json, numpy; g = numpy.load('{version}/golden.npz')
print(json.dumps({{'inputs': {{n: g[n].tolist() for n in ('image', 'styles', 'strength')}}}}))" |
  curl -d @- http://127.0.0.1:8501/v1/models/style:predict
```
"""


def _android(file: str, styles: int) -> str:
    """How a phone uses a file."""
    return f"""## Android

```kotlin
val painter = Interpreter(FileUtil.loadMappedFile(context, "{file}"))
val inputs = mapOf(
    "image" to image,       // a direct ByteBuffer of red, green, blue, row by row
    "styles" to arrayOf(FloatArray({styles}).also {{ it[0] = 1f }}),
    "strength" to arrayOf(floatArrayOf(1f)),
)
painter.runSignature(inputs, mapOf("picture" to picture), "serving_default")
```

The names of the styles are in the file: `MetadataExtractor(model).getAssociatedFile("labels.txt")`.
"""
