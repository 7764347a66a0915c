"""The layers that Keras lacks: their results, their names in saved models, and their operations in TFLite."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from suite import blocks
from suite.artefacts import tflite
from suite.blocks import ConvBlock, Network
from suite.blocks.layers import BatchNormalization, ConditionalNormalization, ReflectionPadding, UpSampling2D


@pytest.mark.parametrize("margins", [[(1, 2)], [(0, 1), (3, 2)]])
def test_reflection_padding(margins):
    x = np.random.default_rng(0).normal(size=(2, *range(4, 4 + len(margins)), 3)).astype(np.float32)
    expected = np.pad(x, [(0, 0), *margins, (0, 0)], mode="reflect")
    np.testing.assert_array_equal(ReflectionPadding(margins)(x), expected)


@pytest.mark.parametrize("sizes", [(16,), (8, 6)])
def test_conditional_normalization(sizes):
    x = np.random.default_rng(0).normal(5, 3, (3, *sizes, 2)).astype(np.float32)
    condition = np.float32([[1, 0], [0, 1], [0.5, 0.5]])
    layer = ConditionalNormalization()
    layer.build([x.shape, condition.shape])
    layer.set_weights([np.float32([[1, 2], [3, 4]]), np.float32([[0, 1], [-2, 5]])])
    y, axes = np.asarray(layer([x, condition])), tuple(range(1, x.ndim - 1))
    np.testing.assert_allclose(y.std(axes), [[1, 2], [3, 4], [2, 3]], rtol=1e-3)
    np.testing.assert_allclose(y.mean(axes), [[0, 1], [-2, 5], [-1, 3]], atol=1e-4)


@pytest.mark.parametrize("sizes", [(16,), (8, 6)])
def test_batch_normalization_is_that_of_keras(sizes):
    x = np.random.default_rng(0).normal(5, 3, (32, *sizes, 2)).astype(np.float32)
    own, theirs = BatchNormalization(momentum=0.5), keras.layers.BatchNormalization(momentum=0.5)
    for layer in (own, theirs):
        layer.build(x.shape)
        layer.gamma.assign([2, 3])
        layer.beta.assign([1, -1])
    np.testing.assert_allclose(own(x, training=True), theirs(x, training=True), atol=1e-4)
    for one, other in zip(own.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-3)  # the moving variance is of the sample, n / (n - 1) larger
    np.testing.assert_allclose(own(x), theirs(x), rtol=2e-3, atol=2e-3)


def test_gradients_of_batch_normalization_are_those_of_keras():
    x = tf.constant(np.random.default_rng(0).normal(size=(8, 5, 5, 3)), tf.float32)
    found = []
    for kind in (BatchNormalization, keras.layers.BatchNormalization):
        layer = kind()
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=True) ** 3)
        found.append(tape.gradient(loss, [x, layer.gamma.value, layer.beta.value]))
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-2, atol=2e-3)


@pytest.mark.parametrize("layer", [ReflectionPadding, ConditionalNormalization, BatchNormalization])
def test_saved_models_find_the_layers(layer):
    assert keras.saving.get_registered_object(f"suite>{layer.__name__}") is layer


def test_both_are_builtin_operations_of_static_shape_in_tflite():
    keras.utils.set_random_seed(0)
    block = ConvBlock(4, padding="reflect", normalisation="conditional")
    model = blocks.build(Network([block, block], head=None), (8, 8, 3), 1, conditions=2)
    x = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)
    inputs = {"x": x[:1], "condition": np.float32([[0.3, 0.7]])}
    function = lambda x, condition: {"y": model([x, condition])}  # noqa: E731
    specs = {name: tf.TensorSpec(array.shape, tf.float32) for name, array in inputs.items()}
    interpreter = Interpreter(model_content=tflite.convert(tflite.Source(function, specs), "float32", inputs))
    y = interpreter.get_signature_runner()(**inputs)["y"]
    np.testing.assert_allclose(y, model(list(inputs.values())), atol=1e-5)
    operations = {operation["op_name"] for operation in interpreter._get_ops_details()}
    assert {"MIRROR_PAD", "RSQRT", "MEAN"} <= operations
    assert not [name for name in operations if name in ("SHAPE", "PACK", "GATHER", "CUSTOM") or name.startswith("Flex")]


@pytest.mark.parametrize("size", [2, (1, 3)])
def test_upsampling_repeats_pixels_by_one_operation(size):
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype(np.float32)
    layer = UpSampling2D(size)
    expected = x.repeat(layer.size[0], axis=1).repeat(layer.size[1], axis=2)
    np.testing.assert_array_equal(layer(x), expected)
    spec = tf.TensorSpec((1, 4, 4, 3), tf.float32)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([tf.function(layer).get_concrete_function(spec)])
    interpreter = Interpreter(model_content=converter.convert())
    operations = {operation["op_name"] for operation in interpreter._get_ops_details()}
    assert operations - {"DELEGATE"} == {"RESIZE_NEAREST_NEIGHBOR"}
