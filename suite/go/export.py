"""Signatures of the SavedModel and sources of the TFLite files of Go players."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from suite.artefacts.metadata import Metadata
from suite.artefacts.saved_model import Endpoint
from suite.artefacts.tflite import Source
from suite.artefacts.tflite_metadata import Features
from suite.go.config import SIZE

CODES = Features("Three codes of each point, row by row from A1, as suite/go/rules.py defines them")


def signatures(model: keras.Model, about: Metadata) -> list[Endpoint]:
    """One signature: codes uint8 (B, N, N, 3) of boards of any size to probabilities (B, N² + 1)."""
    spec = tf.TensorSpec((None, None, None, 3), tf.uint8, name="board")
    return [Endpoint("serving_default", lambda board: {"probabilities": tf.nn.softmax(model(board))}, [spec])]


def sources(model: keras.Model, about: Metadata, options: Any) -> list[Source]:
    """Files that take the codes of a board of 19x19.

    In `int8` the blocks behind the first one are integers. With logits and probabilities in steps of 1/256 the best
    moves would tie, and the first block, which reads rare planes, costs more agreement than it saves bytes.
    """
    board = {"board": tf.TensorSpec((1, SIZE, SIZE, 3), tf.uint8)}
    function = signatures(model, about)[0].function
    modes = ("float32", "float16", "dynamic", "int8")
    return [Source(function, board, {"board": CODES}, modes=modes, integers=r"/b(?!1_)\d+_")]
