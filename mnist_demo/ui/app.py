"""The app: the page and the public HTTP endpoints.

Knows gradio. What the endpoints do is in the pad's `handlers`; what is on the page is in `layout`; how the
server is started and stopped is in `launch`.
"""

import sys
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.api_component import Api
from gradio.data_classes import FileData
from gradio.processing_utils import save_bytes_to_cache
from gradio.queueing import Event
from gradio.server_messages import EventMessage
from gradio.utils import is_in_or_equal
from gradio_client.utils import is_http_url_like, python_type_to_json_schema

from mnist_demo.ink.pictures import MAX_BYTES
from mnist_demo.models.classifier import ALL
from mnist_demo.ui import layout
from mnist_demo.ui.pad import handlers
from mnist_demo.ui.preview import TITLE
from mnist_demo.ui.server.fetching import FetchError, fetch
from mnist_demo.ui.services import Services

#: Gradio's queue looks for work every millisecond, which costs 7% of a core while the page is idle. The pad
#: doesn't use the queue, and those who do won't notice a fiftieth of a second.
_QUEUE_SECONDS = 0.02


def build_app(services: Services) -> gr.Blocks:
    """Build the page and the HTTP endpoints around the services. Nothing is started yet."""

    def predict(image: Path, model: str = ALL) -> dict[str, Any]:
        """Read the digit in a picture: ten probabilities a model, or {"blank": true} where there is no ink.

        Args:
            image: a picture file, or the address of one on the internet
            model: the name of a model as /models lists them, or "all"
        """
        try:
            return handlers.predict(services, image, model)
        except handlers.EXPECTED as problem:
            raise _gradio_error(problem) from None

    def models() -> list[dict[str, Any]]:
        """List every known model: its parameters, its checkpoint, its accuracy on MNIST's test images."""
        return services.classifier.models()

    app = gr.Blocks(
        title=TITLE,
        analytics_enabled=False,
        fill_width=True,  # else Gradio narrows the page to one of a few widths
        delete_cache=(services.limits.file_seconds, services.limits.file_seconds),
    )
    with app:
        layout.lay_out(services)
        gr.on(
            [],
            predict,
            inputs=[_picture_argument(services.limits.fetch_seconds), Api(ALL, {"type": "string"}, "Model")],
            outputs=Api(None, {"type": "object"}, "Predictions"),
            api_name="predict",
            concurrency_limit=services.limits.readers,
        )
        gr.events.api(models, api_name="models", queue=False)
    app.queue(max_size=services.limits.queue_length)
    app._queue.sleep_when_free = _QUEUE_SECONDS
    # After each event Gradio would sum up the last ten thousand, for its monitoring, whose routes are closed.
    app._queue.ANAYLTICS_CACHE_FREQUENCY = sys.maxsize
    app._queue.ANALYTICS_MAX_EVENTS = 1
    _drop_messages_to_nobody(app)
    _refuse_files(app)
    _refuse_malformed_inputs(app)
    return app


def _drop_messages_to_nobody(app: gr.Blocks) -> None:
    """Send no messages to callers who have gone: Gradio would log that they have no queue."""
    queue = app._queue
    send = queue.send_message

    def send_to_who_listens(event: Event, message: EventMessage) -> None:
        if event.session_hash in queue.pending_messages_per_session:
            send(event, message)

    queue.send_message = send_to_who_listens  # type: ignore[method-assign, assignment]


def _refuse_files(app: gr.Blocks) -> None:
    """Keep files to /predict: in any event's input, Gradio would fetch what is marked as a file."""

    async def refuse(_: object) -> None:
        raise gr.Error("Only /predict takes a file.", print_exception=False)

    for block in app.blocks.values():
        if not isinstance(block, Api):
            block.async_move_resource_to_block_cache = refuse  # type: ignore[method-assign, assignment]


def _refuse_malformed_inputs(app: gr.Blocks) -> None:
    """Make a sentence of whatever goes wrong with a call's inputs; Gradio would log its trace."""
    preprocess = app.preprocess_data

    async def refusing(*given: Any, **named: Any) -> Any:
        try:
            return await preprocess(*given, **named)
        except gr.Error:
            raise
        except Exception:
            raise gr.Error("These aren't the inputs that this call takes.", print_exception=False) from None

    app.preprocess_data = refusing  # type: ignore[method-assign]


def _picture_argument(seconds: float) -> Api:
    """Make an endpoint's argument that is a file: uploaded before the call, or the address of one."""
    argument = Api(None, python_type_to_json_schema(FileData), "Picture")
    keep_upload = argument.async_move_resource_to_block_cache

    async def keep(path_or_address: str | Path | None) -> str | None:
        if not is_http_url_like(str(path_or_address)):
            return await keep_upload(path_or_address)
        try:
            content = await fetch(str(path_or_address), MAX_BYTES, seconds)
        except FetchError as problem:
            raise _gradio_error(problem) from None
        path: str = save_bytes_to_cache(content, "fetched.picture", argument.GRADIO_CACHE)
        argument.temp_files.add(path)
        return path

    def path_of(payload: Any) -> Path:
        # Only what was uploaded or fetched: Gradio looks at paths of what is marked as a file, not at others.
        path = payload.get("path") if isinstance(payload, dict) else None
        if not isinstance(path, str) or not is_in_or_equal(path, argument.GRADIO_CACHE):
            raise gr.Error("Send a picture: a file, or the address of one.", print_exception=False)
        return Path(path)

    # Not a subclass: of each subclass of a component Gradio writes a stub file into the source folder.
    argument.async_move_resource_to_block_cache = keep  # type: ignore[method-assign, assignment]
    argument.preprocess = path_of  # type: ignore[method-assign]
    return argument


def _gradio_error(problem: Exception) -> gr.Error:
    return gr.Error(str(problem), print_exception=False)
