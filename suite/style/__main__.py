"""python -m suite.style COMMAND ..."""

from suite.__main__ import run_task

run_task("style")
