"""Networks of blocks: shapes and parameters against known figures, and the plan against the Keras model."""

import subprocess
import sys

import numpy as np
import pytest

from suite import blocks
from suite.blocks import ConvBlock, Head, Network
from suite.commands.describe import table
from suite.config import load_yaml
from suite.errors import InputError
from suite.task import Layout

BARE = dict(normalisation="none", activation="none", bias=False)


def layer(network, input_shape, name, outputs=10):
    return {row.name: row for row in blocks.plan(network, input_shape, outputs)}[name]


@pytest.mark.parametrize(("channels", "weights"), [(1, 9), (3, 27)])
def test_a_filter_spans_all_channels(channels, weights):
    one_filter = Network([ConvBlock(1, kernel=3, **BARE)])
    assert layer(one_filter, (6, 6, channels), "b1_conv").parameters == weights


def test_shapes_of_a_convolution_and_a_pooling():
    network = Network([ConvBlock(2, kernel=3, padding="valid", pooling="max", **BARE)])
    assert layer(network, (6, 6, 1), "b1_conv").output_shape == (4, 4, 2)
    assert layer(network, (6, 6, 1), "b1_pool").output_shape == (2, 2, 2)


def test_a_second_layer_of_25_filters_has_3x3x25_weights_per_filter():
    network = Network([ConvBlock(25, **BARE), ConvBlock(25, **BARE)])
    second = layer(network, (28, 28, 1), "b2_conv")
    assert second.output_shape == (28, 28, 25)  # zero padding keeps the size
    assert second.parameters == 25 * (3 * 3 * 25)


def test_parameters_of_a_fully_connected_layer_in_place_of_a_convolution():
    row = layer(Network([ConvBlock(2, kernel=3, padding="valid", **BARE)]), (6, 6, 1), "b1_conv")
    assert row.dense_parameters == (36 + 1) * 4 * 4 * 2
    assert row.macs == 4 * 4 * 9 * 2


def mlperf_tiny():
    """MLPerf Tiny's keyword spotting network (Banbury et al. 2021), DS-CNN S of Zhang et al. 2017."""
    first = ConvBlock(64, kernel=(10, 4), stride=2, bias=True, dropout=0.2)
    return Network([first, *[ConvBlock(64, kind="separable", bias=True)] * 4], Head("average", dropout=0.4))


def test_the_network_of_mlperf_tiny_has_24908_parameters():
    network = mlperf_tiny()
    assert blocks.totals(blocks.plan(network, (49, 10, 1), 12))[0] == 24_908
    assert blocks.build(network, (49, 10, 1), 12).count_params() == 24_908


@pytest.mark.parametrize("shape", [(49, 10, 1), (40, 3)])
@pytest.mark.parametrize("kind", ["plain", "separable", "residual"])
def test_plan_and_keras_model_agree(kind, shape):
    chain = [
        ConvBlock(6, kernel=5, stride=2, kind=kind, pooling="max", dropout=0.1),
        ConvBlock(6, kind=kind, pooling="average", activation="relu6"),
    ]
    network = Network(chain, Head("max", dense=[7], dropout=0.1))
    model = blocks.build(network, shape, 3)
    rows = {row.name: row for row in blocks.plan(network, shape, 3)}
    assert {built.name for built in model.layers[1:]} == set(rows)
    for built in model.layers[1:]:
        assert rows[built.name].output_shape == tuple(built.output.shape[1:]), built.name
        assert rows[built.name].parameters == built.count_params(), built.name


@pytest.mark.parametrize("pooling", ["max", "flatten"])
def test_branches_are_concatenated_by_the_head(pooling):
    """Filters over 3, 4 and 5 words of the same sentence, as in Kim 2014, after a common block."""
    sides = [[ConvBlock(6, kernel=size, padding="valid")] for size in (3, 4, 5)]
    network = Network([ConvBlock(8)], Head(pooling, dropout=0.5), sides)
    rows = {row.name: row for row in blocks.plan(network, (20, 5), 3)}
    model = blocks.build(network, (20, 5), 3)
    assert {built.name for built in model.layers[1:]} == set(rows)
    assert [rows[f"b{n}_conv"].output_shape for n in (2, 3, 4)] == [(18, 6), (17, 6), (16, 6)]
    assert rows["join"].output_shape == ((18,) if pooling == "max" else (6 * (18 + 17 + 16),))
    assert model.count_params() == blocks.totals(list(rows.values()))[0]


def test_table_of_a_network():
    network = Network([ConvBlock(25, padding="valid", normalisation="none", pooling="max")])
    lines = [line.split() for line in table(Layout(network, (28, 28, 1), 10)).splitlines()]
    assert lines[2] == ["b1_conv", "26x26x25", "250", "152,100", "13,266,500"]  # (28*28 + 1) * 26*26*25
    assert lines[-1] == ["total", f"{250 + 13 * 13 * 25 * 10 + 10:,}", f"{152_100 + 13 * 13 * 25 * 10:,}"]


def test_layer_names():
    model = blocks.build(Network([ConvBlock(4), ConvBlock(4, kind="residual")]), (8, 8, 1), 2)
    assert model.get_layer("b1_conv").kernel.shape[-1] == 4
    assert model.get_layer("b2_conv2").kernel.shape[-1] == 4


def test_block_from_yaml():
    content = load_yaml("{filters: 25, kernel: [3, 5], kind: plain, pooling: max, padding: valid}")
    content["kernel"] = tuple(content["kernel"])
    assert ConvBlock(**content) == ConvBlock(25, (3, 5), pooling="max", padding="valid")


def test_a_residual_block_of_any_size_subsamples_its_shortcut():
    model = blocks.build(Network([ConvBlock(3, kind="residual", stride=2)], head=None), (None, None, 3), 1)
    assert model(np.zeros((1, 8, 6, 3), np.float32)).shape == (1, 4, 3, 3)


def test_planning_does_not_import_keras():
    code = "import sys; from suite import blocks; blocks.plan; assert 'keras' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def planned(*chain, shape=(8, 8, 1), outputs=2, **options):
    return lambda: blocks.plan(Network(chain, **options), shape, outputs)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ConvBlock(0), "ConvBlock: filters is 0; use integers of at least 1"),
        (lambda: ConvBlock(3, kernel=(3, 0)), r"ConvBlock: kernel is \(3, 0\)"),
        (lambda: ConvBlock(3, kind="dense"), "ConvBlock: kind is 'dense'; use one of plain, separable, residual"),
        (lambda: ConvBlock(3, dropout=1.0), "ConvBlock: dropout is 1.0"),
        (lambda: Head("sum"), "Head: pooling is 'sum'; use one of flatten, average, max"),
        (lambda: Network([], None, [[ConvBlock(3)]]), "branches need a head"),
        (planned(ConvBlock(3, kernel=9, padding="valid")), "b1_conv: the 9x9 window is larger than the 8x8 input"),
        (planned(ConvBlock(3, pool=9, pooling="max")), "b1_pool: the 9x9 window is larger than the 8x8 input"),
        (planned(ConvBlock(3), ConvBlock(3, (3, 3)), shape=(8, 1)), r"b2: kernel \(3, 3\) has 2 axes, the input has 1"),
        (planned(ConvBlock(3, kernel=17, padding="reflect")), "b1_pad: the 8x8 input is too small"),
        (planned(ConvBlock(3, kind="residual", padding="valid")), "b1_add: shortcut of another shape, 8x8x3 to 4x4x3"),
        (planned(ConvBlock(3, normalisation="conditional")), "b1_norm: .* needs the number of conditions"),
        (planned(ConvBlock(3), outputs=0), "outputs is 0"),
        (planned(ConvBlock(3), shape=(8, 8, 0)), r"input shape is \(8, 8, 0\)"),
        (planned(ConvBlock(3), shape=(8,)), r"input shape is \(8,\); use \(T, C\) or \(H, W, C\)"),
    ],
)
def test_errors_name_the_block(make, message):
    with pytest.raises(InputError, match=message):
        make()
