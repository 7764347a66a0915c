"""Atomic writes, and locks that one process holds at a time."""

import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from suite import files
from suite.errors import InputError

DEAD = 2**22 + 1  # above Linux's largest process number


def in_another_process(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


class TestLocked:
    def test_another_process_is_refused_in_one_line(self, tmp_path):
        code = f"""if True:
            from pathlib import Path
            from suite import files
            with files.locked(Path({str(tmp_path)!r}), "busy"):
                pass"""
        with files.locked(tmp_path, "busy"):
            refused = in_another_process(code)
        assert f"InputError: {tmp_path}: busy" in refused.stderr
        assert in_another_process(code).returncode == 0

    def test_the_same_process_is_refused_too(self, tmp_path):
        with (
            files.locked(tmp_path, "busy"),
            pytest.raises(InputError, match="busy"),
            files.locked(tmp_path, "busy"),
        ):
            pass

    def test_a_killed_holder_holds_no_longer(self, tmp_path):
        code = f"""if True:
            import os, signal
            from pathlib import Path
            from suite import files
            with files.locked(Path({str(tmp_path)!r}), "busy"):
                os.kill(os.getpid(), signal.SIGKILL)"""
        assert in_another_process(code).returncode == -signal.SIGKILL
        with files.locked(tmp_path, "busy"):
            pass

    def test_the_folder_may_be_removed_meanwhile(self, tmp_path):
        folder = tmp_path / "run"
        folder.mkdir()
        with files.locked(folder, "busy"):
            shutil.rmtree(folder)
        assert not folder.exists()

    def test_the_lock_file_is_removed(self, tmp_path):
        with files.locked(tmp_path, "busy"):
            assert os.listdir(tmp_path) == [".lock"]
        assert os.listdir(tmp_path) == []

    def test_the_lock_of_the_next_holder_stays(self, tmp_path):
        """After the folder was removed and made again."""
        folder = tmp_path / "run"
        folder.mkdir()
        code = f"""if True:
            from pathlib import Path
            from suite import files
            with files.locked(Path({str(folder)!r}), "busy"):
                print("ready", flush=True)
                input()"""
        with files.locked(folder, "busy"):
            shutil.rmtree(folder)
            folder.mkdir()
            process = subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert process.stdout.readline() == "ready\n"
        with pytest.raises(InputError, match="busy"), files.locked(folder, "busy"):
            pass
        process.communicate("\n")
        with files.locked(folder, "busy"):
            pass

    def test_waits_if_asked_to(self, tmp_path, capsys):
        order = []

        def second():
            with files.locked(tmp_path, "busy", "x.lock", wait=True):
                order.append("second")

        with files.locked(tmp_path, "busy", "x.lock"):
            with files.locked(tmp_path, "busy", "y.lock"):  # another part of the folder
                pass
            thread = threading.Thread(target=second)
            thread.start()
            thread.join(0.3)
            order.append("first")
        thread.join(10)
        assert order == ["first", "second"]
        assert capsys.readouterr().out == f"{tmp_path}: busy\n"

    def test_an_error_in_the_block_releases(self, tmp_path):
        with pytest.raises(RuntimeError), files.locked(tmp_path, "busy"):
            raise RuntimeError
        with files.locked(tmp_path, "busy"):
            pass


class TestReplacing:
    def test_the_partial_file_is_beside_and_has_the_suffix(self, tmp_path):
        with files.replacing(tmp_path / "model.keras") as partial:
            assert (partial.parent, partial.suffix) == (tmp_path, ".keras")
            partial.write_text("new")
            assert not (tmp_path / "model.keras").exists()
        assert (tmp_path / "model.keras").read_text() == "new"
        assert os.listdir(tmp_path) == ["model.keras"]

    @pytest.mark.parametrize("folder", [False, True])
    def test_a_failure_leaves_everything_as_it_was(self, tmp_path, folder):
        (tmp_path / "model.keras").write_text("old")
        with pytest.raises(RuntimeError), files.replacing(tmp_path / "model.keras") as partial:
            if folder:
                partial.mkdir()
                partial = partial / "file"
            partial.write_text("half")
            raise RuntimeError
        assert os.listdir(tmp_path) == ["model.keras"]
        assert (tmp_path / "model.keras").read_text() == "old"

    def test_a_folder(self, tmp_path):
        with files.replacing(tmp_path / "made" / "clips") as partial:
            partial.mkdir()
            (partial / "a.wav").touch()
        assert os.listdir(tmp_path / "made") == ["clips"] and os.listdir(tmp_path / "made" / "clips") == ["a.wav"]

    def test_killed_at_the_rename(self, tmp_path):
        """The old file is whole; what is left is cleared by whoever comes next."""
        (tmp_path / "history.csv").write_text("old")
        code = f"""if True:
            import os, signal
            from pathlib import Path
            from suite import files
            os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
            files.write(Path({str(tmp_path)!r}) / "history.csv", "new")"""
        assert in_another_process(code).returncode == -signal.SIGKILL
        assert (tmp_path / "history.csv").read_text() == "old"
        assert len(os.listdir(tmp_path)) == 2
        files.clear_partials(tmp_path)
        assert os.listdir(tmp_path) == ["history.csv"]


class TestWrite:
    def test_the_old_file_is_not_written_into(self, tmp_path):
        """Whoever has the old file open reads it to its end."""
        path = tmp_path / "made" / "report.json"
        files.write(path, "old é")
        with path.open(encoding="utf-8") as reader:
            files.write(path, b"new")
            assert reader.read() == "old é"
        assert path.read_text() == "new"

    def test_a_link_stays_a_link(self, tmp_path):
        (tmp_path / "target").write_text("old")
        (tmp_path / "link").symlink_to("target")
        files.write(tmp_path / "link", "new")
        assert (tmp_path / "link").is_symlink() and (tmp_path / "target").read_text() == "new"

    def test_a_pipe_is_written_into(self, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        received = []
        reader = threading.Thread(target=lambda: received.append((tmp_path / "pipe").read_text()), daemon=True)
        reader.start()
        files.write(tmp_path / "pipe", "content")
        reader.join(10)
        assert received == ["content"] and (tmp_path / "pipe").is_fifo()

    def test_a_folder_in_the_way(self, tmp_path):
        (tmp_path / "report.json").mkdir()
        with pytest.raises(OSError):
            files.write(tmp_path / "report.json", "new")
        assert os.listdir(tmp_path) == ["report.json"]


class TestClearPartials:
    def test_what_killed_processes_left(self, tmp_path):
        kept = [
            "config.yaml",
            "model.keras",
            ".lock",
            ".hidden",
            "seed_1",
            ".model.20251125194530",  # a date and no process number
            "plots/curves.png",
            "checkpoints/epoch_0006",
        ]
        left = [
            f".{DEAD}.model.keras",
            f".{DEAD}.config.yaml",
            f".{os.getpid()}.metrics.json",  # of a process that had this number before
            f"plots/.{DEAD}.curves.png",
            f".config.yaml.{DEAD}",
            f".history.csv.{DEAD}",
            "checkpoints/.epoch_0007",
            f"checkpoints/.{DEAD}.epoch_0008",
        ]
        for name in kept + left:
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            if "epoch" in name:
                path.mkdir()
                path = path / "last.weights.h5"
            path.touch()
        files.clear_partials(tmp_path)
        assert [name for name in kept if not (tmp_path / name).exists()] == []
        assert [name for name in left if (tmp_path / name).exists()] == []

    def test_not_what_another_process_writes(self, tmp_path):
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
            written, older = tmp_path / f".{process.pid}.model.keras", tmp_path / f".{process.pid}.config.yaml"
            written.touch()
            older.touch()
            os.utime(older, (1e9, 1e9))  # begun before that process was: by another one of the same number
            files.clear_partials(tmp_path)
            assert written.exists() and not older.exists()
            process.stdin.close()

    def test_an_empty_folder(self, tmp_path):
        files.clear_partials(tmp_path)
        files.clear_partials(tmp_path / "missing")
