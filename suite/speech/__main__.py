"""python -m suite.speech COMMAND"""

from suite import cli
from suite.speech.train import train

if __name__ == "__main__":
    cli.main("suite.speech", {"train": train})
