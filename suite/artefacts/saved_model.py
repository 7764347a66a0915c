"""SavedModels for TensorFlow Serving: named signatures with a dynamic batch, and warm-up requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from suite.console import quiet
from suite.errors import InputError


@dataclass(frozen=True)
class Endpoint:
    """One way into a model.

    Args:
        name: The signature's name; serving_default is what a client gets that names none.
        function: Named tensors in, a dict of tensors out.
        inputs: Each with the name that a request uses; the batch, None, is the first dimension.
    """

    name: str
    function: Callable[..., dict]
    inputs: Sequence[tf.TensorSpec]


def write(endpoints: Sequence[Endpoint], folder: Path, tables: Sequence = ()) -> None:
    """Writes a SavedModel with these signatures into a folder, and the lookup tables that they use.

    Keras finds the variables that the signatures use; a model that is tracked as well has its weights saved twice.

    Raises:
        InputError: It cannot be written.
    """
    with quiet.native_stderr():
        archive = keras.export.ExportArchive()
        for table in tables:
            archive.track(table)
        for endpoint in endpoints:
            archive.add_endpoint(endpoint.name, endpoint.function, input_signature=list(endpoint.inputs))
        try:
            archive.write_out(str(folder), verbose=False)
        except tf.errors.OpError as error:  # a full disk, a folder that may not be written
            raise InputError(
                f"{folder}: {error.message.rpartition('; ')[2]}; free some space, or write elsewhere"
            ) from None


def write_warmup(folder: Path, task: str, requests: dict[str, dict[str, np.ndarray]]) -> Path:
    """Writes requests that TensorFlow Serving replays before it answers anybody, so that the first answer is fast.

    Args:
        folder: The SavedModel's.
        task: The model's name in the server.
        requests: Signature to named inputs.

    Returns:
        The TFRecord file of PredictionLog, at the place where the server looks for it.
    """
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    file = folder / "assets.extra" / "tf_serving_warmup_requests"
    file.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature, inputs in requests.items():
            request = predict_pb2.PredictRequest()
            request.model_spec.name = task
            request.model_spec.signature_name = signature
            for name, array in inputs.items():
                request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
            log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
            writer.write(log.SerializeToString())
    return file
