"""Files from elsewhere: downloads with checksum, progress and resume, and archives that stay in their folder."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import tarfile
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from suite.console.progress import progress
from suite.data import cache
from suite.errors import InputError

_CHUNK = 1 << 20
_TIMEOUT = 60  # seconds without a byte


@dataclass(frozen=True)
class Asset:
    """Something to download once.

    Args:
        url: Where it is.
        sha256: Its checksum.
        name: Its name in the cache.
        md5: Its checksum where its publisher states no SHA-256.
    """

    url: str
    sha256: str = ""
    name: str = ""
    md5: str = ""

    @property
    def checksum(self) -> tuple[str, str]:
        """The algorithm and what it must give."""
        return ("sha256", self.sha256) if self.sha256 else ("md5", self.md5)


def fetch(asset: Asset) -> Path:
    """The asset's file in the cache, downloaded if it is not there.

    An interrupted download is gone on with; nothing is in the cache under its name before its checksum is right.

    Raises:
        InputError: The server cannot be reached, refuses or stops, or what came has another checksum.
    """
    path = cache.folder() / asset.name
    if path.exists():
        return path
    partial = path.with_name(f"{asset.name}.partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        _download(asset.url, partial)
    except urllib.error.HTTPError as error:
        raise InputError(f"{asset.url}: the server answers {error.code} {error.reason}; try again later") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"{asset.url}: {reason}; run the command again, it goes on where it stopped") from None
    algorithm, expected = asset.checksum
    if _digest(partial, algorithm) != expected:
        partial.unlink()
        raise InputError(f"{asset.url}: this is not the expected file ({algorithm} differs); removed, try again")
    os.replace(partial, path)
    return path


def unpack(archive: Path, folder: Path) -> Path:
    """Unpacks a .tar.gz or .zip into a folder, which appears whole or not at all.

    Args:
        archive: The archive.
        folder: Where its content is to be; left alone if it is there.

    Raises:
        InputError: It is truncated or no archive, or has a member that would leave the folder.
    """
    if folder.is_dir():
        return folder
    partial = folder.with_name(f".{folder.name}.{os.getpid()}")
    print(f"unpacking {archive.name}")
    try:
        if zipfile.is_zipfile(archive):
            _unzip(archive, partial)
        else:
            with tarfile.open(archive) as members:
                members.extractall(partial, filter="data")  # refuses what leaves the folder: ../, links, devices
        os.replace(partial, folder)
    except tarfile.FilterError as error:
        raise InputError(f"{archive}: unsafe archive: {error}; nothing was unpacked") from None
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno and not isinstance(error, tarfile.TarError):
            raise  # a full disk is not the archive's fault
        raise InputError(f"{archive}: truncated, or no archive ({error}); fetch it again") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def _unzip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            target = (folder / member.filename).resolve()
            if not target.is_relative_to(folder.resolve()) or member.external_attr >> 28 == 0o12:  # a link
                raise InputError(
                    f"{archive}: unsafe archive: {member.filename!r} leaves its folder; nothing was unpacked"
                )
        members.extractall(folder)


def _download(url: str, partial: Path) -> None:
    """Appends what is missing to a partial file."""
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is missing: the checksum decides
            return
        raise
    with answer:
        if answer.status != 206:
            have = 0  # this server does not resume
        total = have + int(answer.headers.get("Content-Length") or 0)
        tell = progress(f"downloading {url.rpartition('/')[2]}", unit="MB", scale=1e-6)
        with partial.open("ab" if have else "wb") as file:
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                tell(have, max(total, have))
    if have < total:
        raise OSError(f"the connection ended after {have / 1e6:.0f} of {total / 1e6:.0f} MB")


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
