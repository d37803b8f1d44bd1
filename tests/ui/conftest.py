"""The app, launched once with untrained models, and who calls it: plain HTTP and gradio's client."""

import asyncio
from collections.abc import Iterator
from typing import Any

import gradio as gr
import httpx
import pytest
from gradio_client import Client

from mnist_demo.models.classifier import Classifier
from mnist_demo.ui.app import build_app
from mnist_demo.ui.launch import launch_settings
from mnist_demo.ui.services import Services
from tests.conftest import save_untrained


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Every model of the registry, untrained."""
    return Services.of(Classifier.load(save_untrained(tmp_path_factory.mktemp("checkpoints"))))


@pytest.fixture(scope="session")
def app(services: Services) -> Iterator[gr.Blocks]:
    """The page on a free port of this machine."""

    async def launched() -> gr.Blocks:
        # Where no event loop runs, Gradio makes several that nobody closes.
        app = build_app(services)
        app.launch(prevent_thread_lock=True, server_name="127.0.0.1", **launch_settings(services))
        return app

    app = asyncio.run(launched())
    yield app
    app.close(verbose=False)


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
