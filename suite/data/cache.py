"""The cache: computed arrays and downloaded files, in one folder of the user's."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from suite.console.log import LOG
from suite.files import write


def folder() -> Path:
    """The cache's folder: $SUITE_CACHE, or ~/.cache/suite."""
    return Path(os.environ.get("SUITE_CACHE") or Path.home() / ".cache" / "suite")


def arrays(name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Arrays from the cache; if they are not there, they are made and stored.

    A damaged file is made again. If the arrays cannot be stored, as on a full disk, the reason is printed.

    Args:
        name: A file name that changes with everything the arrays depend on.
        make: Returns the arrays, at least one, without objects.
    """
    path = folder() / f"{name}.npz"
    # The readers of zip and NumPy files raise many kinds of exceptions on damaged bytes, few of them documented.
    with suppress(Exception), np.load(path, allow_pickle=False) as stored:
        if found := dict(stored):  # a damaged list of members may read as an empty one
            return found
    made: dict[str, Any] = make()
    content = io.BytesIO()
    np.savez(content, **made)
    try:
        write(path, content.getvalue())
    except OSError as error:
        LOG.warning("not cached: %s: %s", path, error.strerror)
    return made
