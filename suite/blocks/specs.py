"""The description of a network, in Python or in YAML: ConvBlock, Head and Network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from suite.errors import InputError

Kind = Literal["plain", "separable", "residual"]
Padding = Literal["same", "reflect", "valid"]
Normalisation = Literal["batch", "conditional", "none"]
Activation = Literal["relu", "relu6", "elu", "gelu", "silu", "tanh", "sigmoid", "none"]
Pooling = Literal["max", "average", "none"]
PoolPadding = Literal["valid", "same"]
GlobalPooling = Literal["flatten", "average", "max", "points"]
Size = int | tuple[int, ...]  # the same for every axis, or one per axis


@dataclass(frozen=True)
class ConvBlock:
    """A convolutional block: upsampling, convolution, normalisation, activation, pooling and dropout, in this order.

    Args:
        filters: Number of filters, which is the number of output channels.
        kernel: Size of a filter along each axis (3 is 3x3 on an image, 3 on a sentence).
        stride: Stride of the convolution along each axis.
        kind: plain (one convolution), separable (one filter per channel, then 1x1 filters over the channels; MobileNet,
            Howard et al. 2017) or residual (two convolutions and a shortcut; ResNet, He et al. 2016).
        padding: same (zeros; with stride 1 the size stays), reflect (the input mirrored at its edges, which avoids
            visible borders; sizes as with same) or valid (no padding).
        bias: Whether the convolutions have a bias; by default only where no normalisation follows.
        normalisation: batch, conditional (instance normalisation with a scale and a shift per condition, such as a
            style; Dumoulin et al. 2017) or none.
        activation: relu, relu6, elu, gelu, silu, tanh, sigmoid or none.
        pooling: max, average or none.
        pool: Size and stride of the pooling along each axis.
        pool_padding: valid (an incomplete window at the end is dropped) or same (it is kept).
        dropout: Fraction of the outputs dropped in training, in [0, 1).
        upsample: Factor of the nearest-neighbour upsampling along each axis; followed by a convolution it avoids the
            checkerboard patterns of transposed convolutions (Odena et al. 2016).
    """

    filters: int
    kernel: Size = 3
    stride: Size = 1
    kind: Kind = "plain"
    padding: Padding = "same"
    bias: bool | None = None
    normalisation: Normalisation = "batch"
    activation: Activation = "relu"
    pooling: Pooling = "none"
    pool: Size = 2
    pool_padding: PoolPadding = "valid"
    dropout: float = 0.0
    upsample: Size = 1

    def __post_init__(self) -> None:
        _check_choices(
            self,
            kind=Kind,
            padding=Padding,
            normalisation=Normalisation,
            activation=Activation,
            pooling=Pooling,
            pool_padding=PoolPadding,
        )
        for name in ("filters", "kernel", "stride", "pool", "upsample"):
            check_positive(f"ConvBlock: {name}", getattr(self, name))
        _check_fraction(self, "dropout")

    @property
    def conv_padding(self) -> str:
        """The padding of the convolution layer itself; a layer of its own reflects the input."""
        return "valid" if self.padding == "reflect" else self.padding

    @property
    def use_bias(self) -> bool:
        return self.normalisation == "none" if self.bias is None else self.bias


@dataclass(frozen=True)
class Head:
    """The layers after the blocks: features pooled into one vector, hidden dense layers, logits.

    Args:
        pooling: How the last block's output becomes a vector: flatten, average or max (over all positions); or points,
            which gives a logit for each position, by one 1x1 filter that all share, and a last one, of the mean over
            all positions, for none of them (such as passing in Go). Without hidden layers.
        dense: Number of units of each hidden dense layer.
        activation: Activation of the hidden dense layers.
        dropout: Fraction of the vector, and of each hidden layer, dropped in training, in [0, 1).
    """

    pooling: GlobalPooling = "flatten"
    dense: Sequence[int] = ()
    activation: Activation = "relu"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        _check_choices(self, pooling=GlobalPooling, activation=Activation)
        check_positive("Head: dense", self.dense)
        _check_fraction(self, "dropout")
        if self.pooling == "points" and self.dense:
            raise InputError("Head: pooling points has no hidden dense layers; leave dense out")


@dataclass(frozen=True)
class Network:
    """A list of blocks and a head.

    Args:
        blocks: The blocks, each applied to the output of the one before.
        head: The head; None for a network whose output is that of its last block.
        branches: Lists of blocks, each applied to the output of `blocks`; the head pools each and concatenates the
            vectors, as in Kim 2014.
    """

    blocks: Sequence[ConvBlock]
    head: Head | None = field(default_factory=Head)
    branches: Sequence[Sequence[ConvBlock]] = ()

    def __post_init__(self) -> None:
        if self.branches and self.head is None:
            raise InputError("Network: branches need a head, which concatenates their outputs")
        if self.branches and self.head and self.head.pooling == "points":
            raise InputError("Network: a head with pooling points takes no branches; leave them out")


def check_positive(name: str, value: int | Sequence[int]) -> None:
    """Refuses anything but an integer, or integers, of at least 1."""
    for number in (value,) if isinstance(value, int) else value:
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise InputError(f"{name} is {value!r}; use integers of at least 1")


def _check_choices(spec: ConvBlock | Head, **literals: Any) -> None:
    for name, literal in literals.items():
        value, choices = getattr(spec, name), get_args(literal)
        if value not in choices:
            raise InputError(f"{type(spec).__name__}: {name} is {value!r}; use one of {', '.join(choices)}")


def _check_fraction(spec: ConvBlock | Head, name: str) -> None:
    if not 0 <= getattr(spec, name) < 1:
        raise InputError(f"{type(spec).__name__}: {name} is {getattr(spec, name)!r}; use a number in [0, 1)")
