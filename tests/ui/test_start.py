"""`python app.py` as people and hosts start and stop it, with good, bad and no checkpoints."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from mnist_demo.models.classifier import Classifier
from mnist_demo.models.modules import MODELS
from mnist_demo.ui import launch, web
from mnist_demo.ui.server import listening
from mnist_demo.ui.server.limits import Limits
from tests.ui.conftest import Browser
from tests.ui.material import GOOD, drawing

ROOT = Path(__file__).parents[2]


class Started:
    """The app in a process of its own, from a copy of the project."""

    def __init__(self, root: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=root,
            env={**os.environ, "GRADIO_SERVER_PORT": "20000", "GRADIO_NUM_PORTS": "9999", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def said_at_start(self) -> str:
        """What stderr says until the page is served, and where that is."""
        said = ""
        for line in self.process.stderr:
            said += line
            if found := re.fullmatch(r"The sketchpad is at (http://.*/)\n", line):
                self.address = found[1]
                return said
        raise AssertionError(f"The app did not start:\n{said}")

    def stopped_by(self, told: signal.Signals) -> tuple[int, str]:
        """The exit status, and what it said to the end."""
        self.process.send_signal(told)
        said, more = self.process.communicate(timeout=20)
        return self.process.returncode, said + more


@pytest.fixture
def start(tmp_path, fresh_checkpoints):
    """Starts a copy of the app whose checkpoints lie beside it; ends it after the test."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "mnist_demo", root / "mnist_demo", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", root)
    shutil.copytree(fresh_checkpoints, root / "checkpoints")
    running: list[Started] = []

    def start(**environment: str) -> Started:
        running.append(Started(root, **environment))
        return running[-1]

    start.checkpoints = root / "checkpoints"
    yield start
    for started in running:
        started.process.kill()
        started.process.communicate()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_and_stops_cleanly_with_a_page_open(start, told):
    app = start()
    assert "could not" not in app.said_at_start()
    page = httpx.get(app.address)
    assert page.status_code == 200
    with (
        httpx.stream("GET", f"{app.address}gradio_api/heartbeat/test", timeout=20) as heartbeat,
        connect(app.address.replace("http", "ws") + "websocket") as websocket,
    ):
        assert heartbeat.status_code == 200
        websocket.send(json.dumps(drawing(3)))
        assert json.loads(websocket.recv(timeout=20))["ink"] == 3
        status, said = app.stopped_by(told)
    assert (status, said) == (0, "")


def test_it_starts_with_the_models_that_load_and_says_which_did_not(start):
    (start.checkpoints / "mlp.safetensors").write_bytes(b"not weights")
    (start.checkpoints / "cnn.json").write_text("{")
    app = start()
    said = app.said_at_start()
    assert "MLP could not be loaded" in said
    assert "CNN could not be loaded" in said
    with Browser(app.address) as browser:
        answer = browser.call("read_ink", drawing())
    assert list(answer["answers"]) == ["logistic", "cnn-tiny"]
    page = httpx.get(f"{app.address}config").text
    assert "MLP could not be loaded" in page
    assert "CNN could not be loaded" in page


def test_with_no_model_at_all_the_page_still_comes(start):
    shutil.rmtree(start.checkpoints)
    app = start()
    said = app.said_at_start()
    assert said.count("could not be loaded") == len(MODELS)
    assert httpx.get(app.address).status_code == 200
    with Browser(app.address) as browser:
        assert "No model could be loaded" in browser.call("read_ink", drawing())["error"]
        assert "No model could be loaded" in browser.predict(GOOD["gray"], "all").json()["error"]
        (lines,) = browser.http.post("gradio_api/run/models", json={"data": []}).json()["data"]
    assert {line["checkpoint"] for line in lines} == {None}


def test_a_limit_that_makes_no_sense_stops_the_start_with_its_name(start):
    app = start(MNIST_DEMO_READERS="none")
    _, said = app.process.communicate(timeout=60)
    assert app.process.returncode == 2
    assert said == "MNIST_DEMO_READERS must be a whole number of at least 1, not 'none'.\n"


@pytest.mark.parametrize(
    ("environment", "status", "said"),
    [
        ({"GRADIO_SERVER_PORT": "many"}, 1, "GRADIO_SERVER_PORT must be a whole number from 1 to 65535"),
        ({"GRADIO_SERVER_NAME": "192.0.2.1"}, 1, "The server can't listen on any port from"),
        ({"GRADIO_SERVER_NAME": "no such name"}, 1, "which isn't an address of this machine"),
        ({"GRADIO_NUM_PORTS": "1", "GRADIO_SERVER_PORT": "BUSY"}, 1, "The server can't listen on port"),
        ({"TMPDIR": "FULL"}, 1, "No folder for uploads can be made"),
    ],
)
def test_what_prevents_a_start_is_reported_in_one_line(
    monkeypatch, capsys, tmp_path, environment, status, said
):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(launch.signal, "signal", lambda *_: None)
    monkeypatch.setattr(web, "run", None)  # nothing is loaded for a start that can't succeed
    with socket.create_server(("127.0.0.1", 0)) as busy:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.replace("BUSY", str(busy.getsockname()[1])))
        if "TMPDIR" in environment:
            monkeypatch.setattr(launch.tempfile, "TemporaryDirectory", full)
        assert launch.main() == status
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize("name", ["::1", "[::1]", "localhost"])
def test_it_listens_on_ipv6_and_names(name):
    with listening.listen({"GRADIO_SERVER_NAME": name}) as listener:
        assert re.fullmatch(r"http://(\[::1\]|127\.0\.0\.1):\d+/", listening.address_of(listener))


def test_a_busy_port_leads_to_the_next(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with listening.listen({"GRADIO_SERVER_PORT": str(port)}) as listener:
            assert listener.getsockname()[1] > port


def test_it_starts_where_others_environments_are_in_the_way(start, tmp_path):
    """A temporary folder in which Gradio's is somebody else's, a proxy for everything, an IPv6 address."""
    (tmp_path / "gradio").write_text("not a folder, as one of somebody else's is not for us")
    proxies = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    app = start(GRADIO_SERVER_NAME="::1", TMPDIR=str(tmp_path), **proxies)
    app.said_at_start()
    assert app.address.startswith("http://[::1]:")
    with Browser(app.address) as browser:
        assert "predictions" in browser.predict(GOOD["gray"], "all").text
    status, said = app.stopped_by(signal.SIGTERM)
    assert (status, said) == (0, "")
    assert list(tmp_path.glob("mnist-demo-*")) == []


def test_every_model_has_answered_before_the_page_is_there(monkeypatch):
    class Built(Exception):
        pass

    def build_app(_: object) -> None:
        raise Built

    asked: list[str] = []
    answer = Classifier.probabilities

    def noted(self: Classifier, digits: object, name: str) -> object:
        asked.append(name)
        return answer(self, digits, name)

    monkeypatch.setattr(Classifier, "probabilities", noted)
    monkeypatch.setattr(web, "build_app", build_app)
    monkeypatch.setattr(web.torch, "set_num_threads", lambda _: None)
    monkeypatch.setattr(web.sys, "setswitchinterval", lambda _: None)
    with pytest.raises(Built):
        web.run(Limits(), None, None)
    assert asked == list(Classifier.load().cards)
