"""uvicorn's connections with bounds on what is unfinished: requests and messages that never become whole.

Knows bytes, seconds and uvicorn's two protocols. Knows nothing of what is asked or answered.
"""

import asyncio
from asyncio import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

#: Seconds from a request's first byte to the end of its headers, and from there to the end of its body.
HEADER_SECONDS = 10
BODY_SECONDS = 120

#: Seconds from a WebSocket message's first byte to its last, and the most fragments it may come in.
MESSAGE_SECONDS = 10
MAX_FRAGMENTS = 256

#: Bytes of unfinished messages that are kept for all WebSockets together.
MAX_UNFINISHED = 64_000_000

# Reasons for closing a WebSocket, as numbered in RFC 6455.
_AGAINST_THE_RULES, _BUSY = 1008, 1013


class HttpConnection(HttpToolsProtocol):
    """A connection that is dropped when a request on it takes too long to arrive."""

    _deadline: TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect the first request's headers."""
        super().connection_made(transport)
        self._expect(HEADER_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._expect(None)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Expect the rest of the headers."""
        super().on_message_begin()
        self._expect(HEADER_SECONDS)

    def on_headers_complete(self) -> None:
        """Expect the body."""
        super().on_headers_complete()
        self._expect(BODY_SECONDS)

    def on_message_complete(self) -> None:
        """Expect nothing until the next request."""
        super().on_message_complete()
        self._expect(None)

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to a WebSocketConnection."""
        self._expect(None)
        super().handle_websocket_upgrade()

    def _expect(self, seconds: float | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self.transport.abort) if seconds else None


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket that is closed when a message takes too long, too many fragments, or too much memory."""

    #: Bytes of unfinished messages on all WebSockets of this process.
    unfinished_everywhere = 0

    _unfinished = 0
    _deadline: TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Count what is unfinished once the data is taken apart."""
        super().data_received(data)
        if self.close_sent or self.disconnected:
            self._count(0)
            return
        self._count(sum(map(len, self.frames)) + len(self.conn.reader.buffer))
        if len(self.frames) > MAX_FRAGMENTS:
            self._refuse(_AGAINST_THE_RULES, "That message came in too many fragments.")
        elif WebSocketConnection.unfinished_everywhere > MAX_UNFINISHED:
            self._refuse(_BUSY, "The server is busy right now.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was unfinished."""
        self._count(0)
        super().connection_lost(exc)

    def send_receive_event_to_app(self) -> None:
        """Pass a whole message on; the next one has its own time."""
        self._count(0)
        super().send_receive_event_to_app()

    def handle_cont(self, event: Frame) -> None:
        """Take a fragment, unless there were too many of them."""
        if len(self.frames) <= MAX_FRAGMENTS:
            super().handle_cont(event)

    def _count(self, unfinished: int) -> None:
        WebSocketConnection.unfinished_everywhere += unfinished - self._unfinished
        self._unfinished = unfinished
        if not unfinished and self._deadline:
            self._deadline.cancel()
            self._deadline = None
        elif unfinished and not self._deadline:
            self._deadline = self.loop.call_later(
                MESSAGE_SECONDS, self._refuse, _AGAINST_THE_RULES, "That message took too long to arrive."
            )

    def _refuse(self, code: int, reason: str) -> None:
        self._count(0)
        self.frames = []
        self.conn.send_close(code, reason)
        self.handle_parser_exception()
