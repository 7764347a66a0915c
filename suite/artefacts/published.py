"""Published versions: those in the working directory, then those that came with the package."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from suite.errors import InputError

# In a clone and an editable install, and where a wheel installs the phones' files.
SHIPPED = (Path(__file__).parents[2] / "saved_models", Path(sys.prefix) / "share" / "suite" / "saved_models")


def newest(
    task: str, preferred: Callable[[str], Any] = lambda name: "float32" in name, root: str | Path = "saved_models"
) -> Path:
    """The .tflite of the newest version of a task whose name `preferred` rates highest.

    Args:
        task: Such as speech.
        preferred: Name of a file to how well it suits.
        root: The folder of published models; where the task has none there, the shipped ones count.

    Raises:
        InputError: Nothing is published.
    """
    for place in (Path(root), *SHIPPED):
        versions = sorted((p for p in (place / task).glob("*") if p.name.isdigit()), key=lambda p: int(p.name))
        for version in reversed(versions):
            if files := sorted((version / "tflite").glob(f"{task}_*.tflite")):
                return max(files, key=lambda file: preferred(file.name))
    raise InputError(
        f"{Path(root) / task}: no published model; name one by --model, or train and export one: "
        f"python -m suite.{task} train --export"
    )
