"""Go players: the planes of a position, a chain of blocks without pooling, a logit for each point."""

from __future__ import annotations

import keras

from suite import blocks
from suite.artefacts.metadata import Metadata
from suite.errors import InputError
from suite.go.config import SIZE, Config
from suite.go.layers import Planes
from suite.go.networks import network
from suite.go.planes import PLANES
from suite.task import Built, Examples


def build(config: Config, examples: Examples) -> Built:
    """The model of codes (B, H, W, 3) to logits (B, HW + 1): of each point, row by row from A1, and of passing."""
    model = untrained(config)
    settings = {"planes": PLANES, "players": config.data.players}
    return Built(model, model, network(config.model), (SIZE, SIZE, PLANES), settings)


def untrained(config: Config, about: Metadata | None = None) -> keras.Model:
    """The model with random weights, see `Task.untrained`; it takes boards of any size."""
    chain = network(config.model)
    if chain.head is None or chain.head.pooling != "points":
        raise InputError("model.head: give {pooling: points}, a logit for each point of the board")
    outputs = blocks.plan(chain, (SIZE, SIZE, PLANES), SIZE * SIZE + 1)[-1].output_shape
    if outputs != (SIZE * SIZE + 1,):
        raise InputError(f"model.blocks: give {outputs[0]} logits for {SIZE * SIZE + 1} moves; keep the board's size")
    board = keras.Input((None, None, 3), dtype="uint8", name="board")
    planes = Planes(name="planes")(board)
    core = blocks.build(chain, (None, None, PLANES), SIZE * SIZE + 1)
    return keras.Model(board, core(planes), name="go")
