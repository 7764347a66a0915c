"""The shapes, parameters and multiply-adds of a network, layer by layer, computed without building it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from suite.blocks import chain
from suite.blocks.chain import Sizes
from suite.blocks.specs import Network, check_positive
from suite.errors import InputError


@dataclass(frozen=True)
class LayerPlan:
    """One layer of a network.

    Args:
        name: Name of the Keras layer, such as b2_conv.
        output_shape: Shape without the batch, such as (13, 13, 25).
        parameters: Number of weights and biases, and of a batch normalisation's moving statistics.
        macs: Multiply-adds for one input; additions, pooling and activations are not counted.
        dense_parameters: Number of weights and biases of a fully connected layer between the same two shapes; 0 for
            layers that only normalise, activate, drop or reshape.
    """

    name: str
    output_shape: tuple[int, ...]
    parameters: int = 0
    macs: int = 0
    dense_parameters: int = 0


def plan(network: Network, input_shape: Sequence[int], outputs: int, conditions: int = 0) -> list[LayerPlan]:
    """Plans every layer of a network.

    Args:
        network: The network.
        input_shape: (T, C) for one dimension or (H, W, C) for two, without the batch.
        outputs: Number of logits.
        conditions: Number of conditions (such as styles) of its conditional normalisations.

    Returns:
        One LayerPlan per layer, in the order in which they are applied.

    Raises:
        InputError: A block does not fit its input; the message names the block's layer.
    """
    if len(input_shape) not in (2, 3):
        raise InputError(f"input shape is {tuple(input_shape)}; use (T, C) or (H, W, C)")
    check_positive("input shape", tuple(input_shape))
    check_positive("outputs", outputs)
    layers: list[LayerPlan] = []

    def layer(kind: str, name: str, x: Sizes | list[Sizes], /, **options: Any) -> Sizes:
        if kind == "ConditionalNormalization":
            options["conditions"] = conditions
        layers.append(_PLANS[kind.removesuffix("1D").removesuffix("2D")](name, x, **options))
        return layers[-1].output_shape

    chain.apply(network, layer, tuple(input_shape), input_shape, outputs)
    return layers


def totals(layers: Sequence[LayerPlan]) -> tuple[int, int]:
    """Returns the parameters and the multiply-adds of all layers together."""
    return sum(layer.parameters for layer in layers), sum(layer.macs for layer in layers)


def _conv(
    name: str, x: Sizes, kernel_size: Sizes, strides: Sizes, padding: str, use_bias: bool, filters: int = 0
) -> LayerPlan:
    shape = (*_positions(name, x, kernel_size, strides, padding), filters or x[-1])
    weights = math.prod(kernel_size) * x[-1] * (filters or 1)  # a filter spans all channels, a depthwise one only one
    return _weighted(name, x, shape, weights, use_bias)


def _dense(name: str, x: Sizes, units: int) -> LayerPlan:
    return _weighted(name, x, (units,), x[0] * units, bias=True)


def _weighted(name: str, x: Sizes, shape: Sizes, weights: int, bias: bool) -> LayerPlan:
    macs = weights * math.prod(shape[:-1])  # all positions share the weights
    return LayerPlan(name, shape, weights + bias * shape[-1], macs, _dense_parameters(x, shape))


def _pooling(name: str, x: Sizes, pool_size: Sizes, padding: str) -> LayerPlan:
    shape = (*_positions(name, x, pool_size, pool_size, padding), x[-1])
    return LayerPlan(name, shape, dense_parameters=_dense_parameters(x, shape))


def _upsampling(name: str, x: Sizes, size: Sizes) -> LayerPlan:
    return LayerPlan(name, (*(n * times for n, times in zip(x[:-1], size, strict=True)), x[-1]))


def _reflection_padding(name: str, x: Sizes, margins: Sequence[tuple[int, int]]) -> LayerPlan:
    if any(max(sides) >= n for n, sides in zip(x[:-1], margins, strict=True)):
        raise InputError(f"{name}: the {by(x[:-1])} input is too small to be reflected; use a smaller kernel")
    return LayerPlan(name, (*(n + sum(sides) for n, sides in zip(x[:-1], margins, strict=True)), x[-1]))


def _conditional_normalization(name: str, x: Sizes, conditions: int) -> LayerPlan:
    if not conditions:
        raise InputError(f"{name}: conditional normalisation needs the number of conditions (styles)")
    return LayerPlan(name, x, parameters=2 * conditions * x[-1])  # a scale and a shift per condition


def _add(name: str, inputs: list[Sizes]) -> LayerPlan:
    x, shortcut = inputs
    if x != shortcut:
        raise InputError(f"{name}: shortcut of another shape, {by(shortcut)} to {by(x)}; use padding same or reflect")
    return LayerPlan(name, x)


_PLANS: dict[str, Callable[..., LayerPlan]] = {
    "Conv": _conv,
    "DepthwiseConv": _conv,
    "Dense": _dense,
    "MaxPooling": _pooling,
    "AveragePooling": _pooling,
    "GlobalMaxPooling": lambda name, x: LayerPlan(name, x[-1:]),
    "GlobalAveragePooling": lambda name, x: LayerPlan(name, x[-1:]),
    "UpSampling": _upsampling,
    "ReflectionPadding": _reflection_padding,
    "BatchNormalization": lambda name, x, momentum: LayerPlan(name, x, 4 * x[-1]),  # gamma, beta, mean, variance
    "ConditionalNormalization": _conditional_normalization,
    "Activation": lambda name, x, activation: LayerPlan(name, x),
    "Dropout": lambda name, x, rate: LayerPlan(name, x),
    "Flatten": lambda name, x: LayerPlan(name, (math.prod(x),)),
    "Concatenate": lambda name, inputs: LayerPlan(name, (sum(size for (size,) in inputs),)),
    "Add": _add,
}


def _dense_parameters(before: Sizes, after: Sizes) -> int:
    return (math.prod(before) + 1) * math.prod(after)


def _positions(name: str, shape: Sizes, window: Sizes, stride: Sizes, padding: str) -> Sizes:
    """The number of positions of a window along each axis."""
    sizes = shape[:-1]
    if padding == "same":
        return tuple(math.ceil(n / s) for n, s in zip(sizes, stride, strict=True))
    if any(w > n for n, w in zip(sizes, window, strict=True)):
        raise InputError(f"{name}: the {by(window)} window is larger than the {by(sizes)} input; use a smaller one")
    return tuple((n - w) // s + 1 for n, w, s in zip(sizes, window, stride, strict=True))


def by(sizes: Sizes) -> str:
    """Such as 28x28x1."""
    return "x".join(map(str, sizes))
