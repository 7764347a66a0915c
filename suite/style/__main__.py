"""python -m suite.style COMMAND"""

from suite import cli

COMMANDS = {
    "paint": "suite.style.paint:paint",
    "train": "suite.style.train:train",
    "describe": "suite.style.describe:describe",
}

if __name__ == "__main__":
    cli.main("suite.style", COMMANDS)
