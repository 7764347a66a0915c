"""`predict` for many inputs: each that can be used is told, and only then the others are refused."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from suite.errors import InputError

Input, Prediction = TypeVar("Input"), TypeVar("Prediction")


def tell(
    inputs: Sequence[Input],
    predict: Callable[[Input], Prediction],
    line: Callable[[Prediction], str],
    as_json: Callable[[Prediction], dict] | None,
    what: str,
) -> list[Prediction]:
    """Predicts and prints.

    Args:
        inputs: What a person gave.
        predict: For one of them; an InputError says why it cannot be used.
        line: A prediction as text, printed at once.
        as_json: A prediction as JSON can hold it, where JSON is wanted, which is printed in the end; otherwise None.
        what: What the inputs are, in the plural.

    Raises:
        InputError: An input could not be used; the others were told.
    """
    predictions, problems = [], []
    for one in inputs:
        try:
            predictions.append(predict(one))
        except InputError as error:
            problems.append(str(error))
            continue
        if not as_json:
            print(line(predictions[-1]), flush=True)
    if as_json and (predictions or not problems):
        print(json_format.dumps([as_json(p) for p in predictions], indent=2, ensure_ascii=False))
    if len(problems) == 1:
        raise InputError(problems[0])
    if problems:
        for problem in problems[:5]:
            print(f"skipped {problem}", file=sys.stderr)
        raise InputError(f"{len(problems)} of {len(inputs)} {what} cannot be used")
    return predictions
