"""TFLite files for phones, browsers and microcontrollers: batch 1, named tensors, builtin operations only.

Modes:
    float32   no optimisation
    float16   weights in half precision
    dynamic   weights in int8, activations in float
    int8      float input and output, the network in int8
    int8_mcu  integers only, input and output too

A front end that quantisation would ruin (a spectrogram spans more decades than int8 has steps) stays float in
`dynamic` and `int8`; of a painter only the convolutions in the middle become integers in `int8`.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tensorflow as tf

from suite.artefacts import saved_model
from suite.artefacts.saved_model import Endpoint
from suite.artefacts.tflite_metadata import Content, Features
from suite.console import quiet
from suite.errors import InputError

PROBABILITIES = Features("The probability of each label")
Samples = Mapping[str, np.ndarray]
MODES = ("float32", "float16", "dynamic", "int8", "int8_mcu")


@dataclass(frozen=True)
class Source:
    """A function that is converted into TFLite files.

    Args:
        function: Named tensors in, a dict of one tensor out.
        specs: Each input by name; the batch is 1.
        contents: What each input holds, for phones; by the same names.
        output: What the output holds.
        modes: The modes that are converted from this function.
        infix: Part of the file's name, such as "256" in style_256_int8.tflite.
        float_until: The layer up to which the graph stays float in `dynamic` and `int8`; empty for none.
        integers: A regular expression; only operations in whose names it is found become integers in `int8`. By
            default all behind `float_until`.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    specs: Mapping[str, tf.TensorSpec]
    contents: Mapping[str, Content] = field(default_factory=dict)
    output: Content = PROBABILITIES
    modes: Sequence[str] = MODES
    infix: str = ""
    float_until: str = ""
    integers: str = ""

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Shape of each input by name, without the batch."""
        return {name: tuple(spec.shape[1:]) for name, spec in self.specs.items()}


def convert(source: Source, mode: str, samples: Mapping[str, np.ndarray]) -> bytes:
    """One TFLite file.

    Args:
        source: The function and its inputs.
        mode: One of MODES.
        samples: Inputs from the training split, (N, ...) by name, from which int8 takes its ranges.

    Returns:
        The file's content, without metadata.

    Raises:
        InputError: An operation has no builtin in TFLite; the message names it and its layer.
    """
    chatter = contextlib.redirect_stdout(io.StringIO())
    with tempfile.TemporaryDirectory() as folder, quiet.native_stderr(), chatter, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorFlow warns of its own interpreter, which its converter uses
        specs = [tf.TensorSpec((1, *s.shape[1:]), s.dtype, name=name) for name, s in source.specs.items()]
        endpoint = Endpoint("serving_default", source.function, specs)
        saved_model.write([endpoint], Path(folder))
        try:
            return bytes(_WRITERS[mode](folder, source, samples))
        except Exception as error:  # the class that the converter raises is not public
            operation = re.search(r"'(tf\.\w+)' op is neither a custom op nor a flex op", str(error))
            if not operation:
                raise
            place = re.search(r'"([\w./]+)@', str(error)) or re.search(r'loc\("?([^")]+)', str(error))
            raise InputError(f"{operation[1]} of layer {place[1] if place else '?'} has no builtin in TFLite") from None


def _float32(folder: str, source: Source, samples: Samples) -> bytes:
    return tf.lite.TFLiteConverter.from_saved_model(folder).convert()


def _float16(folder: str, source: Source, samples: Samples) -> bytes:
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def _dynamic(folder: str, source: Source, samples: Samples) -> bytes:
    """By LiteRT's quantiser, which unlike the converter can leave a front end alone."""
    from ai_edge_quantizer import qtyping, quantizer

    content = _float32(folder, source, samples)
    front = _front_end(content, source.float_until)
    only_behind = "".join(f"(?!{re.escape(name)})" for name in front)
    recipe = quantizer.Quantizer(content)
    names, operations = f"^{only_behind}.*", qtyping.TFLOperationName
    recipe.add_dynamic_config(names, operations.ALL_SUPPORTED, num_bits=8)
    # Runtimes before LiteRT 1 take a dense layer's scales for one, silently: tflite-runtime 2.14 was .8 off.
    tensorwise = qtyping.QuantGranularity.TENSORWISE
    recipe.add_dynamic_config(names, operations.FULLY_CONNECTED, num_bits=8, granularity=tensorwise)
    return recipe.quantize().quantized_model


def _int8(folder: str, source: Source, samples: Samples) -> bytes:
    converter = _calibrated(folder, source, samples)
    if not (source.float_until or source.integers):
        return converter.convert()
    content = _float32(folder, source, samples)
    floats = _front_end(content, source.float_until)
    floats += [name for name in _names(content) if name not in floats and not re.search(source.integers, name)]
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter,
        debug_dataset=converter.representative_dataset,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=floats),
    )
    return debugger.get_nondebug_quantized_model()


def _int8_mcu(folder: str, source: Source, samples: Samples) -> bytes:
    converter = _calibrated(folder, source, samples)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


_WRITERS = {"float32": _float32, "float16": _float16, "dynamic": _dynamic, "int8": _int8, "int8_mcu": _int8_mcu}


def _calibrated(folder: str, source: Source, samples: Samples) -> tf.lite.TFLiteConverter:
    def examples() -> Iterator[dict[str, np.ndarray]]:
        for i in range(len(next(iter(samples.values())))):
            yield {name: samples[name][i : i + 1].astype(s.dtype.as_numpy_dtype) for name, s in source.specs.items()}

    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = examples
    return converter


def _front_end(content: bytes, last: str) -> list[str]:
    """Names of what the operations give, from the first to the last one of the layer `last`."""
    if not last:
        return []
    names = _names(content)
    ends = [i for i, name in enumerate(names) if re.search(rf"(^|/){last}(_\d+)?/", name)]
    if not ends:
        raise InputError(f"the model has no layer {last!r}, up to which it should stay float")
    return names[: ends[-1] + 1]


def _names(content: bytes) -> list[str]:
    """The names of what the operations of a file give."""
    from ai_edge_litert.schema_py_generated import Model

    graph = Model.GetRootAs(content).Subgraphs(0)
    return [graph.Tensors(int(graph.Operators(i).Outputs(0))).Name().decode() for i in range(graph.OperatorsLength())]
