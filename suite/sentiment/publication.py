"""What a published version of a text classifier holds: SavedModel, TFLite files, golden sentences, model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from suite.artefacts import metadata, release, saved_model, tflite, verify
from suite.artefacts.metadata import Metadata
from suite.artefacts.publish import Staging
from suite.artefacts.runtime import Artefact
from suite.artefacts.saved_model import Endpoint
from suite.sentiment import data, explanation, text
from suite.sentiment.config import Config, DataConfig
from suite.training.run_folder import Run

CALIBRATION = 500  # training texts from which int8 takes its ranges
# For whoever integrates the model elsewhere; written for this purpose.
GOLDEN = (
    "A wonderful film, warm and funny from the first minute to the last.",
    "It's the worst phone I've ever had, and it doesn't even ring.",
    "The train leaves at 9:15 from platform 4.",
    "NOT BAD AT ALL!!!",
    "What is the name of the river that flows through Vienna?",
    "",
)


def examples(config: DataConfig, model: Artefact) -> dict[str, verify.Examples]:
    """What the files are scored on: the validation split, and the test split where the source has one."""
    result = {}
    for name in ("validation", "test"):
        if data.has_split(config, name):
            texts = data.load(config, name, model.labels)
            ids = _ids(texts.texts, model.about)
            result[name] = verify.Examples(texts.description, texts.targets, {"ids": ids}, model.predict(ids))
    return result


def _ids(texts: Sequence[str], about: Metadata) -> np.ndarray:
    return text.ids(texts, about.settings["vocabulary"], about.settings["length"])


def write(run: Run, about: Metadata, config: Config, modes: Sequence[str], folder: Path) -> dict[str, Path]:
    """Writes the SavedModel, with warm-up requests, and the TFLite files, with what they say of themselves.

    The SavedModel takes texts (serving_default) or ids (ids), and tells what each word added (explain).

    Returns:
        What to score: name in the version folder to path.
    """
    model = keras.saving.load_model(run.model, compile=False)
    length, table = about.settings["length"], model.get_layer("embedding")
    core = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    words, explain = text.lookup(about.settings["vocabulary"]), explanation.of(model)

    def from_ids(ids):
        # Embedding's own comparisons of ids are no operations of every TFLite runtime; a gather is.
        return {"probabilities": tf.nn.softmax(core(tf.gather(table.embeddings.value, ids)))}

    def from_text(text_):
        return from_ids(text.in_graph(text_, words, length))

    ids = tf.TensorSpec((None, length), tf.int32, name="ids")
    endpoints = [
        Endpoint("serving_default", lambda text: from_text(text), [tf.TensorSpec((None,), tf.string, name="text")]),
        Endpoint("ids", from_ids, [ids]),
        Endpoint("explain", lambda ids: {"added": explain(ids)}, [ids]),
    ]
    saved_model.write(endpoints, folder, [words])
    saved_model.write_warmup(folder, about.task, {"serving_default": {"text": np.array(GOLDEN[:1], object)}})
    (folder / "assets.extra" / metadata.SUITE_FILE).write_text(about.to_json(), encoding="utf-8")
    texts = data.load(config.data, "train", about.labels).texts
    rows = np.random.default_rng(0).permutation(len(texts))[:CALIBRATION]
    source = tflite.Source(from_ids, "ids", _ids([texts[row] for row in rows], about))
    files = release.write_tflite({"ids": source}, modes, about, folder)
    return {"saved_model.pb": folder, **files}


def document(
    stage: Staging,
    config: Config,
    model: Artefact,
    splits: Mapping[str, verify.Examples],
    scores: Sequence[verify.Score],
    credit: str,
) -> None:
    """Writes what stands beside the files."""
    network = replace(config.model, path=Path(config.model.path).name if config.model.path else None)
    named = replace(config.data, also=tuple(Path(name).name for name in config.data.also))
    release.document(
        stage,
        replace(config, data=named, model=network),
        model,
        splits,
        scores,
        {"ids": _ids(GOLDEN, model.about), "text": np.array(GOLDEN)},
        _trained_on(config, credit),
        [_tokens(), _android(release.phone_file(scores))],
    )


_UNNAMED = "Texts whose authors and licence were not named (`--credit`)."
_CREDITS = {
    "vader": "The rated sentences of VADER's paper ({domains}; Hutto and Gilbert 2014, MIT licence).",
    "sst": "The Stanford Sentiment Treebank{phrases} (Socher et al. 2013; sentences from Pang and Lee 2005; published "
    "for research, no licence stated).",
}
_VECTORS = {
    "random": "The word vectors began at random.",
    "glove": "The word vectors began as GloVe's (Pennington et al. 2014, Public Domain Dedication and License).",
    "hub": "The word vectors began as those of the TensorFlow Hub module {handle}.",
}


def _trained_on(config: Config, credit: str) -> str:
    """Whose texts and vectors the model is made of, as Markdown."""
    data, network = config.data, config.model
    phrases = ", every phrase of its trees" if data.phrases else ""
    texts = [
        _CREDITS.get(source.kind, _UNNAMED).format(domains=", ".join(data.domains), phrases=phrases)
        for source in (data, *data.others)
    ]
    vectors = _VECTORS[network.embeddings].format(handle=Path(network.handle or "").name)
    if network.lexicon and network.embeddings != "hub":
        vectors += (
            " The first number of each began as the word's valence in VADER's lexicon (Hutto and Gilbert 2014, MIT)."
        )
    return f"{credit or ' '.join(texts)} {vectors} Of the texts nothing is in the files but the vocabulary."


def _tokens() -> str:
    return """## Words

The TFLite files take the ids of words, and hold the vocabulary and the regular expression that divides them; the
SavedModel takes texts, or ids by its signature `ids`. Its signature `explain` tells what each word added to each label.
`golden.npz` holds texts, their ids and what each file makes of them."""


def _android(file: str) -> str:
    """How a phone uses a file."""
    if not file:
        return ""
    return f"""## Android

MediaPipe Tasks (`com.google.mediapipe:tasks-text`) reads labels, vocabulary and the words' delimiter from the file: it
is given the text as it was typed.

```kotlin
val options = TextClassifier.TextClassifierOptions.builder()
    .setBaseOptions(BaseOptions.builder().setModelAssetPath("{file}").build())
    .build()
val classifier = TextClassifier.createFromOptions(context, options)
val result = classifier.classify("What a lovely day!")
val best = result.classificationResult().classifications().first().categories().first()
Log.i("sentiment", "${{best.categoryName()}} ${{best.score()}}")
```"""
