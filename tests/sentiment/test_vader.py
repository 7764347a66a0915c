"""Fetching VADER's sentences by pip, here a made distribution of a few, and reading them."""

import hashlib
import io
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

from suite.data import cache
from suite.errors import InputError
from suite.sentiment import data, vader
from suite.sentiment.config import DataConfig
from suite.sentiment.task import TASK
from suite.task import load_split

RATINGS = ("-2.5", "-0.5", "0.5", "0.51")  # negative, neutral, neutral, positive


def packed(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, part in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(part)
            archive.addfile(member, io.BytesIO(part))
    return content.getvalue()


@pytest.fixture
def distribution(monkeypatch, tmp_path) -> bytes:
    """A source distribution with eighty sentences of each domain, whose checksum is the expected one."""
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path / "cache"))
    inner = {}
    for domain, name in vader.FILES.items():
        rows = [f"{i}_1\t{RATINGS[i % 4]}\tThis &amp; that on {domain}\u2028 {i // 2 * 2 + i % 2}" for i in range(80)]
        inner[f"hutto_ICWSM_2014/{name}"] = "\r\n".join(rows).encode()
    content = packed({vader._INNER: packed(inner), "setup.py": b""})
    monkeypatch.setattr(vader, "SHA256", hashlib.sha256(content).hexdigest())
    return content


@pytest.fixture
def pip(monkeypatch, distribution):
    """pip, which writes the distribution where it is told to; the commands it was given."""
    commands = []

    def run(command, **_):
        commands.append(command)
        folder = Path(command[command.index("--dest") + 1])
        wanted = Path(command[command.index("--requirement") + 1]).read_text()
        assert wanted == f"vaderSentiment==3.3.2 --hash=sha256:{vader.SHA256}\n"
        (folder / vader.ARCHIVE).write_bytes(distribution)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_it_is_fetched_once_by_this_python_s_pip(pip, capsys):
    rows = vader.read()
    assert vader.read() == rows and len(rows) == 320
    assert rows[:2] == [
        ("This & that on tweets\u2028 0", -2.5, "tweets"),
        ("This & that on tweets\u2028 1", -0.5, "tweets"),
    ]
    assert [vader.label(rating) for _, rating, _ in rows[:4]] == ["negative", "neutral", "neutral", "positive"]
    assert [command[:4] for command in pip] == [[sys.executable, "-m", "pip", "download"]]
    assert capsys.readouterr().out.count("fetching") == 1
    assert [path.name for path in cache.folder().iterdir()] == [vader.ARCHIVE]


def test_pip_that_cannot_fetch_it_leaves_nothing(distribution, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "WARNING: x\nERROR: No matching distribution found\nnote: y\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(InputError, match=r"cannot fetch it \(ERROR: No matching.*--data.path") as error:
        vader.read()
    assert "\n" not in str(error.value) and list(cache.folder().iterdir()) == []


def test_another_file_is_refused(distribution, tmp_path):
    file = tmp_path / vader.ARCHIVE
    file.write_bytes(distribution)
    assert len(vader.read(str(file))) == 320
    file.write_bytes(distribution[:-1])
    with pytest.raises(InputError, match="SHA-256 differs"):
        vader.read(str(file))
    with pytest.raises(InputError, match="No such file"):
        vader.read(str(tmp_path / "absent"))


def test_splits_by_domain_and_class(pip):
    parts = {split: load_split(TASK, DataConfig(), split) for split in ("train", "validation", "test")}
    assert [len(part) for part in parts.values()] == [256, 32, 32]
    assert parts["test"].labels == ("negative", "neutral", "positive")
    for domain in vader.FILES:
        rows = [
            target for target, its in zip(parts["test"].targets, parts["test"].groups, strict=True) if its == domain
        ]
        assert sorted(rows) == [0, 0, 1, 1, 1, 1, 2, 2]
    assert len(load_split(TASK, DataConfig(), "all")) == 320


def test_what_is_learned_from_are_the_ratings(pip):
    train = data.load(DataConfig(), "train")
    assert (train.soft_targets[train.targets == 2].argmax(axis=1) == 2).all()
    np.testing.assert_allclose(train.soft_targets.max(axis=1).min(), 0.5, atol=0.02)  # those rated 0.5 and 0.51
    two = data.load(DataConfig(classes=2), "train")
    assert two.soft_targets.shape[1] == 2 and (two.soft_targets.argmax(axis=1) == two.targets).all()


def test_other_domains_and_classes_leave_every_sentence_in_its_split(pip):
    films = data.load(DataConfig(domains=("films",), classes=2), "test")
    assert set(films.groups) == {"films"} and films.labels == ("negative", "positive") and len(films) == 4
    assert set(films.raw) < set(data.load(DataConfig(), "test").raw)
    assert "films" in films.description
