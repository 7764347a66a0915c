"""SavedModels for TensorFlow Serving: named signatures with a dynamic batch, and warm-up requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from suite.console import quiet
from suite.errors import InputError


@dataclass(frozen=True)
class Endpoint:
    """A signature of a SavedModel.

    Args:
        name: The signature's name; serving_default is used when a request names none.
        function: Named tensors in, a dict of tensors out.
        specs: Each input, named as in a request; the first dimension is the batch, None.
        resources: Lookup tables that the function uses, and layers whose variables it has made constants of.
    """

    name: str
    function: Callable[..., dict[str, tf.Tensor]]
    specs: Sequence[tf.TensorSpec]
    resources: Sequence[Any] = ()

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Shape of each input by name, without the batch."""
        return {spec.name: tuple(spec.shape[1:]) for spec in self.specs}


def write(endpoints: Sequence[Endpoint], folder: Path) -> None:
    """Writes a SavedModel with these signatures into a folder.

    Keras finds the variables that the signatures use; a model that is tracked as well has its weights saved twice.

    Raises:
        InputError: It cannot be written.
    """
    with quiet.native_stderr():
        archive = keras.export.ExportArchive()
        for resource in {id(one): one for endpoint in endpoints for one in endpoint.resources}.values():
            archive.track(resource)
        for endpoint in endpoints:
            archive.add_endpoint(endpoint.name, endpoint.function, input_signature=list(endpoint.specs))
        try:
            archive.write_out(str(folder), verbose=False)
        except tf.errors.OpError as error:  # a full disk, a folder that may not be written
            raise InputError(
                f"{folder}: {error.message.rpartition('; ')[2]}; free some space, or write elsewhere"
            ) from None


def write_warmup(folder: Path, task: str, endpoint: Endpoint, inputs: Mapping[str, np.ndarray]) -> Path:
    """Writes a request that TensorFlow Serving replays before it answers anybody, so that the first answer is fast.

    Args:
        folder: The SavedModel's.
        task: The model's name in the server.
        endpoint: The signature that is called.
        inputs: Its inputs by name, (1, ...).

    Returns:
        The TFRecord file of PredictionLog, at the place where the server looks for it.
    """
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    file = folder / "assets.extra" / "tf_serving_warmup_requests"
    file.parent.mkdir(exist_ok=True)
    request = predict_pb2.PredictRequest()
    request.model_spec.name = task
    request.model_spec.signature_name = endpoint.name
    for spec in endpoint.specs:
        array = inputs[spec.name]
        tensor = tf.make_tensor_proto(array.astype(object) if spec.dtype == tf.string else array, spec.dtype)
        request.inputs[spec.name].CopyFrom(tensor)
    with tf.io.TFRecordWriter(str(file)) as writer:
        log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
        writer.write(log.SerializeToString())
    return file
