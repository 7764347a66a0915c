"""Shared tools of the tests."""

from collections.abc import Sequence

import pytest

from suite import __main__ as program
from suite.artefacts.metadata import Metadata


def run(task: str, *words: str) -> int:
    """The exit status of a command, as a person types it."""
    with pytest.raises(SystemExit) as stopped:
        program.main([task, *words])
        raise SystemExit(0)
    return stopped.value.code


def about(task: str, labels: Sequence[str], **settings) -> Metadata:
    """Metadata of a model with these labels."""
    return Metadata(task, tuple(labels), "x", settings)
