"""The conv-block factory: the lecture's facts, a real network's, and the plan against what Keras builds."""

import pytest

from suite import blocks
from suite.blocks import ConvBlock, Head, Network
from suite.commands import description
from suite.config import load_yaml

BARE = dict(normalisation="none", activation="none", bias=False)


def layer(network, input_shape, name, outputs=10):
    return {row.name: row for row in blocks.plan(network, input_shape, outputs)}[name]


@pytest.mark.parametrize(("channels", "weights"), [(1, 9), (3, 27)])
def test_a_filter_spans_the_colours(channels, weights):
    one_filter = Network([ConvBlock(1, kernel=3, **BARE)])
    assert layer(one_filter, (6, 6, channels), "b1_conv").parameters == weights


def test_two_filters_turn_6x6_into_4x4_and_pooling_into_2x2():
    network = Network([ConvBlock(2, kernel=3, padding="valid", pooling="max", **BARE)])
    assert layer(network, (6, 6, 1), "b1_conv").output_shape == (4, 4, 2)
    assert layer(network, (6, 6, 1), "b1_pool").output_shape == (2, 2, 2)


def test_a_second_layer_of_25_filters_gives_25_channels_each_filter_3x3x25():
    network = Network([ConvBlock(25, **BARE), ConvBlock(25, **BARE)])
    second = layer(network, (28, 28, 1), "b2_conv")
    assert second.output_shape == (28, 28, 25)  # zero padding keeps the size
    assert second.parameters == 25 * (3 * 3 * 25)


def test_shared_weights_against_a_fully_connected_layer():
    row = layer(Network([ConvBlock(2, kernel=3, padding="valid", **BARE)]), (6, 6, 1), "b1_conv")
    assert row.dense_parameters == (36 + 1) * 4 * 4 * 2
    assert row.macs == 4 * 4 * 9 * 2


def mlperf_tiny():
    """MLPerf Tiny's keyword spotting network (Banbury et al. 2021), DS-CNN S of Zhang et al. 2017."""
    first = ConvBlock(64, kernel=(10, 4), stride=2, bias=True, dropout=0.2)
    return Network([first, *[ConvBlock(64, kind="separable", bias=True)] * 4], Head("average", dropout=0.4))


def test_mlperf_tinys_network_has_24908_parameters():
    network = mlperf_tiny()
    assert blocks.totals(blocks.plan(network, (49, 10, 1), 12))[0] == 24_908
    assert blocks.build(network, (49, 10, 1), 12).count_params() == 24_908


@pytest.mark.parametrize("shape", [(49, 10, 1), (40, 3)])
@pytest.mark.parametrize("kind", ["plain", "separable", "residual"])
def test_the_plan_is_what_keras_builds(kind, shape):
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
def test_branches_lie_side_by_side_and_the_head_joins_them(pooling):
    """Kim's network: filters of 3, 4 and 5 words over the same sentence, after a block of them all."""
    sides = [[ConvBlock(6, kernel=size, padding="valid")] for size in (3, 4, 5)]
    network = Network([ConvBlock(8)], Head(pooling, dropout=0.5), sides)
    rows = {row.name: row for row in blocks.plan(network, (20, 5), 3)}
    model = blocks.build(network, (20, 5), 3)
    assert {built.name for built in model.layers[1:]} == set(rows)
    assert [rows[f"b{n}_conv"].output_shape for n in (2, 3, 4)] == [(18, 6), (17, 6), (16, 6)]
    assert rows["join"].output_shape == ((18,) if pooling == "max" else (6 * (18 + 17 + 16),))
    assert model.count_params() == blocks.totals(list(rows.values()))[0]


def test_the_table_of_a_network():
    network = Network([ConvBlock(25, padding="valid", normalisation="none", pooling="max")])
    lines = [line.split() for line in description.table(network, (28, 28, 1), 10).splitlines()]
    assert lines[2] == ["b1_conv", "26x26x25", "250", "152,100", "13,266,500"]  # (28*28 + 1) * 26*26*25
    assert lines[-1] == ["in", "all", f"{250 + 13 * 13 * 25 * 10 + 10:,}", f"{152_100 + 13 * 13 * 25 * 10:,}"]


def test_stable_names():
    model = blocks.build(Network([ConvBlock(4), ConvBlock(4, kind="residual")]), (8, 8, 1), 2)
    assert model.get_layer("b1_conv").kernel.shape[-1] == 4
    assert model.get_layer("b2_conv2").kernel.shape[-1] == 4


def test_by_block_sums_the_layers():
    network = mlperf_tiny()
    rows = blocks.by_block(blocks.plan(network, (49, 10, 1), 12), (49, 10, 1))
    assert [row.name for row in rows] == ["b1", "b2", "b3", "b4", "b5", "head"]
    assert rows[1].output_shape == (25, 5, 64)
    assert rows[1].parameters == 5312
    assert rows[1].dense_parameters == (25 * 5 * 64 + 1) * 25 * 5 * 64


def test_a_block_in_yaml():
    content = load_yaml("{filters: 25, kernel: [3, 5], kind: plain, pooling: max, padding: valid}")
    content["kernel"] = tuple(content["kernel"])
    assert ConvBlock(**content) == ConvBlock(25, (3, 5), pooling="max", padding="valid")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ConvBlock(0), "filters: 0: expected whole numbers from 1"),
        (lambda: ConvBlock(3, kind="dense"), "kind: 'dense' is not one of plain, separable, residual"),
        (lambda: ConvBlock(3, dropout=1.0), "dropout: 1.0"),
        (
            lambda: blocks.plan(Network([ConvBlock(3, kernel=9, padding="valid")]), (8, 8, 1), 2),
            "b1_conv: a window of 9x9",
        ),
        (lambda: blocks.plan(Network([ConvBlock(3, kernel=(3, 3))]), (8, 1), 2), "b1_conv: size 3x3 has 2 axes"),
        (lambda: blocks.plan(Network([ConvBlock(3, kind="residual", padding="valid")]), (8, 8, 3), 2), "b1_add"),
        (lambda: blocks.plan(Network([ConvBlock(3)]), (8, 8, 1), 0), "outputs: 0: expected whole numbers from 1"),
        (lambda: blocks.plan(Network([ConvBlock(3)]), (8, 8, 0), 2), "input shape: (8, 8, 0)"),
    ],
)
def test_a_misfit_is_named(make, message):
    with pytest.raises(ValueError, match=None) as caught:
        make()
    assert message in str(caught.value)
