"""The toy task: vectors of sixteen numbers that rise or fall. It drives the shared code in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from suite import config
from suite.blocks import ConvBlock, Head, Network
from suite.problems.classification import CLASSIFICATION, TrainingConfig, training_targets
from suite.task import Built, Examples, Layout, Task

LENGTH = 16
NETWORK = Network([ConvBlock(4, activation="relu6", dropout=0.2)], Head("average"))


@dataclass(frozen=True)
class DataConfig(config.DataConfig):
    DEFAULTS = ("made", "made")


@dataclass(frozen=True)
class ModelConfig:
    variant: str = "plain"


@dataclass(frozen=True)
class Config:
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = field(default=TrainingConfig(epochs=0, batch=16, learning_rate=0.02))


def load(data, split, about=None, limit=None):
    rng = np.random.default_rng(["train", "validation", "test"].index(split))
    targets = np.arange(limit or {"train": 64, "validation": 32, "test": 24}[split]) % 2
    slopes = np.where(targets, 0.2, -0.2)[:, None] * np.arange(LENGTH) + rng.normal(0, 0.7, (len(targets), LENGTH))
    return Examples(slopes.astype(np.float32), targets, ("falls", "rises"), f"{split} split of made vectors")


def encode(raw, about, shapes):
    return {name: np.float32(raw)[..., None] for name in shapes}


def build(config, examples):
    from suite import blocks

    model = blocks.build(NETWORK, (LENGTH, 1), len(examples.labels))
    return Built(model, model, NETWORK, (LENGTH, 1))


def batches(examples, built, config, first):
    import tensorflow as tf

    from suite.data.batches import stateless_batches

    inputs, targets = tf.constant(examples.raw[..., None]), training_targets(examples)
    return stateless_batches(
        len(examples), config.training, lambda rows, seed: (tf.gather(inputs, rows), targets(rows)), first
    )


def _probabilities(model):
    import tensorflow as tf

    return lambda features: {"probabilities": tf.nn.softmax(model(features))}


def signatures(model, about):
    import tensorflow as tf

    from suite.artefacts.saved_model import Endpoint

    spec = tf.TensorSpec((None, LENGTH, 1), tf.float32, name="features")
    return [Endpoint("serving_default", _probabilities(model), [spec])]


def sources(model, about, options):
    import tensorflow as tf

    from suite.artefacts.tflite import Source
    from suite.artefacts.tflite_metadata import Features

    specs = {"features": tf.TensorSpec((1, LENGTH, 1), tf.float32)}
    return [Source(_probabilities(model), specs, {"features": Features("Sixteen numbers")})]


TASK = Task(
    name="toy",
    summary="sixteen numbers in, rises or falls out",
    config=Config,
    problem=CLASSIFICATION,
    variants={"plain": NETWORK},
    model_name=lambda config: "toy",
    model_description=lambda config: "Says whether numbers rise",
    example="NUMBERS",
    input="features",
    default_epochs={"made": 4},
    load=load,
    encode=encode,
    build=build,
    batches=batches,
    signatures=signatures,
    sources=sources,
    golden=lambda about: load(None, "test", limit=4).raw,
    layout=lambda model, about, options: Layout(NETWORK, (LENGTH, 1), 2),
    modes=("float32", "int8"),
    card_template=Path(__file__).with_name("toy_card.md"),
    options={"describe": DataConfig},
    bench_examples=lambda count: load(None, "train", limit=count),
)
