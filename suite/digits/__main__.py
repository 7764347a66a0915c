"""python -m suite.digits COMMAND"""

from suite.console import cli

COMMANDS = {
    "train": "suite.digits.train:train",
    "eval": "suite.digits.eval:evaluate",
    "export": "suite.digits.export:export",
    "predict": "suite.digits.predict:predict",
    "describe": "suite.digits.describe:describe",
    "bench": "suite.digits.bench:bench",
}

if __name__ == "__main__":
    cli.main("suite.digits", COMMANDS)
