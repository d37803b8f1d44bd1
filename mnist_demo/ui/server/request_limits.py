"""The server's doors, in front of Gradio: how large a request may be, and which of Gradio's routes stay shut.

An ASGI middleware. Knows paths and bytes, and nothing of what is in them.
"""

import json
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_demo.ink.pictures import MAX_BYTES

#: What else may stand around a picture in a request, and the most any other request may hold, in bytes.
_SMALL = 512 * 1024

#: Where the page calls a component's own functions.
_FUNCTIONS = "/gradio_api/component_server"

#: The largest body for each route that takes more than a few words. base64 makes four bytes of three.
_LARGEST = {
    "/gradio_api/upload": MAX_BYTES + _SMALL,
    _FUNCTIONS: MAX_BYTES * 4 // 3 + _SMALL,
}

#: Gradio's routes that this page never uses and that cost disk, processor or network without any limit.
_SHUT = re.compile(r"/gradio_api/(deep_link|process_recording|proxy=|vibe|undo-vibe|stream/)")

#: Where an answer comes before the whole body has, the server would go on reading what nobody wants.
_HANG_UP = (b"connection", b"close")


class RequestLimits:
    """Answers 413 to a body that is too large, before or while it arrives, and 404 at shut routes."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of another ASGI application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _SHUT.match(scope["path"]):
            await _refuse(send, 404, "There is nothing here.")
            return
        path = scope["path"].rstrip("/")
        most = _LARGEST.get(path, _SMALL)
        headers = dict(scope["headers"])
        told = headers.get(b"content-length", b"0")
        if not told.isdigit() or int(told) > most:
            await _refuse(send, 413, f"That is too large: at most {most / 1e6:.3g} MB can be sent here.")
            return
        expected = told != b"0" or b"transfer-encoding" in headers
        counted = _Counted(receive, send, most, expected)
        try:
            await self._app(scope, counted.receive, counted.send)
        except KeyError:
            # Gradio looks a component up by the number that it is sent, whether there is one or not
            if path != _FUNCTIONS or counted.answered:
                raise
            await _refuse(send, 404, "There is nothing of that number on this page.")


class _Counted:
    """One request whose body is counted while it arrives, for those that don't tell its length before."""

    def __init__(self, receive: Receive, send: Send, most: int, expected: bool) -> None:
        self._receive, self._send, self._left, self._expected = receive, send, most, expected
        self._refused = False
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
                    await _refuse(self._send, 413, "That is too large.")
                return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on, unless the refusal has already been one."""
        self.answered = True
        if message["type"] == "http.response.start" and self._expected:
            message["headers"] = [*message.get("headers", []), _HANG_UP]
        if not self._refused:
            await self._send(message)


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"error": sentence}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        _HANG_UP,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
