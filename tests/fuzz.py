"""Damaged inputs of every kind that a command reads, through the command line, in one process.

    python -m tests.fuzz --runs 5000 --seed 1

A valid file of each kind is changed at random: bytes, lengths, parts that are left out or repeated. Whatever comes out,
a command ends with status 0 or 2 within `SECONDS`, with one line that says what is wrong, takes no more than `MEMORY`
above the start, starts no process, and writes nothing outside of its folder.
"""

import argparse
import contextlib
import gzip
import io
import json
import os
import platform
import random
import resource
import shutil
import signal
import sys
import tarfile
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from suite.__main__ import main
from suite.artefacts import metadata, rebuild

SECONDS, MEMORY = 20, 2 << 30
SHIPPED = Path(__file__).parents[1] / "saved_models"
GAME = "(;GM[1]FF[4]SZ[19]KM[7.5]RE[B+3.5]DT[2015-01-01]PB[a]PW[b];B[pd];W[dp];B[pp];W[dd];B[fc];W[cf])"
TREES = "(3 (2 It) (3 (2 is) (4 good)))\n(1 (2 It) (1 (2 is) (0 bad)))\n"
TABLE = [(f"text {i} is {'good' if i % 2 else 'bad'}", "positive" if i % 2 else "negative") for i in range(30)]
RECIPE = "data: {words: [yes, no], unknown: 1.5}\nmodel:\n  variant: small\n  head: {dense: [16], dropout: 0.1}\n"
VERSION = ("version/assets.extra/suite.json", "version/config.yaml", "run/saved_model.pb")
# Even whole ones are refused, the last thing before a training: its data, its layers or its words are missing.
REFUSED = ("recipe.yaml", "weights.h5", "vectors.txt")
NUMBERS = [
    b"-1",
    b"0",
    b"1e309",
    b"nan",
    b"99999999999999999999",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
]


def valid() -> dict[str, bytes]:
    """The content of a valid file of each kind, by its name."""
    rng, files = np.random.default_rng(0), {}
    sound, picture = 0.3 * rng.standard_normal(8000), Image.new("L", (40, 40))
    picture.paste(255, (18, 8, 23, 32))  # a one
    for kind in ("wav", "flac", "ogg", "mp3", "aiff", "au", "caf"):
        content = io.BytesIO()
        soundfile.write(content, sound, 16_000, format=kind)
        files[f"sound.{kind}"] = content.getvalue()
    for kind in ("png", "jpeg", "gif", "webp", "bmp", "tiff", "avif", "ppm"):
        content = io.BytesIO()
        picture.save(content, kind)
        files[f"picture.{kind}"] = content.getvalue()
    lines = "\n".join(f"{label} {text}" for text, label in TABLE)
    table = "text,label\n" + "\n".join(f"{text},{label}" for text, label in TABLE)
    files |= {
        "game.sgf": GAME.encode(),
        "texts.txt": "\n".join(text for text, _ in TABLE[:4]).encode(),
        "lines.all": lines.encode(),
        "table.csv": table.encode(),
        "table.csv.gz": gzip.compress(table.encode()),
        "table.jsonl": "\n".join(json.dumps({"text": text, "label": label}) for text, label in TABLE).encode(),
        "table.xlsx": _excel(),
        "train.txt": TREES.encode() * 5,
        "recipe.yaml": RECIPE.encode(),
        "games.zip": _zip({f"{day}.sgf": GAME.replace("fc", f"f{day}").encode() for day in "abcdefgh"}),
        "words.tar.gz": _tar({f"{word}/{i}_nohash_0.wav": files["sound.wav"] for word in ("yes", "no") for i in "ab"}),
        "train-images-idx3-ubyte": b"\0\0\x08\3\0\0\0\4\0\0\0\x1c\0\0\0\x1c" + bytes(4 * 784),
        "positive/text.txt": b"It is good.\n",
        "tweets.csv": ("text,label,split\n" + "".join(f"{text},{label},train\n" for text, label in TABLE)).encode(),
        "vectors.txt": "".join(f"{word} .1 -.2 .3\n" for word in ("no", "such", "word", "there")).encode(),
        "weights.h5": _weights(),
        "model.tflite": (SHIPPED / "digits/1/tflite/digits_int8.tflite").read_bytes(),
        "model.keras": _keras(),
        **{name: (SHIPPED / "digits/1" / name.partition("/")[2]).read_bytes() for name in VERSION},
    }
    return files


def _weights() -> bytes:
    import h5py

    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for number in (1, 2):
            file[f"block1_conv{number}/kernel"] = np.zeros((3, 3, 3, 4), np.float32)
    return content.getvalue()


def _keras() -> bytes:
    model, about = rebuild.keras_model(SHIPPED / "digits/1")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        model.save(file)
        metadata.add_to_keras(file, about)
        return file.read_bytes()


def _excel() -> bytes:
    import openpyxl

    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in [("text", "label"), *TABLE]:
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def _tar(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return content.getvalue()


def words(name: str) -> list[str]:
    """The command that reads a file of this name, in the folder of the file."""
    kind = name.partition(".")[0].partition("/")[0]
    table = ["sentiment", "eval", str(SHIPPED / "sentiment/2/tflite/sentiment_int8.tflite"), "--data.path"]
    own = [str(SHIPPED / "speech/2/tflite/speech_int8.tflite"), "--data.source", "speech_commands", "--data.path", name]
    board = [str(SHIPPED / "go/1/tflite/go_int8.tflite"), "--data.path", name, "--data.min_moves", "1"]
    digit = [str(SHIPPED / "digits/1/tflite/digits_int8.tflite"), "--data.path", "."]
    glove = ["--model.embeddings", "glove", "--model.dimensions", "3", "--model.path", name, "--model.lexicon", "false"]
    return {
        "sound": ["speech", "predict", name],
        "picture": ["digits", "predict", name],
        "game": ["go", "predict", name],
        "texts": ["sentiment", "predict", "--file", name],
        "table": [*table, name],
        "lines": [*table, name],
        "train": [*table, "."],
        "positive": [*table, "."],
        "tweets": [*table, name, "--data.source", "semeval", "--data.split", "train"],
        "vectors": ["sentiment", "train", "--data.path", "lines.all", "--run", "run", *glove],
        "recipe": ["speech", "train", "--config", name, "--data.path", "nowhere"],
        "games": ["go", "eval", *board],
        "words": ["speech", "eval", *own],
        "train-images-idx3-ubyte": ["digits", "eval", *digit, "--data.source", "mnist", "--data.split", "train"],
        "weights": ["style", "paint", "picture.png", "picture.png", "--loss.net", name],
        "model": ["digits", "predict", "picture.png", "--model", name],
        "version": ["digits", "describe", "version"],
        "run": ["digits", "predict", "picture.png", "--model", "run"],
    }[kind]


def beside(name: str, whole: dict[str, bytes]) -> None:
    """Writes the files that a file's command needs beside it, into the working folder, which was emptied."""
    for entry in Path.cwd().iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    kind = name.partition("/")[0]
    if kind in ("version", "run"):
        shutil.copytree(SHIPPED / "digits/1", kind, ignore=shutil.ignore_patterns("tflite"))
    others = {
        "model.tflite": {"picture.png": whole["picture.png"]},
        "model.keras": {"picture.png": whole["picture.png"]},
        "run": {"picture.png": whole["picture.png"]},
        "weights.h5": {"picture.png": whole["picture.png"]},
        "vectors.txt": {"lines.all": whole["lines.all"]},
        "positive": {"negative/text.txt": b"It is bad.\n"},
        "train-images-idx3-ubyte": {"train-labels-idx1-ubyte": b"\0\0\x08\1\0\0\0\4\0\1\2\3"},
    }
    for other, content in others.get(kind, {}).items():
        Path(other).parent.mkdir(exist_ok=True)
        Path(other).write_bytes(content)
    Path(name).parent.mkdir(exist_ok=True, parents=True)


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content with some changes."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 40))):
        if not data:
            return bytes(data)
        place, length = chance.randrange(len(data)), chance.choice((1, 4, 50, 1000))
        change = chance.randrange(6)
        if change == 0:
            data[place] = chance.randrange(256)
        elif change == 1:
            data[place] ^= 1 << chance.randrange(8)
        elif change == 2:
            del data[place : place + length]
        elif change == 3:
            data[place:place] = data[place : place + length] * chance.choice((1, 2, 100))
        elif change == 4:
            number = chance.choice(NUMBERS)
            data[place : place + len(number)] = number
        elif chance.random() < 0.2:
            del data[place:]
    return bytes(data)


class Hang(BaseException):
    """No exception that a command could catch."""


def tried(name: str, content: bytes, whole: bool) -> str:
    """What is wrong with the answer to a file, in a folder of its own; "" if nothing is.

    Args:
        name: The file's name.
        content: Its content.
        whole: Whether it is not damaged, and so must be read.
    """
    Path(name).write_bytes(content)
    out, err = io.StringIO(), io.StringIO()
    signal.alarm(SECONDS)
    status: object = "no status"
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(words(name))
        status = 0
    except SystemExit as stop:
        status = stop.code or 0
    except Hang:
        return f"hung for {SECONDS} s"
    except BaseException:
        return traceback.format_exc()
    finally:
        signal.alarm(0)
    told = err.getvalue()
    if _seen:
        done = ", ".join(_seen)
        _seen.clear()
        return f"does what no input may: {done[:300]}"
    if status not in (0, 2) or "Traceback" in told or "fault of the suite" in told:
        return f"status {status}: {told[-500:]}"
    if whole and status and name not in REFUSED:
        return f"a valid file is refused: {told[-500:]}"
    errors = [line for line in told.splitlines() if line.startswith("error: ")]
    if len(errors) != (status == 2) or any(len(line) > 700 for line in told.splitlines()):
        return f"status {status}, but {len(errors)} lines: {told[:500]}"
    return ""


_FORBIDDEN = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.fork", "os.startfile")
_seen: list[str] = []  # what was done that must not be, since the last look
_home: list[Path] = []  # where files may be written


def _watch(event: str, arguments: tuple) -> None:
    """An audit hook, which no `except` of a reader can swallow."""
    if not _home:
        return
    if event in _FORBIDDEN:
        _seen.append(f"{event} {arguments[0]}")
    elif event == "open" and isinstance(arguments[0], str | bytes) and _writes(arguments[1], arguments[2]):
        path = Path(os.fsdecode(arguments[0])).absolute()
        if path != Path(os.devnull) and not any(path.is_relative_to(home) for home in _home):
            _seen.append(f"writes {path}")


def _writes(mode: object, flags: object) -> bool:
    return bool(set(mode) & set("wax+")) if isinstance(mode, str) else bool(isinstance(flags, int) and flags & 3)


sys.addaudithook(_watch)


@contextlib.contextmanager
def guarded() -> Iterator[Callable[[], int]]:
    """A working folder, in a folder that alone may be written to, with the cache and temporary files in it.

    It gives the rise of memory's peak.
    """

    def hang(*_: object) -> None:
        raise Hang

    platform.platform()  # asks `uname`, once
    before, handler, cache = Path.cwd(), signal.signal(signal.SIGALRM, hang), os.environ.get("SUITE_CACHE")
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SUITE_CACHE"] = str(Path(folder) / "cache")
        for name in ("work", "temporary"):
            os.makedirs(Path(folder) / name)
        os.chdir(Path(folder) / "work")
        temporary, tempfile.tempdir = tempfile.tempdir, str(Path(folder) / "temporary")
        _home[:] = [Path(folder)]
        try:
            yield lambda: (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start) << 10
        finally:
            _home.clear()
            os.chdir(before)
            tempfile.tempdir = temporary
            signal.signal(signal.SIGALRM, handler)
            if cache is None:
                del os.environ["SUITE_CACHE"]
            else:
                os.environ["SUITE_CACHE"] = cache


def fuzz(runs: int, seed: int, kinds: str = "") -> list[str]:
    """Tries damaged files of each kind in turn; returns what went wrong."""
    whole, wrong, place = valid(), [], tempfile.gettempdir()
    contents = {name: content for name, content in whole.items() if kinds in name}
    with guarded() as memory:
        for number in range(runs):
            name = list(contents)[number % len(contents)]
            beside(name, whole)
            content = (
                damaged(contents[name], random.Random(f"{seed} {number}"))
                if number >= len(contents)
                else contents[name]
            )
            started = time.monotonic()
            problem = tried(name, content, whole=number < len(contents))
            if not problem and memory() > MEMORY:
                problem = f"{memory() >> 20} MB"
            if problem:
                kept = Path(tempfile.mkdtemp(prefix="fuzz_", dir=place)) / Path(name).name
                kept.write_bytes(content)
                _seen.clear()
                wrong.append(f"{kept} ({time.monotonic() - started:.1f} s): {problem}")
                if memory() > MEMORY:
                    break
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", default="", help="only files whose names contain this")
    given = parser.parse_args()
    found = fuzz(given.runs, given.seed, given.kinds)
    print("\n\n".join(found) or "nothing went wrong")
    print(Counter(Path(line.split()[0]).name for line in found))
    sys.exit(bool(found))
