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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tensorflow as tf

from suite.artefacts import saved_model
from suite.artefacts.saved_model import Endpoint
from suite.console import quiet
from suite.errors import InputError


@dataclass(frozen=True)
class Source:
    """What a file is converted from.

    Args:
        function: Named tensors in, a dict of one tensor out.
        name: The input's name.
        samples: Inputs from the training split, (N, ...), from which int8 takes its ranges; their type is the file's.
        conditions: Further inputs by name, (N, ...) of each.
        float_until: The layer up to which the graph stays float in `dynamic` and `int8`; empty for none.
        integers: A regular expression; only operations in whose names it is found become integers in `int8`. By
            default all behind `float_until`.
    """

    function: Callable[..., dict]
    name: str
    samples: np.ndarray
    float_until: str = ""
    integers: str = ""
    conditions: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """Samples of every input, by name."""
        return {self.name: self.samples, **self.conditions}


def convert(source: Source, mode: str) -> bytes:
    """One TFLite file.

    Args:
        source: The function and its input.
        mode: One of MODES.

    Returns:
        The file's content, without metadata.

    Raises:
        InputError: An operation has no builtin in TFLite; the message names it and its layer.
    """
    chatter = contextlib.redirect_stdout(io.StringIO())
    with tempfile.TemporaryDirectory() as folder, quiet.native_stderr(), chatter, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorFlow warns of its own interpreter, which its converter uses
        specs = [tf.TensorSpec((1, *x.shape[1:]), x.dtype, name=name) for name, x in source.inputs.items()]
        endpoint = Endpoint("serving_default", source.function, specs)
        saved_model.write([endpoint], Path(folder))
        try:
            return bytes(_WRITERS[mode](folder, source))
        except Exception as error:  # the class that the converter raises is not public
            operation = re.search(r"'(tf\.\w+)' op is neither a custom op nor a flex op", str(error))
            if not operation:
                raise
            place = re.search(r'"([\w./]+)@', str(error)) or re.search(r'loc\("?([^")]+)', str(error))
            raise InputError(f"{operation[1]} of layer {place[1] if place else '?'} has no builtin in TFLite") from None


def _float32(folder: str, source: Source) -> bytes:
    return tf.lite.TFLiteConverter.from_saved_model(folder).convert()


def _float16(folder: str, source: Source) -> bytes:
    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def _dynamic(folder: str, source: Source) -> bytes:
    """By LiteRT's quantiser, which unlike the converter can leave a front end alone."""
    from ai_edge_quantizer import qtyping, quantizer

    content = _float32(folder, source)
    front = _front_end(content, source.float_until)
    only_behind = "".join(f"(?!{re.escape(name)})" for name in front)
    recipe = quantizer.Quantizer(content)
    recipe.add_dynamic_config(f"^{only_behind}.*", qtyping.TFLOperationName.ALL_SUPPORTED, num_bits=8)
    return recipe.quantize().quantized_model


def _int8(folder: str, source: Source) -> bytes:
    converter = _calibrated(folder, source)
    if not (source.float_until or source.integers):
        return converter.convert()
    content = _float32(folder, source)
    floats = _front_end(content, source.float_until)
    floats += [name for name in _names(content) if name not in floats and not re.search(source.integers, name)]
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=converter,
        debug_dataset=converter.representative_dataset,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=floats),
    )
    return debugger.get_nondebug_quantized_model()


def _int8_mcu(folder: str, source: Source) -> bytes:
    converter = _calibrated(folder, source)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


_WRITERS = {"float32": _float32, "float16": _float16, "dynamic": _dynamic, "int8": _int8, "int8_mcu": _int8_mcu}


def _calibrated(folder: str, source: Source) -> tf.lite.TFLiteConverter:
    def samples() -> Iterator[dict[str, np.ndarray]]:
        for i in range(len(source.samples)):
            yield {name: array[i : i + 1] for name, array in source.inputs.items()}

    converter = tf.lite.TFLiteConverter.from_saved_model(folder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
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
