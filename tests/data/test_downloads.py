"""Downloads from a server on the loopback, and archives that would do harm."""

import errno
import hashlib
import http.server
import io
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile
from contextlib import suppress
from typing import ClassVar

import pytest

from suite import files
from suite.data import cache
from suite.data import downloads as assets
from suite.data.downloads import Asset
from suite.errors import InputError

CONTENT = bytes(range(256)) * 20_000  # 5 MB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT at /file.bin, in parts if asked; stops after `stop_after` bytes; 404 elsewhere."""

    stop_after = None
    resumes = True
    requests: ClassVar = []

    def do_GET(self):
        start = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-")
        start = int(start) if self.resumes else 0
        self.requests.append(start)
        if self.path != "/file.bin":
            return self.send_error(404)
        if start >= len(CONTENT):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        end = start + self.stop_after if self.stop_after else len(CONTENT)
        self.wfile.write(CONTENT[start:end])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    monkeypatch.setenv("SUITE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(Handler, "stop_after", None)
    monkeypatch.setattr(Handler, "resumes", True)
    monkeypatch.setattr(Handler, "requests", [])
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/file.bin"
    running.shutdown()
    running.server_close()


def cached():
    return sorted(path.name for path in cache.folder().iterdir())


def test_a_file_is_downloaded_once(server, capsys):
    for _ in range(2):
        assert assets.fetch(Asset(server, SHA256, "file.bin")).read_bytes() == CONTENT
    assert Handler.requests == [0]
    assert "downloading file.bin: 5 of 5 MB" in capsys.readouterr().out


@pytest.mark.parametrize("resumes", [True, False])
def test_an_interrupted_download_goes_on(server, monkeypatch, resumes):
    asset = Asset(server, SHA256, "file.bin")
    monkeypatch.setattr(Handler, "stop_after", 2_000_000)
    with pytest.raises(InputError, match="resumes where it stopped"):
        assets.fetch(asset)
    assert cached() == ["file.bin.partial"]  # not under the name that others trust
    monkeypatch.setattr(Handler, "stop_after", None)
    monkeypatch.setattr(Handler, "resumes", resumes)
    assert assets.fetch(asset).read_bytes() == CONTENT
    assert Handler.requests[-1] == (2_000_000 if resumes else 0)
    assert cached() == ["file.bin"]


def test_a_complete_partial_file_needs_no_byte_more(server):
    cache.folder().mkdir(parents=True)
    (cache.folder() / "file.bin.partial").write_bytes(CONTENT)
    assert assets.fetch(Asset(server, SHA256, "file.bin")).read_bytes() == CONTENT


def test_another_file_never_gets_into_the_cache(server):
    with pytest.raises(InputError, match="not the expected file"):
        assets.fetch(Asset(server, "0" * 64, "file.bin"))
    assert cached() == []


def test_two_processes_download_it_once(server):
    code = f"""if True:
        from suite.console import log
        from suite.data.downloads import Asset, fetch
        log.show()
        fetch(Asset({server!r}, {SHA256!r}, "file.bin"))"""
    cache.folder().mkdir(parents=True)
    with files.locked(cache.folder(), "busy", ".file.bin.lock"):
        second = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert "another process is downloading file.bin" in second.stdout.readline()
        (cache.folder() / "file.bin").write_bytes(CONTENT)
    assert second.communicate()[0] == "" and second.returncode == 0
    assert Handler.requests == [] and cached() == ["file.bin"]


def test_a_server_that_does_not_have_it(server):
    with pytest.raises(InputError, match="404"):
        assets.fetch(Asset(server + "x", SHA256, "file.bin"))
    assert cached() == []


def test_no_server(server):
    with pytest.raises(InputError, match="resumes where it stopped"):
        assets.fetch(Asset("http://127.0.0.1:9/file.bin", SHA256, "file.bin"))


def tar(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            if isinstance(member, str):
                member = tarfile.TarInfo(member)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def link(name, target, kind=tarfile.SYMTYPE):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_an_archive_appears_whole(tmp_path):
    folder = assets.unpack(
        tar(tmp_path / "a.tar.gz", ("yes/a.wav", b"sound"), ("no/b.wav", b"sound")), tmp_path / "out"
    )
    assert (folder / "yes" / "a.wav").read_bytes() == b"sound"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("yes/a.wav", b"sound")
    assert (assets.unpack(tmp_path / "a.zip", tmp_path / "out2") / "yes" / "a.wav").exists()


@pytest.mark.parametrize(
    "members",
    [
        [("yes/a.wav", b"sound"), ("../evil", b"x")],
        [("/evil", b"x"), ("../../evil", b"x")],
        [(link("way", ".."), b""), ("way/evil", b"x")],
        [(link("way", "/etc"), b"")],
        [("yes/a.wav", b"sound"), (link("yes/b.wav", "a.wav"), b"")],  # no links at all
        [("a.wav", b"sound"), (link("b.wav", "a.wav", tarfile.LNKTYPE), b"")],
        [(link("device", "", tarfile.CHRTYPE), b"")],
    ],
)
def test_nothing_leaves_the_folder(tmp_path, members):
    archive = tar(tmp_path / "a.tar.gz", *members)
    with pytest.raises(InputError, match="unsafe archive"):
        assets.unpack(archive, tmp_path / "in" / "out")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a.tar.gz"]


@pytest.mark.parametrize(("name", "mode"), [("../evil", 0o100644), ("/evil", 0o100644), ("way", 0o120777)])
def test_nothing_leaves_the_folder_of_a_zip(tmp_path, name, mode):
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, b"..")
    with pytest.raises(InputError, match="unsafe archive"):
        assets.unpack(tmp_path / "a.zip", tmp_path / "in" / "out")
    assert not (tmp_path / "evil").exists() and not (tmp_path / "in" / "out").exists()


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"no archive", lambda data: b""])
def test_a_damaged_archive_leaves_nothing(tmp_path, damage):
    archive = tar(tmp_path / "a.tar.gz", ("yes/a.wav", bytes(CONTENT)))
    archive.write_bytes(damage(archive.read_bytes()))
    with pytest.raises(InputError, match="truncated, damaged or no archive"):
        assets.unpack(archive, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]


def test_no_damaged_byte_of_a_zip_ends_in_a_traceback(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", b"sound")
    content = path.read_bytes()
    for place, value in enumerate(content):
        for other in {0, 8, 12, 14, 255, value ^ 1} - {value}:
            path.write_bytes(content[:place] + bytes([other]) + content[place + 1 :])
            with suppress(InputError):
                shutil.rmtree(assets.unpack(path, tmp_path / "out"))
            assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_an_empty_archive_is_refused(tmp_path):
    zipfile.ZipFile(tmp_path / "a.zip", "w").close()
    with pytest.raises(InputError, match="empty"):
        assets.unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_not_the_archives_fault(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    archive = tar(tmp_path / "a.tar.gz", ("yes/a.wav", b"sound"))
    monkeypatch.setattr(tarfile.TarFile, "extractall", full)
    with pytest.raises(OSError, match="No space left"):
        assets.unpack(archive, tmp_path / "out")


def test_what_a_killed_process_left_is_cleared(tmp_path):
    (tmp_path / ".999999999.out").mkdir()  # above Linux's largest process number
    assets.unpack(tar(tmp_path / "a.tar.gz", ("yes/a.wav", b"sound")), tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.gz", "out"]
