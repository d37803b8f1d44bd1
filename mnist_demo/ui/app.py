"""The wiring: which component of the page, and which HTTP endpoint, calls which function.

Knows gradio. What the functions do is in `handlers`, what people see is in `layout` and `pad`, and how the
server is started and stopped is in `serving`.
"""

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.api_component import Api
from gradio.data_classes import FileData
from gradio.processing_utils import save_bytes_to_cache
from gradio.utils import is_in_or_equal
from gradio_client.utils import is_http_url_like, python_type_to_json_schema

from mnist_demo.classify import ALL
from mnist_demo.pictures import MOST_BYTES
from mnist_demo.ui import handlers, layout
from mnist_demo.ui.fetching import FetchError, fetch
from mnist_demo.ui.services import Services

TITLE = "Handwritten digits"


class PictureFile(Api):
    """An endpoint's argument that is a file: uploaded before the call, or the address of one on the internet."""

    def __init__(self, seconds: float) -> None:
        """Give an address so many seconds to be fetched."""
        self._seconds = seconds
        super().__init__(None, python_type_to_json_schema(FileData), "Picture")

    async def async_move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        """Fetch an address with our limits instead of Gradio's; leave uploaded files to Gradio."""
        if not is_http_url_like(str(url_or_file_path)):
            return await super().async_move_resource_to_block_cache(url_or_file_path)
        try:
            content = await fetch(str(url_or_file_path), MOST_BYTES, self._seconds)
        except FetchError as problem:
            raise _told(problem) from None
        path = save_bytes_to_cache(content, "picture.bin", self.GRADIO_CACHE)
        self.temp_files.add(path)
        return path

    def preprocess(self, payload: Any) -> Path:
        """Return the file's path, which is one that was uploaded or fetched and nothing else of this machine."""
        path = payload.get("path") if isinstance(payload, dict) else None
        if not isinstance(path, str) or not is_in_or_equal(path, self.GRADIO_CACHE):
            raise gr.Error("Send a picture: a file, or the address of one.", print_exception=False)
        return Path(path)


def build_app(services: Services) -> gr.Blocks:
    """Build the page and the HTTP endpoints around the services. Nothing is started yet."""

    def read_ink(payload):  # type: ignore[no-untyped-def]  # gradio looks types up, and strangers send anything
        return handlers.read_ink(services, payload)

    def read_picture(payload):  # type: ignore[no-untyped-def]
        return handlers.read_pad_picture(services, payload)

    def predict(image: Path, model: str = ALL) -> dict[str, Any]:
        """Read the digit in a picture: ten probabilities a model, or {"blank": true} where there is no ink.

        Args:
            image: a picture file, or the address of one on the internet
            model: the name of a model as /models lists them, or "all"
        """
        try:
            return handlers.predict(services, image, model)
        except handlers.EXPECTED as problem:
            raise _told(problem) from None

    def models() -> list[dict[str, Any]]:
        """List every known model: its name, number of parameters, checkpoint, and accuracy on MNIST's test images."""
        return services.classifier.models()

    with gr.Blocks(
        title=TITLE,
        analytics_enabled=False,
        delete_cache=(services.limits.file_seconds, services.limits.file_seconds),
    ) as app:
        layout.build(services.classifier, [read_ink, read_picture])
        gr.on(
            [],
            predict,
            inputs=[PictureFile(services.limits.fetch_seconds), Api(ALL, {"type": "string"}, "Model")],
            outputs=Api(None, {"type": "object"}, "Predictions"),
            api_name="predict",
            concurrency_limit=services.limits.readers,
        )
        gr.api(models, api_name="models", queue=False)
    app.queue(max_size=services.limits.queue_length)
    return app


def _told(problem: Exception) -> gr.Error:
    return gr.Error(str(problem), print_exception=False)
