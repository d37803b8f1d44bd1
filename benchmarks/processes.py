"""Servers in processes of their own: started on a free port of this machine, waited for, and stopped.

Knows processes and ports. Knows nothing of what is served.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Seconds that a server may take until its page is there.
_STARTS_WITHIN = 120


@contextmanager
def served(command: Sequence[str], **variables: str) -> Iterator[str]:
    """Run `python COMMAND` until the block ends; give the address of its page once that answers."""
    with serving(command, variables) as (address, _):
        yield address


@contextmanager
def serving(
    command: Sequence[str], variables: Mapping[str, str], log: Path | None = None
) -> Iterator[tuple[str, int]]:
    """Do as `served`, with more variables in the environment; give the process's number too.

    log: the file that takes what the process says; without one that is lost.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    environment = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    with open(log or os.devnull, "wb") as said:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**os.environ, **environment, **variables},
            stdout=said,
            stderr=said,
        )
    try:
        _wait_for(port, process)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return a port of this machine that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_of(pid: int) -> int:
    """Return how many bytes of memory a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def children_of(pid: int) -> set[int]:
    """Return the processes that a process has started, and those that these have, by number."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # the command's name, in brackets, may hold anything
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended
    found, newest = set[int](), {pid}
    while newest:
        newest = {child for child, parent in parents.items() if parent in newest}
        found |= newest
    return found


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return as soon as the first page was served whole.

    By a bare socket: an HTTP library's own costs would be counted as the server's.
    """
    last = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < last:
        if process.poll() is not None:
            raise SystemExit(f"{process.args!r} ended with status {process.returncode}.")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                answer = b"".join(iter(lambda: connection.recv(65536), b""))
            if answer.startswith(b"HTTP/1.1 200 "):
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise SystemExit(f"{process.args!r} served no page within {_STARTS_WITHIN} seconds.")
