"""The Keras layers of Go players; importing this module registers them, which loading a model needs."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import ops

import suite.blocks.layers  # noqa: F401 - registers the blocks' layers
from suite.go.planes import PLANES, tables


@keras.saving.register_keras_serializable("suite")
class Planes(keras.layers.Layer):
    """The planes of a position, see `suite.go.planes`: codes (B, H, W, 3) in 0..255 to zeros and ones (B, H, W, 46)."""

    def call(self, codes: keras.KerasTensor) -> keras.KerasTensor:
        indices = ops.cast(codes, "int32")
        parts = [ops.take(ops.convert_to_tensor(t), indices[..., i], axis=0) for i, t in enumerate(tables())]
        return ops.cast(ops.concatenate(parts, axis=-1), self.compute_dtype)

    def compute_output_shape(self, shape: Sequence[int | None]) -> tuple[int | None, ...]:
        return (*shape[:-1], PLANES)
