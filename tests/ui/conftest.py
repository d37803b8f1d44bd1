"""The app, launched once with untrained models, and who calls it: plain HTTP and gradio's client."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from starlette.types import ASGIApp

from mnist_demo.models.classifier import Classifier
from mnist_demo.ui.app import build_app
from mnist_demo.ui.server.listening import address_of
from mnist_demo.ui.server.serving import Server
from mnist_demo.ui.services import Services
from mnist_demo.ui.web import serve
from tests.conftest import save_untrained


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Every model of the registry, untrained."""
    return Services.of(Classifier.load(save_untrained(tmp_path_factory.mktemp("checkpoints"))))


@pytest.fixture(scope="session")
def app(services: Services) -> Iterator[gr.Blocks]:
    """The page on a free port of this machine."""

    async def served() -> tuple[gr.Blocks, Server]:
        # Where no event loop runs, Gradio makes several that nobody closes.
        app = build_app(services)
        return app, serve(app, services, listener)

    listener = socket.create_server(("127.0.0.1", 0))
    app, server = asyncio.run(served())
    app.local_url = address_of(listener)
    app.web = server.application
    yield app
    server.stop()


@pytest.fixture(scope="session")
def web(app: gr.Blocks) -> ASGIApp:
    """What is served, with Gradio's application mounted in it."""
    return app.web


@pytest.fixture(scope="session")
def client(app: gr.Blocks) -> Iterator[Client]:
    client = Client(app.local_url, verbose=False)
    yield client
    client.close()


class Browser:
    """Calls the pad's server functions as its script does: by plain HTTP."""

    def __init__(self, address: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=60)
        components = self.http.get("config").json()["components"]
        (self.pad,) = [
            part["id"] for part in components if "read_ink" in str(part["props"].get("server_fns"))
        ]

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def body(self, function: str, payload: object) -> dict[str, Any]:
        return {"component_id": self.pad, "fn_name": function, "session_hash": "test", "data": payload}

    def predict(self, content: bytes, model: str) -> httpx.Response:
        """Call /predict without gradio's client: send the file, then ask."""
        (path,) = self.http.post("gradio_api/upload", files={"files": ("picture.png", content)}).json()
        picture = {"path": path, "meta": {"_type": "gradio.FileData"}}
        return self.http.post("gradio_api/run/predict", json={"data": [picture, model]})

    def call(self, function: str, payload: object) -> Any:
        answer = self.http.post("gradio_api/component_server", json=self.body(function, payload))
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def browser(app: gr.Blocks) -> Iterator[Browser]:
    with Browser(app.local_url) as browser:
        yield browser
