"""python -m suite.style COMMAND"""

from suite.__main__ import run_task

if __name__ == "__main__":
    run_task("style")
