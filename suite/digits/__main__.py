"""python -m suite.digits COMMAND ..."""

from suite.__main__ import run_task

run_task("digits")
