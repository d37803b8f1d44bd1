"""The limits on requests, in front of Gradio: which routes are open, and how large a body each of them takes.

An ASGI middleware. Knows paths and bytes, and nothing of what is in them.
"""

import json
import logging

from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_demo.ink.pictures import MAX_BYTES

#: Room for what surrounds a picture in a request, and the most any other request may hold, in bytes.
_SMALL = 512 * 1024

#: The routes that the page and the public API use, and the largest body that each takes, in bytes.
OPEN = {
    # the page, with its scripts, styles and pictures
    "/": _SMALL,
    "/config": _SMALL,
    "/theme.css": _SMALL,
    "/gradio_api/theme.css": _SMALL,
    "/scripts/{version}/{module:path}": _SMALL,
    "/weights/{file}": _SMALL,
    "/assets/{path:path}": _SMALL,
    "/static/{path:path}": _SMALL,
    "/svelte/{path:path}": _SMALL,
    "/preview.png": _SMALL,
    "/favicon.ico": _SMALL,
    "/manifest.json": _SMALL,
    "/pwa_icon": _SMALL,
    "/pwa_icon/{size}": _SMALL,
    "/robots.txt": _SMALL,
    "/health": _SMALL,
    "/metrics": _SMALL,
    # its server functions and its events; base64 makes four bytes of three
    "/gradio_api/component_server": MAX_BYTES * 4 // 3 + _SMALL,
    "/gradio_api/queue/join": _SMALL,
    "/gradio_api/queue/data": _SMALL,
    "/gradio_api/heartbeat/{session_hash}": _SMALL,
    "/gradio_api/app_id": _SMALL,  # a page that lost its connection asks whether the server is back
    "/gradio_api/reset": _SMALL,
    "/gradio_api/cancel": _SMALL,
    # the public API, over plain HTTP, gradio's clients and MCP
    "/gradio_api/info": _SMALL,
    "/gradio_api/openapi.json": _SMALL,
    "/gradio_api/upload": MAX_BYTES + _SMALL,
    "/gradio_api/run/{api_name}": _SMALL,
    "/gradio_api/api/{api_name}": _SMALL,
    "/gradio_api/call/{api_name}": _SMALL,
    "/gradio_api/call/v2/{api_name}": _SMALL,
    "/gradio_api/call/{api_name}/{event_id}": _SMALL,
    "/gradio_api/call/v2/{api_name}/{event_id}": _SMALL,
    "/gradio_api/mcp": _SMALL,
    "/gradio_api/mcp/{path:path}": _SMALL,
}

#: Gradio's other routes, which answer as if they weren't there: the page doesn't need them, and many would
#: fetch other hosts' files, serve this one's, or cost disk, processor or connections without a limit.
CLOSED = frozenset(
    {
        "/openapi.json",
        "/login",
        "/logout",
        "/monitoring",
        "/monitoring/summary",
        "/monitoring/{key}",
        "/gradio_api/user",
        "/gradio_api/login_check",
        "/gradio_api/token",
        "/gradio_api/dev/reload",
        "/gradio_api/runs",
        "/gradio_api/deep_link",
        "/gradio_api/startup-events",
        "/gradio_api/custom_component/{id}/{environment}/{type}/{file_name}",
        "/gradio_api/proxy={url_path:path}",
        "/gradio_api/file={path_or_url:path}",
        "/gradio_api/file/{path:path}",
        "/gradio_api/stream/{event_id}",
        "/gradio_api/stream/{event_id}/close",
        "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8",
        "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file",
        "/gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}",
        "/gradio_api/queue/status",
        "/gradio_api/upload_progress",
        "/gradio_api/process_recording",
        "/gradio_api/vibe-edit",
        "/gradio_api/undo-vibe-edit",
        "/gradio_api/vibe-code",
        "/gradio_api/vibe-starter-queries",
    }
)

_PATTERNS = [(compile_path(route)[0], route) for route in OPEN]

#: If the answer is sent before the whole body has arrived, the server would otherwise keep reading the rest.
_CLOSE_CONNECTION = (b"connection", b"close")

_log = logging.getLogger(__name__)


def route_of(path: str) -> str | None:
    """Return the open route that a path belongs to, None where there is none."""
    path = path.rstrip("/") or "/"
    return next((route for pattern, route in _PATTERNS if pattern.match(path)), None)


class RequestLimits:
    """Answers 404 on routes that aren't open, 413 to bodies that are too large, 400 to malformed calls."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of another ASGI application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        route = route_of(path)
        if route is None:
            await refuse(send, 404, "There is nothing here.")
            return
        largest = OPEN[route]
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > largest:
            await refuse(send, 413, f"That is too large: at most {largest / 1e6:.3g} MB can be sent here.")
            return
        expected = announced != b"0" or b"transfer-encoding" in headers
        counted = _Counted(receive, send, largest, expected)
        try:
            await self._app(scope, counted.receive, counted.send)
        except OSError as problem:
            _log.error("%s failed: %s", route, problem)
            if not counted.answered:
                await refuse(send, 507, "The server has no room for this right now.")
        except Exception as problem:
            # Gradio trusts what its own page sends: anything else can raise whatever it likes. What the error
            # says may be what was sent, a drawing or a key.
            _log.warning("%s was sent something malformed: %s", route, type(problem).__name__)
            _log.debug("Where that was", exc_info=True)
            if not counted.answered:
                await refuse(send, 400, "That request isn't one that this server understands.")


class _Counted:
    """One request whose body is counted while it arrives, in case it doesn't announce its length."""

    def __init__(self, receive: Receive, send: Send, most: int, expected: bool) -> None:
        self._receive, self._send, self._left, self._expected = receive, send, most, expected
        self._refused = False
        self._failed: Message | None = (
            None  # the start of an answer of status 500, held back until it says why
        )
        self.answered = False

    async def receive(self) -> Message:
        """Pass the body on until it is too large, then behave as if the sender had gone."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            self._expected = message.get("more_body", False)
            if self._left < 0:
                if not self._refused:
                    self._refused = True
                    await refuse(self._send, 413, "That is too large.")
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on, unless the refusal has already been one."""
        self.answered = True
        if message["type"] == "http.response.start" and message["status"] == 500:
            self._failed = message
            return
        if self._failed:
            failed, self._failed = self._failed, None
            if _says_why(message.get("body", b"")):
                failed["status"] = 400
            await self.send_on(failed)
        await self.send_on(message)

    async def send_on(self, message: Message) -> None:
        """Pass it on as it is, with what the connection needs."""
        if message["type"] == "http.response.start" and self._expected:
            message["headers"] = [*message.get("headers", []), _CLOSE_CONNECTION]
        if not self._refused:
            await self._send(message)


def _says_why(body: bytes) -> bool:
    """Whether the body of a failure has a sentence: then it is we who refused what was asked."""
    try:
        said = json.loads(body)
    except ValueError:
        return False
    return isinstance(said, dict) and isinstance(said.get("error"), str)


async def refuse(send: Send, status: int, sentence: str) -> None:
    """Answer with a sentence for people, and close the connection."""
    body = json.dumps({"error": sentence}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        _CLOSE_CONNECTION,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
