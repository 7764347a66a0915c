"""The layers of a network in their order, written once for `plan` and for `build`.

The functions here call `layer(kind, name, x, **options)` for each layer, with Keras's names of layers and options. For
`build` it makes the layer, and x is a Keras tensor; for `plan` it computes the layer's shape, and x is a shape. So the
plan cannot differ from the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from suite.blocks.specs import ConvBlock, Head, Network
from suite.errors import InputError

T = TypeVar("T")
Sizes = tuple[int, ...]  # one per axis between the batch and the channels

# Keras's default, 0.99, needs thousands of steps until the moving statistics are close to those of the data.
BATCH_NORM_MOMENTUM = 0.9


class Layer(Protocol[T]):
    """Applies a layer to its input, or to its list of inputs."""

    def __call__(self, kind: str, name: str, x: T | list[T], /, **options: Any) -> T: ...


def apply(network: Network, layer: Layer[T], x: T, input_shape: Sequence[int | None], outputs: int) -> T:
    """Applies all layers of a network to its input x; returns the logits, or the last block's output without a head."""
    head, count, shape = network.head, len(network.blocks), input_shape
    x = _apply_blocks(layer, network.blocks, x, 1, shape)
    if head is None:
        return x
    if head.pooling == "points":
        return _apply_points(layer, head, x, len(shape) - 1)
    if not network.branches:
        return _apply_head(layer, head, _vector(layer, head, x, "", shape), outputs)
    if network.blocks:
        shape = (*shape[:-1], network.blocks[-1].filters)
    vectors = []
    for number, branch in enumerate(network.branches, start=1):
        features = _apply_blocks(layer, branch, x, count + 1, shape)  # blocks are numbered on through the branches
        vectors.append(_vector(layer, head, features, str(number), shape))
        count += len(branch)
    return _apply_head(layer, head, layer("Concatenate", "join", vectors), outputs)


def _apply_blocks(layer: Layer[T], specs: Sequence[ConvBlock], x: T, first: int, shape: Sequence[int | None]) -> T:
    # Of the shape only the number of axes and the input's channels are used: they are known where sizes are not.
    channels, axes = shape[-1], len(shape) - 1
    for number, spec in enumerate(specs, start=first):
        block = _place(spec, f"b{number}", axes, channels)
        if max(block.upsample) > 1:
            x = layer(f"UpSampling{axes}D", f"{block.name}_upsample", x, size=block.upsample)
        x = {"plain": _plain, "separable": _separable, "residual": _residual}[block.kind](layer, block, x)
        if block.pooling != "none":
            options = dict(pool_size=block.pool, padding=block.pool_padding)
            x = layer(f"{block.pooling.capitalize()}Pooling{axes}D", f"{block.name}_pool", x, **options)
        if block.dropout:
            x = layer("Dropout", f"{block.name}_dropout", x, rate=block.dropout)
        channels = block.filters
    return x


@dataclass(frozen=True)
class _Block(ConvBlock):
    """A block in its place: with every size given per axis, and its name."""

    kernel: Sizes = ()
    stride: Sizes = ()
    pool: Sizes = ()
    upsample: Sizes = ()
    ones: Sizes = ()  # kernel or stride 1 along each axis
    name: str = ""
    channels: int | None = None  # of the input


def _place(spec: ConvBlock, name: str, axes: int, channels: int | None) -> _Block:
    sizes = {}
    for field in ("kernel", "stride", "pool", "upsample"):
        size = getattr(spec, field)
        sizes[field] = (size,) * axes if isinstance(size, int) else tuple(size)
        if len(sizes[field]) != axes:
            raise InputError(f"{name}: {field} {size} has {len(size)} axes, the input has {axes}; use one number")
    return _Block(**(vars(spec) | sizes), ones=(1,) * axes, name=name, channels=channels)


def _plain(layer: Layer[T], block: _Block, x: T) -> T:
    x = _pad(layer, block, x, "pad")
    x = _conv(layer, block, x, "conv", block.kernel, block.stride)
    x = _normalise(layer, block, x, "norm")
    return _activate(layer, block, x, f"{block.name}_act")


def _separable(layer: Layer[T], block: _Block, x: T) -> T:
    x = _pad(layer, block, x, "pad")
    x = _conv(layer, block, x, "depthwise", block.kernel, block.stride)
    x = _normalise(layer, block, x, "depthwise_norm")
    x = _activate(layer, block, x, f"{block.name}_depthwise_act")
    x = _conv(layer, block, x, "conv", block.ones, block.ones)
    x = _normalise(layer, block, x, "norm")
    return _activate(layer, block, x, f"{block.name}_act")


def _residual(layer: Layer[T], block: _Block, x: T) -> T:
    shortcut = x
    x = _pad(layer, block, x, "pad1")
    x = _conv(layer, block, x, "conv1", block.kernel, block.stride)
    x = _normalise(layer, block, x, "norm1")
    x = _activate(layer, block, x, f"{block.name}_act1")
    x = _pad(layer, block, x, "pad2")
    x = _conv(layer, block, x, "conv2", block.kernel, block.ones)
    x = _normalise(layer, block, x, "norm2")
    if max(block.stride) > 1 or block.channels != block.filters:  # 1x1 filters bring the shortcut to the same shape
        shortcut = _conv(layer, block, shortcut, "shortcut", block.ones, block.stride)
        shortcut = _normalise(layer, block, shortcut, "shortcut_norm")
    x = layer("Add", f"{block.name}_add", [x, shortcut])
    return _activate(layer, block, x, f"{block.name}_act")


def _pad(layer: Layer[T], block: _Block, x: T, suffix: str) -> T:
    if block.padding != "reflect":
        return x
    margins = [((size - 1) // 2, size // 2) for size in block.kernel]
    return layer("ReflectionPadding", f"{block.name}_{suffix}", x, margins=margins)


def _conv(layer: Layer[T], block: _Block, x: T, suffix: str, kernel: Sizes, stride: Sizes) -> T:
    kind, filters = ("DepthwiseConv", {}) if suffix == "depthwise" else ("Conv", {"filters": block.filters})
    options = dict(kernel_size=kernel, strides=stride, padding=block.conv_padding, use_bias=block.use_bias)
    return layer(f"{kind}{len(kernel)}D", f"{block.name}_{suffix}", x, **filters, **options)


def _normalise(layer: Layer[T], block: _Block, x: T, suffix: str) -> T:
    name = f"{block.name}_{suffix}"
    if block.normalisation == "batch":
        return layer("BatchNormalization", name, x, momentum=BATCH_NORM_MOMENTUM)
    return x if block.normalisation == "none" else layer("ConditionalNormalization", name, x)


def _activate(layer: Layer[T], spec: ConvBlock | Head, x: T, name: str) -> T:
    return x if spec.activation == "none" else layer("Activation", name, x, activation=spec.activation)


def _vector(layer: Layer[T], head: Head, x: T, suffix: str, shape: Sequence[int | None]) -> T:
    if head.pooling == "flatten":
        return layer("Flatten", f"flatten{suffix}", x)
    return layer(f"Global{head.pooling.capitalize()}Pooling{len(shape) - 1}D", f"pool{suffix}", x)


def _apply_head(layer: Layer[T], head: Head, x: T, outputs: int) -> T:
    if head.dropout:
        x = layer("Dropout", "dropout", x, rate=head.dropout)
    for number, units in enumerate(head.dense, start=1):
        x = _activate(layer, head, layer("Dense", f"dense{number}", x, units=units), f"dense{number}_act")
        if head.dropout:
            x = layer("Dropout", f"dense{number}_dropout", x, rate=head.dropout)
    return layer("Dense", "logits", x, units=outputs)


def _apply_points(layer: Layer[T], head: Head, x: T, axes: int) -> T:
    """A logit for each position, and one for none of them."""
    if head.dropout:
        x = layer("Dropout", "dropout", x, rate=head.dropout)
    options = dict(filters=1, kernel_size=(1,) * axes, strides=(1,) * axes, padding="same", use_bias=True)
    positions = layer("Flatten", "flatten", layer(f"Conv{axes}D", "position_logits", x, **options))
    none = layer("Dense", "none_logit", layer(f"GlobalAveragePooling{axes}D", "pool", x), units=1)
    return layer("Concatenate", "logits", [positions, none])
