"""Measures what pays in a network that plays Go: kinds of blocks, global pooling, further targets, the players' ranks.

    python docs/go_networks.py kgs-19-2015.zip [NAME ...]     # some minutes a network and seed on 2 cores

Every network is trained alike, for one pass over 150,000 positions drawn from the training games, in their symmetries,
and scored on 20,000 positions of the validation games. It prints a table.
"""

import re
import sys
import time
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from suite import blocks
from suite.blocks import ConvBlock, Head, Network
from suite.data.batches import stateless_batches
from suite.go import positions, sgf, symmetries
from suite.go.config import SIZE, TRAINING, DataConfig
from suite.go.layers import Planes
from suite.training import fit

COUNT, SCORED, SEEDS, BATCH = 150_000, 20_000, (1, 2, 3), 128
POINTS, ANY, RANKS = SIZE * SIZE, (None, None), 10  # 1d to 9d, and others
FIRST, BLOCK = ConvBlock(32, kernel=5), ConvBlock(32)
CHAINS = {
    "plain, 6 x 32": [FIRST, *[BLOCK] * 5],
    "residual, 1 + 2 x 2 + 1": [FIRST, replace(BLOCK, kind="residual"), replace(BLOCK, kind="residual"), BLOCK],
    "separable (MobileNet), 1 + 6 x 56": [ConvBlock(56, kernel=5), *[ConvBlock(56, kind="separable")] * 6],
    "first layer 3x3": [BLOCK] * 6,
    "first layer 7x7": [ConvBlock(32, kernel=7), *[BLOCK] * 5],
}
OTHERS = ("global pooling", "next three moves", "ranks", "all three")


def trunk(name: str, x: keras.KerasTensor, chain: list[ConvBlock]) -> keras.KerasTensor:
    """The blocks; with global pooling a bias for each channel from its mean and maximum over the board (KataGo)."""
    if name not in ("global pooling", "all three"):
        return blocks.build(Network(chain, None), (*ANY, x.shape[-1]), 1, name="trunk")(x)
    for number, part in enumerate((chain[:2], chain[2:4], chain[4:])):
        x = blocks.build(Network(part, None), (*ANY, x.shape[-1]), 1, name=f"trunk{number}")(x)
        pooled = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
        bias = layers.Reshape((1, 1, x.shape[-1]))(layers.Dense(x.shape[-1])(pooled))
        x = layers.Add()([x, bias])
    return x


def build(name: str) -> keras.Model:
    """From codes and ranks to the logits of the next move, or of the next three."""
    board, rank = keras.Input((*ANY, 3), dtype="uint8"), keras.Input((RANKS,))
    x = Planes()(board)
    if name in ("ranks", "all three"):
        plane = ops.ones_like(x[..., :1]) * ops.reshape(rank, (-1, 1, 1, RANKS))
        x = ops.concatenate([x, plane], axis=-1)
    x = trunk(name, x, CHAINS.get(name, CHAINS["plain, 6 x 32"]))
    heads = 3 if name in ("next three moves", "all three") else 1
    outputs = [
        blocks.build(Network([], Head("points")), (*ANY, x.shape[-1]), 1, name=f"head{i}")(x) for i in range(heads)
    ]
    return keras.Model([board, rank], ops.stack(outputs, axis=1), name="go")


def ranks(config: DataConfig, found: positions.Positions) -> np.ndarray:
    """The rank of the side to move in each position, 0 for 1d to 8 for 9d, and 9 for others."""
    path, by_name = Path(config.path), {}
    for name, content in sgf.contents(path):
        text = content.decode("utf-8", "replace")
        own = [re.search(rf"{colour}R\[(\d)d", text) for colour in "BW"]
        by_name[name] = [int(match[1]) - 1 if match else RANKS - 1 for match in own]
    games, _ = positions.read_games(path, config)
    assert sum(len(game.moves) for game in games) == found.starts[-1]  # none was left out for its moves
    return np.concatenate([np.array(by_name[game.name])[np.array(game.colours) - 1] for game in games])


def inputs(found: positions.Positions, rank: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """Codes, ranks and the next three moves of positions; -1 after the end of the game."""
    ends = found.starts[np.searchsorted(found.starts, rows, side="right")]
    moves = [np.where(rows + i < ends, found.moves[np.minimum(rows + i, len(found.moves) - 1)], -1) for i in range(3)]
    return found.codes[rows], rank[rows], np.stack(moves, axis=1).astype(np.int32)


def train(name: str, seed: int, found: positions.Positions, rank: np.ndarray) -> tuple[keras.Model, float]:
    """A trained network, and its positions a second."""
    fit.set_seed(seed)
    model, place = build(name), found.rows("train")
    heads = model.output_shape[1]
    rows = np.sort(np.random.default_rng(0).permutation(np.arange(place.start, place.stop))[:COUNT])
    orders = symmetries.permutations(SIZE)
    back = tf.constant(np.concatenate([np.argsort(orders, axis=1), np.full((8, 1), POINTS)], axis=1), tf.int32)
    orders = tf.constant(orders, tf.int32)

    def make(chosen: tf.Tensor, seed: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], tf.Tensor]:
        codes, ranked, moves = tf.numpy_function(
            lambda r: inputs(found, rank, rows[r]), [chosen], [tf.uint8, tf.int64, tf.int32], stateful=False
        )
        which = tf.random.stateless_uniform((BATCH,), seed, 0, 8, tf.int32)
        codes = tf.gather(tf.reshape(codes, (BATCH, POINTS, 3)), tf.gather(orders, which), batch_dims=1)
        moves = tf.reshape(moves, (BATCH, 3))[:, :heads]
        turned = tf.where(moves < 0, -1, tf.gather(tf.gather(back, which), tf.maximum(moves, 0), batch_dims=1))
        ranked = tf.one_hot(tf.reshape(ranked, (BATCH,)), RANKS)
        return (tf.reshape(codes, (BATCH, SIZE, SIZE, 3)), ranked), tf.one_hot(turned, POINTS + 1)

    def loss(targets: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(targets, logits), axis=-1) / heads

    config = replace(TRAINING, epochs=1, batch=BATCH, seed=seed)
    model.compile(fit.optimizer(COUNT // BATCH, config), loss)
    fit.train_in_bfloat16(model)
    started = time.perf_counter()
    model.fit(stateless_batches(COUNT, config, make), epochs=1, verbose=0, shuffle=False)
    return model, COUNT / (time.perf_counter() - started)


def score(model: keras.Model, found: positions.Positions, rank: np.ndarray) -> tuple[float, float]:
    """Accuracy and cross-entropy of the next move on validation positions."""
    place = found.rows("validation")
    rows = np.sort(np.random.default_rng(0).permutation(np.arange(place.start, place.stop))[:SCORED])
    codes, ranked, moves = inputs(found, rank, rows)
    given = [codes.reshape(-1, SIZE, SIZE, 3), np.eye(RANKS, dtype=np.float32)[ranked]]
    logits = model.predict(given, batch_size=256, verbose=0)[:, 0]
    shares = np.asarray(tf.nn.log_softmax(logits))
    return float((shares.argmax(axis=1) == moves[:, 0]).mean()), float(
        -shares[np.arange(len(rows)), moves[:, 0]].mean()
    )


def main() -> None:
    config = DataConfig(path=sys.argv[1])
    found = positions.read(config)
    rank = ranks(config, found)
    print("| network | parameters | top 1 | standard deviation | cross-entropy | positions a second |")
    print("|---|---|---|---|---|---|")
    for name in sys.argv[2:] or (*CHAINS, *OTHERS):
        results = []
        for seed in SEEDS:
            model, speed = train(name, seed, found, rank)
            results.append((*score(model, found, rank), speed))
        top, cost, speed = np.mean(results, axis=0)
        spread = np.std([row[0] for row in results], ddof=1)
        numbers = f"{model.count_params():,} | {top:.2%} | {100 * spread:.2f} | {cost:.3f} | {speed:,.0f}"
        print(f"| {name} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
