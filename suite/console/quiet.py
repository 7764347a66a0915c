"""Hides the log lines of TensorFlow's native code."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from suite.errors import InputError


@contextmanager
def native_stderr() -> Iterator[None]:
    """Hides the standard error of native code inside the block; shows it if the block fails.

    TensorFlow logs through absl before absl reads any setting, so no environment variable reaches these lines.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    original = os.dup(2)
    try:
        with tempfile.TemporaryFile() as hidden:
            os.dup2(hidden.fileno(), 2)
            try:
                yield
            except InputError:
                raise  # has a message of its own
            except Exception:
                os.dup2(original, 2)
                hidden.seek(0)
                os.write(2, hidden.read())
                raise
            finally:
                os.dup2(original, 2)
    finally:
        os.close(original)
