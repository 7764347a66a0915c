"""python -m suite.speech COMMAND"""

from suite import cli
from suite.speech.eval import evaluate
from suite.speech.export import export
from suite.speech.predict import predict
from suite.speech.train import train

COMMANDS = {"train": train, "eval": evaluate, "export": export, "predict": predict}

if __name__ == "__main__":
    cli.main("suite.speech", COMMANDS)
