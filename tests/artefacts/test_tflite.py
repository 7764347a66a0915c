"""Conversions: the modes are what they are called."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from suite import blocks
from suite.artefacts import tflite
from suite.artefacts.tflite import MODES
from suite.blocks import ConvBlock, Head, Network
from suite.errors import InputError


@pytest.fixture(scope="module")
def net():
    """A front end with weights, `front`, before a small network."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((12, 8), name="x")
    x = keras.layers.Dense(64, name="front")(inputs)
    x = keras.layers.Reshape((12, 64, 1), name="channel")(x)
    core = blocks.build(Network([ConvBlock(32, activation="relu6"), ConvBlock(32)], Head("average")), (12, 64, 1), 3)
    model = keras.Model(inputs, core(x))
    function = lambda x: {"probabilities": tf.nn.softmax(model(x))}  # noqa: E731
    return tflite.Source(function, {"x": tf.TensorSpec((1, 12, 8), tf.float32)}, float_until="front")


SAMPLES = np.random.default_rng(0).normal(0, 1, (50, 12, 8)).astype(np.float32)


def opened(net, mode):
    interpreter = Interpreter(model_content=tflite.convert(net, mode, {"x": SAMPLES}))
    interpreter.allocate_tensors()
    return interpreter


def kinds(interpreter, size):
    """The types of the weights with so many elements."""
    return {str(np.dtype(t["dtype"])) for t in interpreter.get_tensor_details() if np.prod(t["shape"]) == size}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_gives_the_models_probabilities(net, mode):
    interpreter = opened(net, mode)
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    kind = np.int8 if mode == "int8_mcu" else np.float32
    assert source["dtype"] == target["dtype"] == kind
    row = SAMPLES[:1]
    expected = net.function(row)["probabilities"].numpy()
    if kind == np.int8:
        scale, zero = source["quantization"]
        row = np.clip(np.round(row / scale) + zero, -128, 127).astype(np.int8)
    interpreter.set_tensor(source["index"], row)
    interpreter.invoke()
    given = interpreter.get_tensor(target["index"])
    if kind == np.int8:
        scale, zero = target["quantization"]
        given = (given.astype(np.float32) - zero) * scale
    np.testing.assert_allclose(given, expected, atol=0.03 if "int8" in mode or mode == "dynamic" else 2e-3)


def test_names_and_batch(net):
    interpreter = opened(net, "float32")
    signature = interpreter.get_signature_list()["serving_default"]
    assert signature["inputs"] == ["x"] and signature["outputs"] == ["probabilities"]
    assert interpreter.get_input_details()[0]["shape_signature"].tolist() == [1, 12, 8]


def test_weights_are_of_the_modes_type(net):
    convolution = 32 * 3 * 3 * 32
    assert kinds(opened(net, "float32"), convolution) == {"float32"}
    assert "float16" in kinds(opened(net, "float16"), convolution)
    assert kinds(opened(net, "dynamic"), convolution) == {"int8"}
    assert kinds(opened(net, "int8"), convolution) == {"int8"}


@pytest.mark.parametrize("mode", ["dynamic", "int8"])
def test_the_front_end_stays_float(net, mode):
    front = 8 * 64
    assert kinds(opened(net, mode), front) == {"float32"}
    assert "int8" in kinds(opened(net, "int8_mcu"), front)


def test_only_the_chosen_operations_become_integers(net):
    first, second = 3 * 3 * 1 * 32, 32 * 3 * 3 * 32
    chosen = opened(replace(net, float_until="", integers=r"b2_conv.*convolution"), "int8")
    assert kinds(chosen, second) == {"int8"}
    assert "int8" not in kinds(chosen, first) and "int8" in kinds(opened(net, "int8"), first)


def test_an_operation_without_builtin_is_named_with_its_layer():
    @keras.saving.register_keras_serializable("tests")
    class Gamma(keras.layers.Layer):
        def call(self, x):
            return tf.math.igamma(tf.abs(x) + 1.0, tf.abs(x) + 0.5)

    inputs = keras.Input((4,), name="x")
    model = keras.Model(inputs, keras.layers.Dense(2)(Gamma(name="odd_layer")(inputs)))
    source = tflite.Source(lambda x: {"probabilities": model(x)}, {"x": tf.TensorSpec((1, 4), tf.float32)})
    with pytest.raises(InputError, match=r"tf.Igamma of layer .*odd_layer"):
        tflite.convert(source, "float32", {})


def test_a_front_end_that_is_not_there(net):
    with pytest.raises(InputError, match="no layer 'nothing'"):
        tflite.convert(replace(net, float_until="nothing"), "int8", {"x": SAMPLES})
