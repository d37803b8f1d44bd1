"""Where data sets lie and how they get there: one folder for all of them, and files fetched into it whole.

Knows folders and servers; refuses to know what is in a file.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_FETCH_TIMEOUT = 20.0  # seconds without a byte before a server counts as out of reach


class DataUnavailable(Exception):
    """A data set is neither on disk nor to be had; the message says what to put where."""


def directory() -> Path:
    """The folder of all data sets: MNIST_DEMO_DATA, or `data/` beside the package."""
    return Path(os.environ.get("MNIST_DEMO_DATA") or Path(__file__).parent.parent / "data")


def cache() -> Path:
    """The folder of the user's own for what can be made again, as the XDG base directories have it."""
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "mnist-demo"


def not_fetched(name: str, error: Exception, remedy: str) -> DataUnavailable:
    """What to raise where a data set could not be fetched: why, in a sentence; what to do; the details."""
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        reason = "the disk is full"
    elif number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR):
        reason = "the folder of the data sets can't be written"
    else:
        reason = "no server that has it gave it whole"
    details = "; ".join(line.strip(" :") for line in str(error).splitlines() if line.strip())
    return DataUnavailable(
        f"{name} is not on this machine and could not be fetched: {reason}. {remedy} Details: {details}."
    )


@contextlib.contextmanager
def network_timeout() -> Iterator[None]:
    """The context in which a server that stays silent is given up."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_FETCH_TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
