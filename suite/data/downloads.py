"""Downloads files with checksum, progress and resume, and unpacks archives safely.

pooch verifies checksums too, but begins an interrupted download again from its first byte.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from suite.console.log import LOG
from suite.console.progress import progress
from suite.data import cache
from suite.errors import InputError
from suite.files import clear_partials, locked, replacing

_CHUNK = 1 << 20
_TIMEOUT = 60  # seconds without a byte


@dataclass(frozen=True)
class Asset:
    """A file to download once.

    Args:
        url: Its address.
        sha256: Its checksum; "" where none is known: then the file is taken as the server gives it, in one go, and its
            reader must check it.
        name: Its name in the cache.
        md5: Its checksum where its publisher states no SHA-256.
    """

    url: str
    sha256: str = ""
    name: str = ""
    md5: str = ""

    @property
    def checksum(self) -> tuple[str, str]:
        """The algorithm of hashlib, and the digest that it must give."""
        return ("sha256", self.sha256) if self.sha256 or not self.md5 else ("md5", self.md5)


def fetch(asset: Asset) -> Path:
    """The asset's file in the cache, downloaded if it is not there.

    An interrupted download is resumed. No file gets its name in the cache before its checksum is verified. Of two
    processes that need the same file, one downloads it and the other waits.

    Raises:
        InputError: The server cannot be reached, refuses or stops, or the file has another checksum.
    """
    path = cache.folder() / asset.name
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    busy = f"another process is downloading {asset.name}; waiting for it"
    with locked(path.parent, busy, f".{path.name}.lock", wait=True):
        if not path.exists():
            _download_verified(asset, path)
    return path


def unpack(archive: Path, folder: Path) -> Path:
    """Unpacks a .tar.gz or .zip into a folder, which appears whole or not at all.

    Args:
        archive: The archive. It may come from anywhere: links are refused, and names that lead out of the folder.
        folder: The folder to make; where it exists, nothing is done.

    Raises:
        InputError: The archive is truncated, damaged, empty, or no archive, or has a member that is refused.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    busy = f"another process is unpacking {archive.name}; waiting for it"
    with locked(folder.parent, busy, f".{folder.name}.lock", wait=True):
        if not folder.is_dir():
            clear_partials(folder.parent)  # a data set that a killed process left half unpacked is large
            LOG.info("unpacking %s", archive.name)
            with replacing(folder) as partial:
                _extract(archive, partial)
    return folder


def _extract(archive: Path, folder: Path) -> None:
    try:
        if zipfile.is_zipfile(archive):
            _unzip(archive, folder)
        else:
            with tarfile.open(archive) as members:
                members.extractall(folder, filter=_safe)
    except InputError:
        raise
    except tarfile.FilterError as error:
        raise _unsafe(archive, str(error)) from None
    except Exception as error:  # the readers raise a dozen kinds on damaged bytes, few of them documented
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # a full disk is not the archive's fault; a place before the file's beginning (EINVAL) is
        raise InputError(
            f"{archive}: truncated, damaged or no archive ({str(error)[:100]}); {_remedy(archive)}"
        ) from None
    if not folder.is_dir():
        raise InputError(f"{archive}: the archive is empty; {_remedy(archive)}")


def _remedy(archive: Path) -> str:
    """What to do about a damaged archive: one that was fetched here is fetched again, another one is the user's."""
    fetched = archive.resolve().is_relative_to(cache.folder().resolve())
    return "remove it, and it is fetched again" if fetched else "copy it again, or give the unpacked folder"


def _safe(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Python's filter "data", which refuses what leaves the folder, and no links at all.

    Long chains of links lead out of the folder in spite of that filter before Python 3.11.13 (CVE-2025-4517).
    """
    if member.issym() or member.islnk():
        raise tarfile.SpecialFileError(member)
    return tarfile.data_filter(member, folder)


def _unzip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as members:
        for member in members.infolist():
            target = (folder / member.filename).resolve()
            link = stat.S_ISLNK(member.external_attr >> 16)
            if link or not target.is_relative_to(folder.resolve()):
                raise _unsafe(archive, f"{member.filename!r} {'is a link' if link else 'leaves its folder'}")
        members.extractall(folder)


def _unsafe(archive: Path, reason: str) -> InputError:
    return InputError(f"{archive}: unsafe archive: {reason}; nothing was unpacked")


def _download_verified(asset: Asset, path: Path) -> None:
    """Downloads an asset to a path, by way of a partial file that stays if the connection ends."""
    import http.client  # here, as every start of a command would wait for it
    import urllib.error

    partial = path.with_name(f"{path.name}.partial")
    algorithm, expected = asset.checksum
    if not expected:
        partial.unlink(missing_ok=True)  # nothing would tell whether its rest fits
    try:
        _download(asset.url, partial)
    except urllib.error.HTTPError as error:
        raise InputError(f"{asset.url}: the server answers {error.code} {error.reason}; try again later") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise InputError(f"{asset.url}: {reason}; run the command again, it resumes where it stopped") from None
    with partial.open("rb") as file:
        digest = hashlib.file_digest(file, algorithm).hexdigest()
    if not expected:
        LOG.info(f"no checksum of {asset.url} is known; it came with {algorithm} {digest}")
    elif digest != expected:
        partial.unlink()
        raise InputError(f"{asset.url}: this is not the expected file ({algorithm} differs); removed, try again")
    os.replace(partial, path)


def _download(url: str, partial: Path) -> None:
    """Appends what is missing to a partial file."""
    import urllib.error
    import urllib.request

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
        report = progress(f"downloading {url.rpartition('/')[2]}", unit="MB", scale=1e-6)
        with partial.open("ab" if have else "wb") as file:
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                report(have, max(total, have))
    if have < total:
        raise OSError(f"the connection ended after {have / 1e6:.0f} of {total / 1e6:.0f} MB")
