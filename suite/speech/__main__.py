"""python -m suite.speech COMMAND"""

from suite.console import cli

COMMANDS = {
    "train": "suite.speech.train:train",
    "eval": "suite.speech.eval:evaluate",
    "export": "suite.speech.export:export",
    "predict": "suite.speech.predict:predict",
    "stream": "suite.speech.stream:stream",
    "describe": "suite.speech.describe:describe",
    "bench": "suite.speech.bench:bench",
}

if __name__ == "__main__":
    cli.main("suite.speech", COMMANDS)
