"""python -m suite.sentiment COMMAND ..."""

from suite.__main__ import run_task

run_task("sentiment")
