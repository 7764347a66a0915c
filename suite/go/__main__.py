"""python -m suite.go COMMAND ..."""

from suite.__main__ import run_task

run_task("go")
