"""Signatures of the SavedModel and sources of the TFLite files of text classifiers."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from suite.artefacts.metadata import Metadata
from suite.artefacts.saved_model import Endpoint
from suite.artefacts.tflite import Source
from suite.artefacts.tflite_metadata import Text
from suite.sentiment import text
from suite.sentiment.layers import Linear, Scopes


def signatures(model: keras.Model, about: Metadata) -> list[Endpoint]:
    """Texts (B,) or ids (B, N) to probabilities."""
    length, table = about.settings["length"], text.lookup(about.settings["vocabulary"])
    from_ids = _from_ids(model)
    ids = tf.TensorSpec((None, length), tf.int32, name="ids")

    def from_text(text_: tf.Tensor) -> dict[str, tf.Tensor]:
        return from_ids(text.in_graph(text_, table, length))

    strings = tf.TensorSpec((None,), tf.string, name="text")
    return [
        Endpoint("serving_default", lambda text: from_text(text), [strings], [table]),
        Endpoint("ids", from_ids, [ids]),
    ]


def sources(model: keras.Model, about: Metadata, options: Any) -> list[Source]:
    """Files of word ids (1, N); the vocabulary is in the file."""
    content = Text(about.settings["vocabulary"], about.settings["delimiter"])
    specs = {"ids": tf.TensorSpec((1, about.settings["length"]), tf.int32)}
    return [Source(_from_ids(model), specs, {"ids": content})]


def _from_ids(model: keras.Model) -> Any:
    table = model.get_layer("embedding")
    core = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    linear = next((layer for layer in model.layers if isinstance(layer, Linear)), None)
    scopes = next((layer for layer in model.layers if isinstance(layer, Scopes)), lambda words: words)

    def from_ids(ids: tf.Tensor) -> dict[str, tf.Tensor]:
        # Embedding's own comparisons of ids are no operations of every TFLite runtime; a gather is.
        logits = core(scopes(tf.gather(table.embeddings.value, ids)))
        return {"probabilities": tf.nn.softmax(logits if linear is None else logits + linear(ids))}

    return from_ids
