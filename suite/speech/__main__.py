"""python -m suite.speech COMMAND ..."""

from suite.__main__ import run_task

run_task("speech")
