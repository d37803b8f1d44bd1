"""The page's own code in other browsers' engines: Firefox and WebKit, as Debian has them, without a driver.

As a command it serves a page that answers the vectors of `parity` and posts its answers back, opens it in
every browser that is here, and compares. Prints a JSON line a browser; fails where an answer differs or there
is no browser. `make test-engines` installs them first.

    python -m tests.engines
"""

import http.server
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.data import datasets
from mnist_demo.digits import SIDE
from mnist_demo.models.classifier import Classifier
from tests import parity

_ROOT = Path(__file__).parents[1]
_WITHIN = 600  # seconds for one browser
_IMAGES = 2_000  # of MNIST's test images; node answers all of them

_PAGE = """<!doctype html><title>parity</title><script type="module">
import { answerAll } from "/tests/js/parity.js";
const body = (answers) => JSON.stringify(answers);
const send = (answers) => fetch("/answers", { method: "POST", body: body(answers) });
fetch("/vectors").then((answer) => answer.json()).then(answerAll).then(send)
  .catch((error) => send({ error: String(error) }));
</script>"""


def browsers() -> Iterator[tuple[str, list[str]]]:
    """The engines that are here, and how each is started, without its address."""
    if firefox := shutil.which("firefox-esr") or shutil.which("firefox"):
        yield "Firefox", [firefox, "--headless", "--no-remote", "--profile"]
    for folder in sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*")):
        if (mini := folder / "MiniBrowser").is_file():
            yield "WebKitGTK", ["xvfb-run", "-a", str(mini)]
            return


def main() -> int:
    classifier = Classifier.load()
    images = datasets.load_test("mnist").images[:_IMAGES].numpy().reshape(-1, SIDE, SIDE).astype(np.uint8)
    vectors = parity.make(classifier, [*parity.writers(), *parity.hostile()], images)
    found = list(browsers())
    if not found:
        print("No other browser is here: `make test-engines` installs them.", file=sys.stderr)  # noqa: T201
        return 1
    for name, command in found:
        answers = answered(name, command, vectors)
        parity.compare(classifier, vectors, answers)
        times = {model: round(its["milliseconds"], 2) for model, its in answers["models"].items()}
        line = {
            "browser": name,
            "agent": answers["agent"],
            "drawings": len(vectors["drawings"]),
            "images": len(images),
            "digit_ms": round(answers["milliseconds"], 2),
            **times,
        }
        print(json.dumps(line), flush=True)  # noqa: T201
    return 0


def answered(name: str, command: list[str], vectors: dict[str, Any]) -> dict[str, Any]:
    """What a browser makes of the vectors."""
    posted: queue.Queue[dict[str, Any]] = queue.Queue()
    content = json.dumps(vectors).encode()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(_ROOT))

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            made = {"/": (_PAGE.encode(), "text/html"), "/vectors": (content, "application/json")}
            if self.path not in made:
                super().do_GET()
                return
            body, kind = made[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            answers = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()
            posted.put({**answers, "agent": self.headers["User-Agent"]})

    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server,
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        started = [*command, *([profile] if name == "Firefox" else []), address]
        environment = {**os.environ, "HOME": profile, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        browser = subprocess.Popen(
            started,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            answers = posted.get(timeout=_WITHIN)
        finally:
            os.killpg(browser.pid, 15)
            browser.wait()
            server.shutdown()
    if "error" in answers:
        raise SystemExit(f"{name}: {answers['error']}")
    return answers


if __name__ == "__main__":
    sys.exit(main())
