"""Measures the properties of a convolutional network that the lecture names, on MNIST's validation digits.

    python docs/properties.py [FOLDER_OF_MNIST]     # without a folder MNIST is fetched; about 10 minutes on 2 cores

Every network is trained alike: 4 epochs of Adam on the training digits as they are, seeds 1 and 2. The table that it
prints stands in docs/lecture.md.
"""

import sys

import keras
import numpy as np

from suite import blocks
from suite.blocks import ConvBlock, Head, Network
from suite.digits.config import DataConfig
from suite.digits.data import load

EPOCHS, SEEDS = 4, (1, 2)


def conv(filters: int, **options) -> ConvBlock:
    return ConvBlock(filters, **{"kernel": 3, "padding": "valid", "normalisation": "none", **options})


HEAD = Head("flatten", dense=[100])
NETWORKS = {
    "the lecture's: 25 and 50 filters, pooling, dense 100": Network(
        [conv(25, pooling="max"), conv(50, pooling="max")], HEAD
    ),
    "dense, as many parameters: 172 neurons": Network([], Head("flatten", dense=[172])),
    "one convolution: 25 filters": Network([conv(25, pooling="max")], HEAD),
    "three convolutions: 25, 50 and 50 filters": Network(
        [conv(25, pooling="max"), conv(50, pooling="max"), conv(50)], HEAD
    ),
    "with padding (28x28 stays 28x28)": Network(
        [conv(25, padding="same", pooling="max"), conv(50, padding="same", pooling="max")], HEAD
    ),
    "without pooling": Network([conv(25), conv(50)], HEAD),
    "average pooling": Network([conv(25, pooling="average"), conv(50, pooling="average")], HEAD),
    "stride 2 in place of pooling": Network(
        [conv(25, padding="same", stride=2), conv(50, padding="same", stride=2)], HEAD
    ),
}


def maxout(shape: tuple[int, ...], outputs: int) -> keras.Model:
    """The lecture's network with Maxout: of each two filters the larger answer (Goodfellow et al. 2013)."""
    x = features = keras.Input(shape)
    for filters in (50, 100):
        x = keras.layers.Conv2D(filters, 3)(x)
        x = keras.layers.MaxPooling2D(2)(x)
        height, width, channels = x.shape[1:]
        x = keras.layers.Lambda(keras.ops.max, arguments={"axis": -1})(
            keras.layers.Reshape((height, width, channels // 2, 2))(x)
        )
    x = keras.layers.Dense(100, activation="relu")(keras.layers.Flatten()(x))
    return keras.Model(features, keras.layers.Dense(outputs)(x))


def shifted(pictures: np.ndarray, pixels: int) -> np.ndarray:
    """Pictures moved to the right and down, blank behind."""
    return np.pad(pictures, ((0, 0), (pixels, 0), (pixels, 0), (0, 0)))[:, :28, :28]


def subsampled(pictures: np.ndarray) -> np.ndarray:
    """Pictures without every other row and column; those left are shown twice, so that the size stays."""
    return pictures[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2)


def main() -> None:
    data = DataConfig(source="mnist", path=sys.argv[1] if len(sys.argv) > 1 else None)
    training, validation = (load(data, split) for split in ("train", "validation"))
    x, y = training.raw / np.float32(255), training.targets
    pictures = validation.raw / np.float32(255)
    tests = {
        "as they are": pictures,
        **{f"shifted by {n}": shifted(pictures, n) for n in (1, 2, 3)},
        "subsampled": subsampled(pictures),
    }
    builders = {name: lambda n=network: blocks.build(n, (28, 28, 1), 10) for name, network in NETWORKS.items()}
    builders["Maxout: the larger of each two filters"] = lambda: maxout((28, 28, 1), 10)
    print(f"| network | parameters | {' | '.join(tests)} |")
    print("|---|---|" + "---|" * len(tests))
    for name, build in builders.items():
        scores = []
        for seed in SEEDS:
            keras.utils.set_random_seed(seed)
            model = build()
            model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
            model.fit(x, y, batch_size=128, epochs=EPOCHS, verbose=0)
            answers = [model.predict(some, batch_size=512, verbose=0).argmax(axis=1) for some in tests.values()]
            scores.append([np.mean(answer == validation.targets) for answer in answers])
        figures = " | ".join(f"{value:.2%}" for value in np.mean(scores, axis=0))
        print(f"| {name} | {model.count_params():,} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
