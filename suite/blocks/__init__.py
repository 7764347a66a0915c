"""The conv-block factory: a network is a chain of blocks.

A pattern is smaller than the whole (convolution), it appears in several places (shared weights), and subsampling
does not change the object (pooling). Images, spectrograms, sentences and pictures share these properties, so one
factory serves them all and a task is a different list of blocks:

    chain = Network([ConvBlock(25, kernel=3, pooling="max"), ConvBlock(50, kernel=3, pooling="max")], Head(dense=[100]))
    for layer in plan(chain, input_shape=(28, 28, 1), outputs=10):  # nothing is built
        print(layer.name, layer.output_shape, layer.parameters, layer.macs, layer.dense_parameters)
    model = build(chain, input_shape=(28, 28, 1), outputs=10)  # a keras.Model that gives logits

The same chain in YAML, where every block is one line:

    blocks:
      - {filters: 25, kernel: 3, pooling: max}
      - {filters: 50, kernel: 3, pooling: max}
    head: {pooling: flatten, dense: [100]}
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from suite.errors import InputError

Kind = Literal["plain", "separable", "residual"]
ACTIVATIONS = ("relu", "relu6", "elu", "gelu", "silu", "tanh", "sigmoid", "none")
Size = int | tuple[int, ...]  # one number for every axis, or one number an axis

# Keras's own default, .99, needs thousands of steps before the moving statistics can be trusted.
NORM_MOMENTUM = 0.9
ANY = 256  # the size with which a chain for inputs of any size is checked


@dataclass(frozen=True)
class ConvBlock:
    """One block: enlargement, convolution, normalisation, activation, pooling, dropout, in this order.

    Args:
        filters: Number of filters, which is the number of channels that the block gives.
        kernel: Size of a filter along each axis (3 means 3x3 on a picture, 3 on a sentence).
        stride: Step of the convolution along each axis.
        kind: plain (one convolution), separable (a filter a channel, then 1x1 filters over the channels; MobileNet,
            Howard et al. 2017) or residual (two convolutions beside a shortcut; ResNet, He et al. 2016).
        padding: same (zeros around the input: stride 1 keeps its size), reflect (the input mirrored at its edges, so
            that none shows; sizes as of same) or valid (no padding).
        bias: Whether the convolutions have a bias; by default only where no normalisation follows.
        normalisation: batch, conditional (of each picture by itself, with the scale and shift of a style, or of a
            mixture of styles; conditional instance normalisation, Dumoulin et al. 2017) or none.
        activation: relu, relu6, elu, gelu, silu, tanh, sigmoid or none.
        pooling: max, average or none.
        pool: Size and step of the pooling along each axis.
        dropout: Share of the outputs dropped in training, 0 to below 1.
        upsample: How many times each value is repeated along each axis, before the convolution; so a picture grows
            without the checkerboard of transposed convolutions (Odena et al. 2016).
    """

    filters: int
    kernel: Size = 3
    stride: Size = 1
    kind: Kind = "plain"
    padding: Literal["same", "reflect", "valid"] = "same"
    bias: bool | None = None
    normalisation: Literal["batch", "conditional", "none"] = "batch"
    activation: Literal["relu", "relu6", "elu", "gelu", "silu", "tanh", "sigmoid", "none"] = "relu"
    pooling: Literal["max", "average", "none"] = "none"
    pool: Size = 2
    dropout: float = 0.0
    upsample: Size = 1

    def __post_init__(self):
        _check_choice("kind", self.kind, ("plain", "separable", "residual"))
        _check_choice("padding", self.padding, ("same", "reflect", "valid"))
        _check_choice("normalisation", self.normalisation, ("batch", "conditional", "none"))
        _check_choice("pooling", self.pooling, ("max", "average", "none"))
        _check_choice("activation", self.activation, ACTIVATIONS)
        for name in ("filters", "kernel", "stride", "pool", "upsample"):
            _check_positive(name, getattr(self, name))
        _check_share("dropout", self.dropout)

    @property
    def conv_padding(self) -> str:
        """What is left of the padding for the convolution itself to do."""
        return "valid" if self.padding == "reflect" else self.padding

    @property
    def use_bias(self) -> bool:
        return self.normalisation == "none" if self.bias is None else self.bias


@dataclass(frozen=True)
class Head:
    """What follows the blocks: one vector, hidden dense layers, the logits.

    Args:
        pooling: How the last block's output becomes a vector: flatten, average or max (over all positions).
        dense: Units of each hidden dense layer.
        activation: Activation of the hidden dense layers.
        dropout: Share of the vector, and of each hidden layer, dropped in training, 0 to below 1.
    """

    pooling: Literal["flatten", "average", "max"] = "flatten"
    dense: Sequence[int] = ()
    activation: Literal["relu", "relu6", "elu", "gelu", "silu", "tanh", "sigmoid", "none"] = "relu"
    dropout: float = 0.0

    def __post_init__(self):
        _check_choice("pooling", self.pooling, ("flatten", "average", "max"))
        _check_choice("activation", self.activation, ACTIVATIONS)
        _check_positive("dense", tuple(self.dense))
        _check_share("dropout", self.dropout)


@dataclass(frozen=True)
class Network:
    """A chain of blocks and its head.

    Args:
        blocks: The chain.
        head: What follows; None for a chain that ends with its last block, whose output then is the network's.
        branches: Chains side by side, each over what `blocks` give; the head pools each and joins the vectors, as in
            Kim 2014.
    """

    blocks: Sequence[ConvBlock]
    head: Head | None = field(default_factory=Head)
    branches: Sequence[Sequence[ConvBlock]] = ()


@dataclass(frozen=True)
class LayerPlan:
    """What one layer will be, known before anything is built.

    Args:
        name: The layer's name in the Keras model, such as b2_conv.
        output_shape: Without the batch, such as (13, 13, 25).
        parameters: Weights and biases; of a batch normalisation also the moving statistics.
        macs: Multiply-adds for one input; additions, pooling and activations are not counted.
        dense_parameters: What a fully connected layer with biases between the same two shapes would need; 0 for
            layers that only normalise, activate, drop or reshape.
    """

    name: str
    output_shape: tuple[int, ...]
    parameters: int = 0
    macs: int = 0
    dense_parameters: int = 0

    @property
    def block(self) -> str:
        """The block that the layer belongs to: b2 for b2_conv, head for the rest."""
        first = self.name.split("_")[0]
        return first if first[0] == "b" and first[1:].isdigit() else "head"


def build(
    network: Network, input_shape: Sequence[int | None], outputs: int, name: str = "network", conditions: int = 0
):
    """The network as a Keras model.

    Args:
        network: The chain of blocks.
        input_shape: (T, C) for one dimension, (H, W, C) for two, without the batch; None for any size.
        outputs: Number of logits; without a head it does not matter.
        conditions: Number of styles that a conditional normalisation has.

    Returns:
        A keras.Model from float inputs (B, *input_shape) to logits (B, outputs), or to what the last block gives; its
        layers are named as in `plan`. With conditions it takes two inputs: the second has a weight a style (B, S).

    Raises:
        InputError: A block does not fit its input; the message names it.
    """
    import keras

    sizes = [size or ANY for size in input_shape]
    plan(network, sizes, outputs, conditions)  # a misfit is told in the network's words, not in TensorFlow's
    inputs = keras.Input(tuple(input_shape), name="features")
    if not conditions:
        return keras.Model(inputs, _chain(_Builder(), network, inputs, outputs), name=name)
    condition = keras.Input((conditions,), name="condition")
    outputs = _chain(_Builder(condition), network, inputs, outputs)
    return keras.Model([inputs, condition], outputs, name=name)


def plan(network: Network, input_shape: Sequence[int], outputs: int, conditions: int = 0) -> list[LayerPlan]:
    """Every layer's output shape, parameters and multiply-adds, without building anything (and without Keras).

    Args, Raises: As of `build`.
    """
    if len(input_shape) not in (2, 3):
        raise InputError(f"input shape {tuple(input_shape)}: expected (T, C) or (H, W, C)")
    _check_positive("input shape", tuple(input_shape))
    _check_positive("outputs", outputs)
    planner = _Planner(conditions)
    _chain(planner, network, tuple(input_shape), outputs)
    return planner.layers


def by_block(layers: Sequence[LayerPlan], input_shape: Sequence[int]) -> list[LayerPlan]:
    """A plan without branches, with one row a block: its last shape, its sums, and the dense layer in its place."""
    rows, shape = [], tuple(input_shape)
    for name in dict.fromkeys(layer.block for layer in layers):
        members = [layer for layer in layers if layer.block == name]
        last = members[-1].output_shape
        parameters, macs = sum(m.parameters for m in members), sum(m.macs for m in members)
        rows.append(LayerPlan(name, last, parameters, macs, _dense_parameters(shape, last)))
        shape = last
    return rows


def totals(layers: Sequence[LayerPlan]) -> tuple[int, int]:
    """(parameters, multiply-adds) of a whole plan."""
    return sum(layer.parameters for layer in layers), sum(layer.macs for layer in layers)


# The chain is written once. `to` is either the builder, for which x is a Keras tensor, or the planner, for which x is
# a shape: so what is told about a network cannot differ from what is built.


def _chain(to, network: Network, x, outputs: int):
    x = _blocks(to, network.blocks, x, 1)
    if network.head is None:
        return x
    if not network.branches:
        return _head(to, network.head, _vector(to, network.head, x, ""), outputs)
    number, vectors = len(network.blocks) + 1, []
    for place, branch in enumerate(network.branches, start=1):
        vectors.append(_vector(to, network.head, _blocks(to, branch, x, number), str(place)))
        number += len(branch)
    return _head(to, network.head, to.join(vectors, "join"), outputs)


def _blocks(to, blocks: Sequence[ConvBlock], x, first: int):
    for number, block in enumerate(blocks, start=first):
        if block.upsample != 1:
            x = to.upsample(x, f"b{number}_upsample", block.upsample)
        x = _KINDS[block.kind](to, block, x, f"b{number}")
        if block.pooling != "none":
            x = to.pool(x, f"b{number}_pool", block.pooling, block.pool)
        if block.dropout:
            x = to.dropout(x, f"b{number}_dropout", block.dropout)
    return x


def _plain(to, block: ConvBlock, x, name: str):
    x = to.conv(_pad(to, block, x, f"{name}_pad"), f"{name}_conv", block, block.stride)
    return _activate(to, block, _normalise(to, block, x, f"{name}_norm"), f"{name}_act")


def _separable(to, block: ConvBlock, x, name: str):
    x = to.depthwise(_pad(to, block, x, f"{name}_pad"), f"{name}_depthwise", block)
    x = _normalise(to, block, x, f"{name}_depthwise_norm")
    x = _activate(to, block, x, f"{name}_depthwise_act")
    x = to.conv(x, f"{name}_conv", block, stride=1, kernel=1)
    return _activate(to, block, _normalise(to, block, x, f"{name}_norm"), f"{name}_act")


def _residual(to, block: ConvBlock, x, name: str):
    shortcut = x
    x = to.conv(_pad(to, block, x, f"{name}_pad1"), f"{name}_conv1", block, block.stride)
    x = _activate(to, block, _normalise(to, block, x, f"{name}_norm1"), f"{name}_act1")
    x = to.conv(_pad(to, block, x, f"{name}_pad2"), f"{name}_conv2", block, stride=1)
    x = _normalise(to, block, x, f"{name}_norm2")
    if to.shape(shortcut) != to.shape(x):  # other size or channels: 1x1 filters bring the shortcut to it
        shortcut = to.conv(shortcut, f"{name}_shortcut", block, block.stride, kernel=1)
        shortcut = _normalise(to, block, shortcut, f"{name}_shortcut_norm")
    return _activate(to, block, to.add(x, shortcut, f"{name}_add"), f"{name}_act")


_KINDS = {"plain": _plain, "separable": _separable, "residual": _residual}


def _pad(to, block: ConvBlock, x, name: str):
    return to.reflect(x, name, block.kernel) if block.padding == "reflect" else x


def _normalise(to, block: ConvBlock, x, name: str):
    if block.normalisation == "none":
        return x
    return to.normalise(x, name) if block.normalisation == "batch" else to.normalise_by_style(x, name)


def _activate(to, block: ConvBlock | Head, x, name: str):
    return to.activate(x, name, block.activation) if block.activation != "none" else x


def _vector(to, head: Head, x, place: str):
    if head.pooling == "flatten":
        return to.flatten(x, f"flatten{place}")
    return to.global_pool(x, f"pool{place}", head.pooling)


def _head(to, head: Head, x, outputs: int):
    if head.dropout:
        x = to.dropout(x, "dropout", head.dropout)
    for number, units in enumerate(head.dense, start=1):
        x = _activate(to, head, to.dense(x, f"dense{number}", units), f"dense{number}_act")
        if head.dropout:
            x = to.dropout(x, f"dense{number}_dropout", head.dropout)
    return to.dense(x, "logits", outputs)


class _Builder:
    """Makes each layer in Keras and applies it."""

    def __init__(self, condition=None):
        self.condition = condition  # (B, S), or None

    def shape(self, x):
        return tuple(x.shape[1:])

    def upsample(self, x, name, times):
        times = self._size(x, times, name)
        return self._layer("UpSampling", x)(times if len(times) > 1 else times[0], name=name)(x)

    def reflect(self, x, name, kernel):
        from suite.blocks.layers import ReflectionPadding

        return ReflectionPadding(_margins(self._size(x, kernel, name)), name=name)(x)

    def conv(self, x, name, block, stride, kernel=None):
        kernel, stride = (self._size(x, size, name) for size in (kernel or block.kernel, stride))
        options = dict(strides=stride, padding=block.conv_padding, use_bias=block.use_bias, name=name)
        return self._layer("Conv", x)(block.filters, kernel, **options)(x)

    def depthwise(self, x, name, block):
        kernel, stride = self._size(x, block.kernel, name), self._size(x, block.stride, name)
        options = dict(strides=stride, padding=block.conv_padding, use_bias=block.use_bias, name=name)
        return self._layer("DepthwiseConv", x)(kernel, **options)(x)

    def normalise(self, x, name):
        return self._layers.BatchNormalization(momentum=NORM_MOMENTUM, name=name)(x)

    def normalise_by_style(self, x, name):
        from suite.blocks.layers import ConditionalNormalization

        return ConditionalNormalization(name=name)([x, self.condition])

    def activate(self, x, name, activation):
        return self._layers.Activation(activation, name=name)(x)

    def pool(self, x, name, kind, pool):
        return self._layer("MaxPooling" if kind == "max" else "AveragePooling", x)(
            self._size(x, pool, name), name=name
        )(x)

    def global_pool(self, x, name, kind):
        return self._layer("GlobalMaxPooling" if kind == "max" else "GlobalAveragePooling", x)(name=name)(x)

    def dropout(self, x, name, share):
        return self._layers.Dropout(share, name=name)(x)

    def add(self, x, y, name):
        return self._layers.Add(name=name)([x, y])

    def join(self, vectors, name):
        return self._layers.Concatenate(name=name)(vectors)

    def flatten(self, x, name):
        return self._layers.Flatten(name=name)(x)

    def dense(self, x, name, units):
        return self._layers.Dense(units, name=name)(x)

    def _layer(self, kind, x):
        return getattr(self._layers, f"{kind}{len(x.shape) - 2}D")

    def _size(self, x, size, name):
        return _per_axis(size, len(x.shape) - 2, name)

    @property
    def _layers(self):
        import keras

        return keras.layers


class _Planner:
    """Counts each layer; x is a shape."""

    def __init__(self, conditions=0):
        self.layers: list[LayerPlan] = []
        self.conditions = conditions

    def shape(self, x):
        return x

    def upsample(self, x, name, times):
        times = _per_axis(times, len(x) - 1, name)
        return self._keep(name, (*(n * t for n, t in zip(x, times, strict=False)), x[-1]))

    def reflect(self, x, name, kernel):
        margins = _margins(_per_axis(kernel, len(x) - 1, name))
        if any(max(sides) >= n for n, sides in zip(x, margins, strict=False)):
            raise InputError(f"{name}: an input of {_by(x[:-1])} is too small to be mirrored at its edges")
        return self._keep(name, (*(n + sum(sides) for n, sides in zip(x, margins, strict=False)), x[-1]))

    def conv(self, x, name, block, stride, kernel=None):
        kernel = _per_axis(kernel or block.kernel, len(x) - 1, name)
        positions = _positions(x, kernel, _per_axis(stride, len(x) - 1, name), block.conv_padding, name)
        weights = math.prod(kernel) * x[-1] * block.filters  # every filter spans all channels of its input
        return self._add(name, x, (*positions, block.filters), weights, math.prod(positions) * weights, block.use_bias)

    def depthwise(self, x, name, block):
        kernel, stride = _per_axis(block.kernel, len(x) - 1, name), _per_axis(block.stride, len(x) - 1, name)
        positions = _positions(x, kernel, stride, block.conv_padding, name)
        weights = math.prod(kernel) * x[-1]
        return self._add(name, x, (*positions, x[-1]), weights, math.prod(positions) * weights, block.use_bias)

    def normalise(self, x, name):
        return self._keep(name, x, parameters=4 * x[-1])  # gamma, beta, moving mean and variance

    def normalise_by_style(self, x, name):
        if not self.conditions:
            raise InputError(f"{name}: a conditional normalisation needs the number of its styles")
        return self._keep(name, x, parameters=2 * self.conditions * x[-1])  # a scale and a shift for each style

    def activate(self, x, name, activation):
        return self._keep(name, x)

    def pool(self, x, name, kind, pool):
        pool = _per_axis(pool, len(x) - 1, name)
        shape = (*_positions(x, pool, pool, "valid", name), x[-1])
        self.layers.append(LayerPlan(name, shape, dense_parameters=_dense_parameters(x, shape)))
        return shape

    def global_pool(self, x, name, kind):
        return self._keep(name, x[-1:])

    def dropout(self, x, name, share):
        return self._keep(name, x)

    def add(self, x, y, name):
        if x != y:
            raise InputError(f"{name}: the block gives {x}, its shortcut {y}: a residual block needs padding 'same'")
        return self._keep(name, x)

    def join(self, vectors, name):
        return self._keep(name, (sum(size for (size,) in vectors),))

    def flatten(self, x, name):
        return self._keep(name, (math.prod(x),))

    def dense(self, x, name, units):
        return self._add(name, x, (units,), x[0] * units, x[0] * units, bias=True)

    def _add(self, name, x, shape, weights, macs, bias):
        parameters = weights + (shape[-1] if bias else 0)
        self.layers.append(LayerPlan(name, shape, parameters, macs, _dense_parameters(x, shape)))
        return shape

    def _keep(self, name, shape, parameters=0):
        self.layers.append(LayerPlan(name, shape, parameters))
        return shape


def _dense_parameters(before: Sequence[int], after: Sequence[int]) -> int:
    return (math.prod(before) + 1) * math.prod(after)


def _positions(shape, kernel, stride, padding, name) -> tuple[int, ...]:
    """Where a window of this size fits along each axis."""
    sizes = shape[:-1]
    if padding == "same":
        return tuple(math.ceil(n / s) for n, s in zip(sizes, stride, strict=True))
    if any(k > n for n, k in zip(sizes, kernel, strict=True)):
        raise InputError(f"{name}: a window of {_by(kernel)} does not fit into an input of {_by(sizes)}")
    return tuple((n - k) // s + 1 for n, k, s in zip(sizes, kernel, stride, strict=True))


def _margins(kernel: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """What a filter of this size needs around its input to keep its size, (before, after) along each axis."""
    return tuple(((k - 1) // 2, k // 2) for k in kernel)


def _per_axis(size: Size, rank: int, name: str) -> tuple[int, ...]:
    sizes = (size,) * rank if isinstance(size, int) else tuple(size)
    if len(sizes) != rank:
        raise InputError(f"{name}: size {_by(sizes)} has {len(sizes)} axes, its input has {rank}")
    return sizes


def _by(sizes: Sequence[int]) -> str:
    return "x".join(map(str, sizes))


def _check_choice(name, value, allowed):
    if value not in allowed:
        raise InputError(f"{name}: {value!r} is not one of {', '.join(allowed)}")


def _check_positive(name, value):
    for number in (value,) if isinstance(value, int) else value:
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise InputError(f"{name}: {value!r}: expected whole numbers from 1")


def _check_share(name, value):
    if not 0 <= value < 1:
        raise InputError(f"{name}: {value!r}: expected a share from 0 to below 1")
