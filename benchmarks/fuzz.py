"""Requests that no page makes, on every open route: no failure, no trace, no path told, memory bounded.

Starts `app.py` and sends what a seeded generator makes up, from four threads over loopback: JSON of any
shape, pieces of real requests in wrong places, bodies that aren't what they say. Prints a JSON line a figure;
answers of status 5xx are listed by route. An upload's own path is not counted as told: callers send it back.

    python -m benchmarks.fuzz [--seconds N] [--seed N]
"""

import argparse
import json
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.figures import Figures
from benchmarks.processes import ROOT, memory_of, serving
from mnist_demo.ui.server.request_limits import OPEN

_THREADS = 4
_WARM = 20.0  # seconds, after which memory is compared with
_LONGEST = 3.0  # seconds that an answer is read; a stream of events goes on
_WORDS = (
    *("predict", "models", "train", "restore", "prepare", "turned_away", "read_ink", "read_picture", "steer"),
    *("check", "download", "mistakes", "snapshot", "own_models", "own_program", "x", "", "..", "%2e%2e"),
    *("0b5a2f1e-7c3d-4e6f-8a9b-0c1d2e3f4a5b", "gradio.FileData", "/etc/passwd", "logistic", "all", "é", "\0"),
)
_KEYS = (
    *("data", "fn_index", "session_hash", "event_id", "trigger_id", "component_id", "fn_name", "api_name"),
    *("path", "url", "meta", "_type", "visitor", "settings", "order", "run", "kind", "ink", "strokes"),
    *("models", "picture", "width", "points", "event_data", "simple_format", "batched", "label", "answer"),
)
_METHODS = ("GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")
_TEXTS = ("data:image/png;base64,iVBORw0KGgo=", "data:,x", "http://127.0.0.1:9/x", "x" * 5000)
_TELLS = re.compile(rf"Traceback|site-packages|{re.escape(str(ROOT))}|/root/|/home/")


@dataclass
class Counts:
    """What came of the requests of all threads: answers by route and status, and those that tell too much."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)  # 0 where there was none in time
    told: Counter[str] = field(default_factory=Counter)


class Fuzz:
    """What one thread sends."""

    def __init__(self, seed: int, components: list[int]) -> None:
        self._random = random.Random(seed)
        self._components = components

    def request(self) -> tuple[str, str, dict[str, Any]]:
        """Return a route, a method, and what httpx takes besides."""
        route = self._random.choice(list(OPEN))
        path = re.sub(r"\{[^}]*\}", lambda _: self._word() or "x", route)
        method = self._random.choice(
            ["GET", "POST", "POST", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]
        )
        return route, method, {"url": path.lstrip("/"), **self._body(), "params": self._parameters()}

    def _body(self) -> dict[str, Any]:
        kind = self._random.randrange(8)
        if kind == 0:
            return {}
        if kind == 1:
            return {"content": self._random.randbytes(self._random.choice([1, 100, 100_000]))}
        if kind == 2:
            names = self._random.choice(["files", "file", "x"])
            return {"files": {names: (self._word() or "a", self._random.randbytes(200))}}
        if kind == 3:
            header = self._random.choice(["multipart/form-data", "application/json", "text/plain", "x"])
            return {"content": b'{"data": [', "headers": {"Content-Type": header}}
        if kind == 4:
            return {"json": self._call()}
        return {"json": self._value(4)}

    def _call(self) -> dict[str, Any]:
        """Something like what a page sends."""
        call: dict[str, Any] = {
            "component_id": self._random.choice([*self._components, 10**9, "x", None]),
            "fn_name": self._word(),
            "fn_index": self._random.choice([0, 1, 2, 3, 99, -1, None]),
            "session_hash": self._random.choice(["benchmark", "", None, 5]),
            "data": self._random.choice([self._value(3), [self._value(3)], [self._value(2), self._value(2)]]),
        }
        return {key: call[key] for key in call if self._random.random() < 0.85}

    def _value(self, depth: int) -> Any:
        kind = self._random.randrange(9 if depth else 5)
        if kind >= 7:
            return {self._key(): self._value(depth - 1) for _ in range(self._random.randrange(6))}
        if kind >= 5:
            return [self._value(depth - 1) for _ in range(self._random.randrange(5))]
        choices = (
            self._word(),
            self._random.choice([0, 1, -1, 2**53, 2**70, 7]),
            self._random.choice([0.5, -1e308, 1e-9]),
            self._random.choice([True, False, None]),
            self._random.choice(_TEXTS),
        )
        return choices[kind]

    def _word(self) -> str:
        return self._random.choice(_WORDS)

    def _key(self) -> str:
        return self._random.choice(_KEYS)

    def _parameters(self) -> dict[str, str]:
        return {self._key(): self._word() for _ in range(self._random.randrange(3))}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600.0, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    figures, counts = Figures(), Counts()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with serving(["app.py"], {"MNIST_DEMO_ABANDONED_SECONDS": "5"}, log) as (address, pid):
            components = [part["id"] for part in httpx.get(address + "config").json()["components"]]
            until = time.monotonic() + arguments.seconds
            fuzzes = [Fuzz(arguments.seed * _THREADS + index, components) for index in range(_THREADS)]
            threads = [threading.Thread(target=_send, args=(fuzz, address, until, counts)) for fuzz in fuzzes]
            for thread in threads:
                thread.start()
            time.sleep(min(_WARM, arguments.seconds / 3))
            before = memory_of(pid)
            for thread in threads:
                thread.join()
            after = memory_of(pid)
            is_well = httpx.get(address + "health").status_code == 200
        said = log.read_text(errors="replace")
    statuses, told = counts.statuses, counts.told
    found = re.findall(r"^Traceback.*?\n(?=\S)[^\n]*", said, re.MULTILINE | re.DOTALL)
    traces = [trace.splitlines()[-1][:200] for trace in found]
    failures = {f"{route} {status}": count for (route, status), count in statuses.items() if status >= 500}
    figures.say("answers of status 5xx", sum(failures.values()), "answers", "at most", 0, routes=failures)
    figures.say("tracebacks in the log", len(traces), "tracebacks", "at most", 0, last=traces[-3:])
    figures.say(
        "answers that tell a path or a trace", sum(told.values()), "answers", "at most", 0, routes=told
    )
    figures.say("memory: at the end / after the start", after / before, "ratio", "at most", 1.15, bytes=after)
    figures.say("the page is well afterwards", int(is_well), "", "at least", 1)
    by_class = Counter[str]()
    for (_, status), count in statuses.items():
        by_class[f"{status // 100}xx"] += count
    print(json.dumps({"name": "requests", "value": sum(statuses.values()), "answers": by_class}))
    return figures.exit_status


def _send(fuzz: Fuzz, address: str, until: float, counts: Counts) -> None:
    with httpx.Client(base_url=address, timeout=_LONGEST) as http:
        while time.monotonic() < until:
            route, method, options = fuzz.request()
            try:
                with http.stream(method, **options) as answer:
                    counts.statuses[route, answer.status_code] += 1
                    said = _read(answer)
            except (httpx.HTTPError, httpx.InvalidURL):
                counts.statuses[route, 0] += 1  # too slow, or refused before it was read
                continue
            if _TELLS.search(said):
                counts.told[route] += 1


def _read(answer: httpx.Response) -> str:
    """The answer's text; of a stream of events what comes first."""
    if "text/event-stream" in answer.headers.get("content-type", ""):
        return next(answer.iter_text(), "")
    return answer.read().decode(errors="replace") if answer.headers.get("content-type") else ""


if __name__ == "__main__":
    sys.exit(main())
