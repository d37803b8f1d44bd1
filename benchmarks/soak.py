"""A long day on one host: pens, pictures, runs that are started, stopped and abandoned; nothing may pile up.

Starts `app.py` and keeps it busy over loopback: two pens draw on the wire, pictures are sent, and visitor
after visitor trains for a while, of whom every second one goes away without a word. At the end all leave, and
what is still there is counted. Prints a JSON line a figure.

    python -m benchmarks.soak [--seconds N]
"""

import argparse
import base64
import contextlib
import io
import json
import os
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
from gradio_client import Client
from PIL import Image, ImageDraw
from websockets.sync.client import connect

from benchmarks.figures import Figures
from benchmarks.processes import children_of, memory_of, serving

_COMPARED_FROM = 300.0  # seconds: until then caches fill
_ABANDONED = 5  # seconds
_TRAINS = 8.0  # seconds
_LEAVES = 20.0  # seconds in which what was abandoned has to be gone
_PAUSE = 0.1  # seconds between two drawings of a pen, and ten times that between two pictures


class Visits:
    """What the visitors do until they are told to leave; each method is one of them."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_over = threading.Event()
        self.counts = {"drawings": 0, "pictures": 0, "runs stopped": 0, "runs abandoned": 0}
        parts = httpx.get(address + "config").json()["components"]
        self._components = {
            function: part["id"] for part in parts for function in part["props"].get("server_fns", [])
        }

    def ask(self, function: str, payload: object) -> httpx.Response:
        """Call one of the page's server functions."""
        body = {
            "component_id": self._components[function],
            "fn_name": function,
            "session_hash": "soak",
            "data": payload,
        }
        return httpx.post(self.address + "gradio_api/component_server", json=body, timeout=30)

    def draw(self) -> None:
        """A pen; its page is opened anew now and then."""
        while not self.is_over.is_set():
            with connect(self.address.replace("http", "ws") + "websocket") as socket:
                for index in range(200):
                    points = [0.3, 0.2, 0.3 + index / 500, 0.2 + index / 400, 0.45, 0.85]
                    question = {"ink": 1, "models": "all", "strokes": [{"points": points, "width": 0.06}]}
                    socket.send(json.dumps(question))
                    assert "answers" in json.loads(socket.recv())
                    self.counts["drawings"] += 1
                    if self.is_over.wait(_PAUSE):
                        return

    def send_pictures(self) -> None:
        """Somebody who tries their photographs, on the pad and by the endpoint."""
        photograph = Image.new("RGB", (1200, 900), (230, 226, 214))
        ImageDraw.Draw(photograph).line([(400, 200), (800, 200), (600, 700)], fill=(30, 30, 60), width=40)
        content = io.BytesIO()
        photograph.save(content, "PNG")
        address = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
        while not self.is_over.wait(10 * _PAUSE):
            assert "picture" in self.ask("read_picture", {"picture": address}).json()
            files = {"files": (f"{uuid.uuid4()}.png", content.getvalue())}
            (path,) = httpx.post(self.address + "gradio_api/upload", files=files, timeout=30).json()
            picture = {"path": path, "meta": {"_type": "gradio.FileData"}}
            read = {"data": [picture, "cnn"]}
            assert httpx.post(self.address + "gradio_api/run/predict", json=read, timeout=30).is_success
            self.counts["pictures"] += 2

    def train(self) -> None:
        """Visitor after visitor: one stops their run and looks at it, the next one goes away."""
        while not self.is_over.is_set():
            for leaves in (False, True):
                visitor = str(uuid.uuid4())
                client = Client(self.address, verbose=False)
                settings = {"recipe": "logistic-sgd", "epochs": 100}
                job = client.submit({"visitor": visitor, "settings": settings}, api_name="/train")
                until = time.monotonic() + _TRAINS
                while time.monotonic() < until and not self.is_over.is_set():
                    self.ask("snapshot", {"visitor": visitor})
                    time.sleep(0.5)
                if leaves:
                    self.counts["runs abandoned"] += 1
                else:
                    self.ask("steer", {"visitor": visitor, "order": "stop"})
                    job.result()
                    self.ask("download", {"visitor": visitor, "run": 1, "kind": "report"})
                    self.counts["runs stopped"] += 1
                client.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=1800.0, metavar="N")
    seconds = parser.parse_args().seconds
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        variables = {
            "MNIST_DEMO_ABANDONED_SECONDS": str(_ABANDONED),
            "MNIST_DEMO_FILE_SECONDS": "10",
            "GRADIO_TEMP_DIR": folder,
        }
        log = Path(folder).with_suffix(".log")
        with serving(["app.py"], variables, log) as (address, pid):
            time.sleep(_LEAVES)  # the worker that is kept warm, and the measurement of the host, are done
            processes, sockets = len(children_of(pid)), _sockets_of(pid)
            visits = Visits(address)
            problems: list[BaseException] = []
            visitors = [visits.draw, visits.draw, visits.send_pictures, visits.train]
            threads = [threading.Thread(target=_until_it_fails, args=(each, problems)) for each in visitors]
            for thread in threads:
                thread.start()
            time.sleep(min(_COMPARED_FROM, seconds / 3))
            before = memory_of(pid)
            time.sleep(max(0.0, seconds - min(_COMPARED_FROM, seconds / 3)))
            after = memory_of(pid)
            visits.is_over.set()
            for thread in threads:
                thread.join()
            time.sleep(_LEAVES)
            left = {
                "processes": max(0, len(children_of(pid)) - processes),
                "sockets": max(0, _sockets_of(pid) - sockets),
                "files": sum(len(names) for _, _, names in os.walk(folder)),
            }
        said = log.read_text(errors="replace")
        log.unlink()
    figures.say("memory: at the end / at first", after / before, "ratio", "at most", 1.1, bytes=after)
    for what, count in left.items():
        figures.say(f"{what} left behind", count, what, "at most", 0)
    figures.say(
        "visitors who were let down", len(problems), "", "at most", 0, problems=[*map(repr, problems)]
    )
    figures.say("tracebacks in the log", said.count("Traceback"), "tracebacks", "at most", 0)
    print(json.dumps({"name": "what they did", "value": seconds, "unit": "s", **visits.counts}))
    return figures.exit_status


def _until_it_fails(visit: Callable[[], None], problems: list[BaseException]) -> None:
    try:
        visit()
    except Exception as problem:
        problems.append(problem)


def _sockets_of(pid: int) -> int:
    """How many sockets a process holds."""
    count = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            count += os.readlink(link).startswith("socket:")
    return count


if __name__ == "__main__":
    sys.exit(main())
