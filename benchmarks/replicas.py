"""Two copies of the page behind nginx, by deploy/nginx.conf: who answers, and what a killed copy costs.

Visitors are addresses of this machine's loopback, 127.0.0.2 and so on. Prints a JSON line a figure: whether
each visitor always reaches the same copy, whether both copies have visitors, and for how many seconds a pen
is without an answer when the copy that it asks is killed while it draws. Needs nginx (on Debian, the
package `nginx-light`).

    python -m benchmarks.replicas
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.figures import Figures
from benchmarks.processes import ROOT, free_port, serving

_VISITORS = 12
_ASKED = 5  # times by each visitor
_MAX_SECONDS_WITHOUT_ANSWER = 2.0
_DRAWN_FOR = 6.0  # seconds
_STROKES = [{"points": [0.3, 0.2, 0.7, 0.2, 0.45, 0.85], "width": 0.06}]


def configuration(addresses: list[str], port: int, folder: Path) -> str:
    """deploy/nginx.conf for copies at these addresses, into a folder, telling which copy answered."""
    text = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    (server,) = re.findall(r"server page:7860 (.*);", text)
    copies = "\n".join(f"server {address} {server};" for address in addresses)
    text = text.replace(f"server page:7860 {server};", copies).replace(
        "listen 80;", f"listen 127.0.0.1:{port};"
    )
    text = text.replace("/dev/stdout", str(folder / "access")).replace("/dev/stderr", str(folder / "errors"))
    text = text.replace("proxy_buffering", "add_header X-Copy $upstream_addr; proxy_buffering")
    return text.replace("/tmp/nginx.pid", str(folder / "pid"))


@contextmanager
def proxied(addresses: list[str]) -> Iterator[str]:
    """Run nginx in front of the copies until the block ends; give its address."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "nginx.conf").write_text(configuration(addresses, port, folder), encoding="utf-8")
        command = [
            "nginx",
            "-e",
            str(folder / "errors"),
            "-c",
            str(folder / "nginx.conf"),
            "-g",
            "daemon off;",
        ]
        process = subprocess.Popen(command)
        try:
            time.sleep(0.5)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait()


def visitor(number: int) -> httpx.Client:
    """A client with a loopback address of its own."""
    return httpx.Client(transport=httpx.HTTPTransport(local_address=f"127.0.0.{number + 2}"), timeout=5)


def read(client: httpx.Client, page: str, function: dict[str, object]) -> bool:
    """Ask for a drawing's answer as the pad does without a WebSocket; return whether it came."""
    payload = {"ink": 1, "models": "all", "strokes": _STROKES, "visitor": None}
    try:
        answer = client.post(f"{page}gradio_api/component_server", json={**function, "data": payload})
        return answer.status_code == 200 and "probabilities" in answer.text
    except httpx.HTTPError:
        return False


def reader_of(client: httpx.Client, page: str) -> dict[str, object]:
    """What the pad's server function is called on the page."""
    config = client.get(f"{page}config").json()
    pad = next(each for each in config["components"] if "read_ink" in str(each["props"].get("server_fns")))
    return {"component_id": pad["id"], "fn_name": "read_ink", "session_hash": "benchmark"}


def main() -> int:
    if not shutil.which("nginx"):
        print("nginx isn't installed: on Debian, apt-get install nginx-light", file=sys.stderr)
        return 2
    figures = Figures()
    servers = {"MNIST_DEMO_ANSWERS": "server"}
    with serving(["app.py"], servers) as (first, one), serving(["app.py"], servers) as (second, other):
        addresses = [address.removeprefix("http://").rstrip("/") for address in (first, second)]
        with proxied(addresses) as page:
            clients = [visitor(number) for number in range(_VISITORS)]
            reached = [
                {client.get(f"{page}health").headers["x-copy"] for _ in range(_ASKED)} for client in clients
            ]
            figures.say("copies that a visitor reaches", max(map(len, reached)), "copies", "at most", 1)
            figures.say("copies with visitors", len(set.union(*reached)), "copies", "at least", 2)
            own = reached[0].pop()
            function = reader_of(clients[0], page)
            gaps = _gaps(clients[0], page, function, {addresses[0]: one, addresses[1]: other}[own])
            figures.say(
                "pen without an answer when its copy is killed",
                max(gaps),
                "s",
                "at most",
                _MAX_SECONDS_WITHOUT_ANSWER,
                answers=len(gaps),
            )
    return figures.exit_status


def _gaps(client: httpx.Client, page: str, function: dict[str, object], pid: int) -> list[float]:
    """Draw for some seconds, in the midst of which a process is killed; the seconds between two answers."""
    killing = threading.Timer(_DRAWN_FOR / 2, os.kill, (pid, signal.SIGKILL))
    killing.start()
    gaps, last, end = [], time.monotonic(), time.monotonic() + _DRAWN_FOR
    while time.monotonic() < end:
        if read(client, page, function):
            gaps.append(time.monotonic() - last)
            last = time.monotonic()
        time.sleep(0.02)
    killing.join()
    return [*gaps, time.monotonic() - last]


if __name__ == "__main__":
    sys.exit(main())
