"""TensorFlow Hub modules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from suite.artefacts import runtime
from suite.console import quiet
from suite.errors import InputError


def load(handle: str) -> Any:
    """Loads a module from its folder, or from its address by way of TensorFlow Hub's cache; InputError if it cannot."""
    if "://" not in handle and not Path(handle).is_dir():
        raise InputError(f"{handle}: no such folder; give a module's folder, or its address")
    with quiet.native_stderr():
        import tensorflow as tf
        import tensorflow_hub

        try:
            return tensorflow_hub.load(handle)
        except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
            raise InputError(f"{handle}: cannot be loaded ({runtime.short(error)})") from None
