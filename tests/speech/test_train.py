"""Training: a run folder that can be killed at any moment and gone on from."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

import suite
from suite.errors import InputError
from suite.files import locked
from suite.speech.config import TRAINING, AugmentConfig, Config
from suite.speech.model import build
from suite.speech.train import batches
from suite.task import Examples
from suite.training import run_folder

DATA = {"words": ("yes", "no"), "per_word": 60, "unknown": 1.0}
COMMAND = [
    sys.executable,
    "-m",
    "suite.speech",
    "train",
    "--data.words",
    "yes,no",
    "--data.per-word",
    "60",
    "--data.unknown",
    "1",
]
COMMAND += ["--training.epochs", "4", "--training.min-steps", "1", "--training.batch", "16"]


def history(run):
    return list(csv.DictReader((run / "history.csv").open()))


def test_a_run_folder_holds_everything(speech):
    names = {path.name for path in speech.run.iterdir()}
    assert names >= {
        "config.yaml",
        "environment.json",
        "history.csv",
        "metrics.json",
        "model.keras",
        "plots",
        "tensorboard",
    }
    assert {path.name for path in (speech.run / "plots").iterdir()} == {"curves.png", "report.png"}
    assert len(history(speech.run)) == 4
    assert any((speech.run / "tensorboard").rglob("events*"))
    assert json.loads((speech.run / "metrics.json").read_text())["split"] == "validation split of synthetic speech"


def test_what_is_cut_off_is_unknown_and_silence_stays_silence():
    labels, rng = ("yes", "_unknown_", "_silence_"), np.random.default_rng(0)
    clips = (rng.normal(0, 9, (96, 16_000)) + 9000 * np.eye(1, 16_000, 8000)).astype(np.int16)
    examples = Examples(clips, np.repeat([0, 1, 2], 32), labels, "clicks")
    built = build(Config(), examples)
    given = {}
    for share in (0.0, 1.0):
        config = Config(augment=AugmentConfig(partial=share), training=replace(TRAINING, epochs=4, batch=96))
        (batch,) = batches(examples, built, config, 0).take(1)
        given[share] = np.bincount(np.argmax(batch[1], axis=1), minlength=3).tolist()
    assert given[0.0] == [32, 32, 32]
    yes, unknown, silence = given[1.0]
    assert silence == 32 and yes + unknown == 64 and 10 <= yes <= 28  # a click at .5 s leaves in 3 of 8 moves


@pytest.mark.slow
def test_killed_and_resumed_it_ends_as_if_nothing_had_happened(speech, tmp_path):
    """kill -9 after the second epoch; the shared run is the same training without interruption."""
    run = tmp_path / "run"
    process = subprocess.Popen([*COMMAND, "--run", str(run)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 300
        while not (run / "checkpoints" / "epoch_0002").exists() and time.monotonic() < deadline:
            assert process.poll() is None, "the training ended before it could be killed"
            time.sleep(0.02)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert not (run / "metrics.json").exists()
    assert suite.train("speech", resume=str(run)) == run
    for interrupted, whole in zip(history(run), history(speech.run), strict=True):
        for name in ("epoch", "loss", "val_loss", "learning_rate"):
            assert float(interrupted[name]) == pytest.approx(float(whole[name]), rel=0.02), (name, interrupted)


def test_killed_before_it_began_it_can_be_begun_again(tmp_path):
    """The configuration is written last: without it, the folder is no run yet."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "environment.json").write_text("{}")
    with pytest.raises(InputError, match="not a run folder"):
        suite.train("speech", resume=str(tmp_path / "run"))
    (tmp_path / "run" / ".config.yaml.999999").write_text("tra")  # version 0.1 was killed while it wrote
    run_folder.check_free(tmp_path / "run")
    assert run_folder.begin(tmp_path / "run", "speech", "training: {}").config.exists()
    assert not list((tmp_path / "run").glob(".config*"))


def test_one_process_at_a_time(speech):
    with locked(speech.run, "busy"), pytest.raises(InputError, match="another process is training here"):
        suite.train("speech", resume=str(speech.run))


def test_a_finished_run_is_left_as_it_is(speech, capsys):
    before = (speech.run / "model.keras").read_bytes()
    suite.train("speech", resume=str(speech.run))
    assert "finished already" in capsys.readouterr().out
    assert (speech.run / "model.keras").read_bytes() == before


@pytest.mark.slow
def test_leaving_one_speaker_out_scores_the_stranger(tmp_path, recordings):
    root = tmp_path / "fsdd"
    root.mkdir()
    for word, files in {"3": recordings(a=14), "7": recordings("more", b=14)}.items():
        for i, file in enumerate(sorted(files.rglob("*.wav"))):
            for speaker in ("george", "lucas"):
                (root / f"{word}_{speaker}_{i}.wav").write_bytes(file.read_bytes())
    data = dict(source="fsdd", path=str(root))
    suite.train(
        "speech", data=data, training=dict(epochs=1, min_steps=5, batch=8), run=str(tmp_path / "run"), folds="speakers"
    )
    for speaker in ("george", "lucas"):
        report = json.loads((tmp_path / "run" / speaker / "metrics.json").read_text())
        assert report["split"] == "test split of fsdd, by speaker" and report["n"] == 28
    assert set(json.loads((tmp_path / "run" / "spread.json").read_text())["accuracy"]["values"]) == {"george", "lucas"}


def test_folds_are_for_speakers_that_are_known():
    with pytest.raises(InputError, match="--data.source fsdd"):
        suite.train("speech", data=DATA, folds="speakers")


@pytest.mark.slow
def test_two_tones_are_learned_from_recordings(tmp_path, recordings):
    data = dict(path=str(recordings(yes=40, no=40)))
    plain = dict.fromkeys(AugmentConfig.__dataclass_fields__, 0)
    training = dict(epochs=10, min_steps=40, batch=8, learning_rate=5e-3)
    rows = history(suite.train("speech", data=data, augment=plain, training=training, run=str(tmp_path / "run")))
    assert max(float(row["val_accuracy"]) for row in rows) > 0.9


def test_what_cannot_start_leaves_nothing(tmp_path, recordings):
    with pytest.raises(InputError, match="only one class"):
        suite.train("speech", data=dict(path=str(recordings(yes=5))), run=str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_run_is_never_overwritten(speech):
    with pytest.raises(InputError, match="exists already"):
        suite.train("speech", data=DATA, run=str(speech.run))
