"""Serves an ASGI application on a socket until it is stopped.

Knows sockets and uvicorn. Knows nothing of what is served. It replaces the server that Gradio would start,
which can't be told how large a WebSocket's message may be, calls itself over HTTP while it starts (through
the environment's proxies, if any), and takes only IPv4 addresses.
"""

import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from mnist_demo.ui.server.connections import HttpConnection, WebSocketConnection

#: Seconds that answers under way get to finish when the server is stopped.
_GRACE = 2


class Server:
    """A uvicorn server in a thread of its own."""

    def __init__(
        self,
        application: ASGIApp,
        listener: socket.socket,
        max_message: int,
        end_streams: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare to serve `application` on a socket that listens.

        A WebSocket's message may have `max_message` bytes. `end_streams` is called in the event loop when
        the server stops, to end the answers that would otherwise never finish.
        """
        self.application = application
        config = uvicorn.Config(
            application,
            log_level="warning",
            http=HttpConnection,
            ws=WebSocketConnection,
            ws_max_size=max_message,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_GRACE,
            proxy_headers=False,  # see `forwarding`
        )
        self._uvicorn = _Uvicorn(config, end_streams)
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)

    def start(self) -> None:
        """Return when connections are accepted. Raises RuntimeError if the application fails to start."""
        self._thread.start()
        while not self._uvicorn.started:
            self._thread.join(0.01)
            if not self._thread.is_alive():
                raise RuntimeError("The application failed to start.")

    def stop(self) -> None:
        """Return when every connection is closed."""
        self._uvicorn.should_exit = True
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        self._uvicorn.run([self._listener])


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)
