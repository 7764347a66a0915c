"""python -m suite.sentiment COMMAND"""

from suite.console import cli

COMMANDS = {
    "train": "suite.sentiment.train:train",
    "eval": "suite.sentiment.eval:evaluate",
    "export": "suite.sentiment.export:export",
    "predict": "suite.sentiment.predict:predict",
    "describe": "suite.sentiment.describe:describe",
    "bench": "suite.sentiment.bench:bench",
}

if __name__ == "__main__":
    cli.main("suite.sentiment", COMMANDS)
