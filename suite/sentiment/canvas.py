"""Sentences as a canvas of `suite.interpret`: words that are taken out or exchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from suite.artefacts.metadata import Metadata
from suite.console.log import LOG
from suite.errors import InputError
from suite.interpret.canvases import Canvas
from suite.sentiment import text

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

MISSING = "\ue000"  # a word that no vocabulary has: a character that Unicode leaves for private use


def canvas(about: Metadata) -> Canvas:
    """The words of a sentence that the model reads; one that is taken out becomes unknown."""

    def words(sentence: str) -> list[str]:
        return text.tokens(sentence)[: about.settings["length"]]

    def read(sentence: str) -> str:
        read, count = words(sentence), len(text.tokens(sentence))
        if not read:
            raise InputError(f"{sentence!r}: no word in it; give a text")
        if len(read) < count:
            LOG.info(f"the model reads the first {len(read)} of {count:,} words")
        return sentence

    def masked(sentence: str, masks: np.ndarray) -> list[str]:
        found = words(sentence)
        return [" ".join(w if kept else MISSING for w, kept in zip(found, mask, strict=True)) for mask in masks]

    return Canvas(
        inputs="sentence",
        read=read,
        grid=lambda sentence: (len(words(sentence)),),
        masked=masked,
        window=(1,),
        features=_vectors,
        words=words,
    )


def _vectors(model: keras.Model) -> Callable[[tf.Tensor], tf.Tensor]:
    """Ids (B, N) to what the network reads of each word, (B, N, D): its vector, and what is within scopes."""
    embedding, names = model.get_layer("embedding"), [layer.name for layer in model.layers]
    if "scopes" not in names:
        return embedding
    scopes = model.get_layer("scopes")
    return lambda ids: scopes(embedding(ids))
