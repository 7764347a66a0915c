"""The output of `predict` for many inputs: an answer is printed for each usable one, and the others are counted."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from suite.errors import InputError

Input = TypeVar("Input")
Answer = TypeVar("Answer")


def answer_each(
    inputs: Sequence[Input],
    predict: Callable[[Input], Answer],
    line: Callable[[Answer], str],
    as_json: Callable[[Answer], dict[str, Any]] | None,
    plural: str,
) -> list[Answer]:
    """Predicts each input and prints its answer.

    Args:
        inputs: The inputs.
        predict: Answers one of them; an InputError says why it cannot be used.
        line: An answer as text, printed at once.
        as_json: An answer as a JSON object; all are printed as one list at the end. None for text.
        plural: Name of the inputs in messages, such as pictures.

    Raises:
        InputError: An input could not be used; the others were answered.
    """
    answers: list[Answer] = []
    problems = []
    for one in inputs:
        try:
            answers.append(predict(one))
        except InputError as error:
            problems.append(str(error))
            continue
        if not as_json:
            print(line(answers[-1]), flush=True)
    if as_json and (answers or not problems):
        print(json_format.dumps([as_json(answer) for answer in answers], indent=2, ensure_ascii=False))
    if len(problems) == 1:
        raise InputError(problems[0])
    if problems:
        for problem in problems:
            print(f"skipped {problem}", file=sys.stderr)
        raise InputError(f"{len(problems)} of {len(inputs)} {plural} cannot be used")
    return answers
