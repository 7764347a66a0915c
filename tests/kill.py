"""Kills trainings and exports at random moments, as a power cut would, and looks at what is left.

    python -m tests.kill --trainings 40 --exports 20

A training that was killed and resumed must end with the weights of one that was not, bit for bit, and with the same
files; an export that was killed must leave nothing that the next one does not clear away.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from suite.artefacts import rebuild

TRAININGS = {
    "digits": ["--training.epochs", "4"],
    "speech": [
        "--data.words",
        "yes,no",
        "--data.per_word",
        "40",
        "--training.epochs",
        "4",
        "--training.min_steps",
        "4",
    ],
}


def command(task: str, *words: str) -> list[str]:
    return [sys.executable, "-m", f"suite.{task}", *words]


def run(task: str, *words: str) -> float:
    """Seconds of a command that must succeed."""
    started = time.monotonic()
    subprocess.run(command(task, *words), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def killed(seconds: float, task: str, *words: str) -> None:
    """A command that is killed after some seconds, with all of its processes, if it has not ended by then."""
    process = subprocess.Popen(
        command(task, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def names(folder: Path) -> set[str]:
    """The files of a folder; TensorBoard names its own by the time."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and "tensorboard" not in p.parts}


def weights(folder: Path) -> list[np.ndarray]:
    return rebuild.keras_model(folder)[0].get_weights()


def check_training(task: str, kills: int, chance: random.Random) -> list[str]:
    """Kills a training at random moments; returns what was wrong."""
    whole, wrong = Path(f"{task}_whole"), []
    lasted = run(task, "train", *TRAININGS[task], "--run", str(whole))
    expected, files = weights(whole), names(whole)
    for number in range(kills):
        folder, moments = Path(f"{task}_{number}"), [chance.uniform(0, lasted) for _ in range(chance.choice((1, 1, 2)))]
        for moment in moments:
            begun = (folder / "config.yaml").exists()
            killed(moment, task, "train", *(["--resume"] if begun else [*TRAININGS[task], "--run"]), str(folder))
        begun = (folder / "config.yaml").exists()
        run(task, "train", *(["--resume"] if begun else [*TRAININGS[task], "--run"]), str(folder))
        same = all(np.array_equal(a, b) for a, b in zip(expected, weights(folder), strict=True))
        if not same or names(folder) != files:
            wrong.append(f"{task}, killed after {moments}: same weights {same}, files {names(folder) ^ files}")
        shutil.rmtree(folder)
        print(f"{task} {number + 1} of {kills}: {len(wrong)} wrong", flush=True)
    return wrong


def check_export(kills: int, chance: random.Random) -> list[str]:
    """Kills an export at random moments; returns what was wrong."""
    run_folder, wrong = "digits_whole", []
    lasted = run("digits", "export", run_folder)
    files = names(Path("saved_models"))
    for number in range(kills):
        shutil.rmtree("saved_models")
        moment = chance.uniform(0, lasted)
        killed(moment, "digits", "export", run_folder)
        run("digits", "export", run_folder)  # the same version, or a second one; either clears what was left
        shutil.rmtree(Path("saved_models") / "digits" / "2", ignore_errors=True)
        if names(Path("saved_models")) != files:
            wrong.append(f"export, killed after {moment:.2f} s: {names(Path('saved_models')) ^ files}")
        print(f"export {number + 1} of {kills}: {len(wrong)} wrong", flush=True)
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--trainings", type=int, default=40)
    parser.add_argument("--exports", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path.cwd())
    draw = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as home:
        os.chdir(home)
        found = [line for task in TRAININGS for line in check_training(task, given.trainings // 2, draw)]
        found += check_export(given.exports, draw)
        os.chdir("/")
    print("\n".join(found) or "nothing was wrong")
    sys.exit(bool(found))
