"""The cache: what takes long to make or to fetch is kept, and never trusted half-written."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from suite.files import write


def folder() -> Path:
    """Where the cache is: $SUITE_CACHE, or ~/.cache/suite."""
    return Path(os.environ.get("SUITE_CACHE") or Path.home() / ".cache" / "suite")


def arrays(name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Arrays from the cache, or made and put there; a damaged file is made again, a full disk only means no cache.

    Args:
        name: A file name that tells everything the arrays depend on.
        make: Gives the arrays, none of them of objects.
    """
    path = folder() / f"{name}.npz"
    try:
        with np.load(path, allow_pickle=False) as stored:
            return dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        made = make()
    content = io.BytesIO()
    np.savez(content, **made)
    try:
        write(path, content.getvalue())
    except OSError as error:
        print(f"not cached: {path}: {error.strerror}")
    return made
