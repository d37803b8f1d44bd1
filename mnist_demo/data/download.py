"""Where data sets are kept, and how they get there: files are fetched whole or not at all.

Knows folders and servers; refuses to know what is in a file, beyond its size and its digest.
"""

import contextlib
import errno
import hashlib
import http
import http.client
import logging
import os
import socket
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

_FETCH_TIMEOUT = 20.0  # seconds without a byte before a server counts as out of reach
_ATTEMPTS = 5  # connections that are made for one file
_CHUNK = 1 << 20  # bytes read at a time

_log = logging.getLogger(__name__)


class DataUnavailable(Exception):
    """A data set isn't on disk and can't be fetched; the message says what to put where."""


def directory() -> Path:
    """The folder of the data sets: MNIST_DEMO_DATA, or `data/` in the repository, else in this folder."""
    root = Path(__file__).parents[2]
    here = root if (root / "pyproject.toml").is_file() else Path()
    return Path(os.environ.get("MNIST_DEMO_DATA") or here / "data")


def user_cache() -> Path:
    """The user's own folder for what can be made again, as the XDG base directory specification has it."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "mnist-demo"


@dataclass(frozen=True)
class Download:
    """Files that data sets are made from: where they belong, and where they can be fetched from."""

    folder: str  # below the folder of the data sets
    files: Collection[str]
    mirrors: Callable[[], list[str]]  # addresses, any one of which is enough

    def is_here(self) -> bool:
        """Whether all files are on disk, whatever is in them."""
        return all((directory() / self.folder / name).is_file() for name in self.files)


def content_as_published(path: Path, name: str, algorithm: str, digest: str) -> bytes:
    """The content of a file of the data set of that name, checked by its digest in an algorithm of hashlib.

    Raises DataUnavailable where the digest is another.
    """
    content = path.read_bytes()
    if hashlib.new(algorithm, content, usedforsecurity=False).hexdigest() != digest:
        raise DataUnavailable(
            f"{path} is not {name}'s file as published (its {algorithm.upper()} is not {digest}). "
            "Delete it and it will be fetched again."
        )
    return content


def fetch_file(address: str, target: Path, size: int) -> None:
    """Fetch a file of that many bytes. Where a connection breaks, the next one goes on from there.

    Progress goes to this module's logger, a line for each tenth. Raises OSError where the server refuses or
    breaks off `_ATTEMPTS` times, and ValueError where it has more bytes.
    """
    problem: Exception | None = None
    for _ in range(_ATTEMPTS):
        try:
            _fetch_rest(address, target, size)
        except urllib.error.HTTPError:
            raise
        except (urllib.error.URLError, ConnectionError, TimeoutError, http.client.HTTPException) as error:
            problem = error
        if target.is_file() and target.stat().st_size == size:
            return
    raise OSError(f"{address} broke off before {size:,} bytes had come") from problem


def open_address(address: str, start: int = 0) -> http.client.HTTPResponse:
    """What a server has at an address, from a byte on if it can start there. Raises OSError."""
    request = urllib.request.Request(address, headers={"User-Agent": "mnist-demo"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    response: http.client.HTTPResponse = urllib.request.urlopen(request)
    return response


def _fetch_rest(address: str, target: Path, size: int) -> None:
    """Append what is missing, or all of it where the server can't start in the middle."""
    have = target.stat().st_size if target.is_file() else 0
    with open_address(address, have) as response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0
        with target.open("ab" if have else "wb") as file:
            while chunk := response.read(_CHUNK):
                if have + len(chunk) > size:
                    raise ValueError(f"{address} has more than {size:,} bytes")
                file.write(chunk)
                if (have + len(chunk)) * 10 // size > have * 10 // size:
                    done = (have + len(chunk)) / size
                    _log.info("%s: %.0f%% of %s MB", target.name, 100 * done, f"{size / 1e6:,.0f}")
                have += len(chunk)


@contextlib.contextmanager
def fetching(name: str, folder: str, files: Collection[str], what: str) -> Iterator[Path]:
    """The context in which the files of a data set are fetched, into a temporary folder that it gives.

    The files belong in its subfolder `folder`. When the context ends without an error they are moved into the
    folder of the data sets, so that an incomplete set is never found there; the rest is removed in any case.
    Inside, a server that stays silent for long counts as gone. Turns OSError, RuntimeError and ValueError
    into DataUnavailable, whose message tells people to put `what` into `folder` themselves.
    """
    root = directory()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetched-", dir=root) as partial, _network_timeout():
            fresh = Path(partial, folder)
            fresh.mkdir(parents=True)
            yield Path(partial)
            (root / folder).mkdir(parents=True, exist_ok=True)
            for file in files:
                os.replace(fresh / file, root / folder / file)
    except (OSError, RuntimeError, ValueError) as error:
        remedy = f"Put {what} into {root / folder}, or set MNIST_DEMO_DATA to the folder that holds {folder}."
        raise _not_fetched(name, error, remedy) from error


def _not_fetched(name: str, error: Exception, remedy: str) -> DataUnavailable:
    """Says in a sentence why a data set could not be fetched, then what to do about it, then the details."""
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        reason = "the disk is full"
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR):
        reason = "the folder of the data sets can't be written"
    else:
        reason = "no server delivered all of it"
    details = "; ".join(line.strip(" :") for line in str(error).splitlines() if line.strip())
    return DataUnavailable(
        f"{name} is not on this machine and could not be fetched: {reason}. {remedy} Details: {details}."
    )


@contextlib.contextmanager
def _network_timeout() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_FETCH_TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
