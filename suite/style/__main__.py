"""python -m suite.style COMMAND"""

from suite.console import cli

COMMANDS = {
    "train": "suite.style.train:train",
    "eval": "suite.style.eval:evaluate",
    "export": "suite.style.export:export",
    "predict": "suite.style.predict:predict",
    "paint": "suite.style.paint:paint",
    "bench": "suite.style.bench:bench",
    "describe": "suite.style.describe:describe",
}

if __name__ == "__main__":
    cli.main("suite.style", COMMANDS)
