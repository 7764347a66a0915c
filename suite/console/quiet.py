"""Keeps TensorFlow's native start-up and converter chatter off a person's terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager


@contextmanager
def native_stderr():
    """Hides what C++ code writes to standard error inside the block; shows it if the block fails.

    TensorFlow logs through absl before absl reads any setting, so no environment variable reaches these lines.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with tempfile.TemporaryFile() as hidden:
            os.dup2(hidden.fileno(), 2)
            try:
                yield
            except Exception:
                os.dup2(kept, 2)
                hidden.seek(0)
                os.write(2, hidden.read())
                raise
            finally:
                os.dup2(kept, 2)
    finally:
        os.close(kept)
