"""Classifiers that learn from other classifiers: Hinton, Vinyals and Dean 2015, "Distilling the Knowledge"."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from suite.artefacts import runtime
from suite.console.log import LOG
from suite.errors import InputError
from suite.problems.classification import TrainingConfig, label_shares
from suite.task import Examples, Task

_MOST = 2**27  # probabilities of all examples


def taught(task: Task, examples: Examples, training: TrainingConfig) -> Examples:
    """Training examples whose targets are in part what teachers say of them, without augmentation.

    Args:
        task: The task.
        examples: The training split.
        training: Its teachers, and their share of the targets.

    Raises:
        InputError: A teacher cannot be loaded, or its labels are others.
    """
    if not training.teachers:
        return examples
    if (size := len(examples) * len(examples.labels)) > _MOST:
        raise InputError(
            f"training.teachers: {len(examples):,} examples of {len(examples.labels)} labels take {4 * size / 1e9:.1f} "
            "GB; learn from fewer"
        )
    answers = np.mean([_answers(task, examples, teacher) for teacher in training.teachers], axis=0)
    right = np.mean(answers.argmax(axis=1) == np.asarray(examples.targets))
    LOG.info(f"the teachers name the right label of {right:.1%} of the examples")
    own = label_shares(examples)
    shares = (1 - training.taught) * own + training.taught * answers
    return replace(examples, soft_targets=shares.astype(np.float32))


def _answers(task: Task, examples: Examples, path: str) -> np.ndarray:
    """A teacher's probabilities, float32 (N, L), in the order of the examples' labels."""
    teacher = runtime.load(path, task=task.name)
    if {*teacher.labels} != {*examples.labels}:
        raise InputError(
            f"training.teachers: {path}: its labels are {', '.join(teacher.labels)}, where this training has "
            f"{', '.join(examples.labels)}"
        )
    return teacher.predict_raw(examples.raw)[:, [teacher.labels.index(label) for label in examples.labels]]
