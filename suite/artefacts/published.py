"""Published versions: those in the working directory, then those that came with the package."""

from __future__ import annotations

import site
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from suite.errors import InputError

# In a clone or an editable install; then where a wheel installs the TFLite files: pip install, --user and --target.
_ROOT = Path(__file__).parents[2]
SHIPPED = (
    _ROOT / "saved_models",
    *(Path(base) / "share" / "suite" / "saved_models" for base in (sys.prefix, site.getuserbase(), _ROOT)),
)


def newest(
    task: str, rank_file: Callable[[str], Any] = lambda name: "float32" in name, root: str | Path = "saved_models"
) -> Path:
    """The .tflite of the newest version of a task whose name `rank_file` rates highest.

    Args:
        task: Such as speech.
        rank_file: Name of a file to how well it suits.
        root: The folder of published models; where the task has none there, the shipped ones count.

    Raises:
        InputError: Nothing is published.
    """
    for place in (Path(root), *SHIPPED):
        versions = sorted((p for p in (place / task).glob("*") if p.name.isdigit()), key=lambda p: int(p.name))
        for version in reversed(versions):
            if files := sorted((version / "tflite").glob(f"{task}_*.tflite")):
                return max(files, key=lambda file: rank_file(file.name))
    raise InputError(
        f"{Path(root) / task}: no published model; name one by --model, or train and export one: "
        f"python -m suite.{task} train --export"
    )
