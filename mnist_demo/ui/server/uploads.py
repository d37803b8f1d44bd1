"""The room that uploads take: a bound for all together, one for each address, an end to what is left behind.

An ASGI middleware. Gradio deletes files by their age, but lets any number of them come before that, and keeps
their folders. Knows files and bytes; nothing of what is in them.
"""

import os
import time
from pathlib import Path

from starlette.datastructures import Address
from starlette.types import ASGIApp, Receive, Scope, Send

from mnist_demo.ui.server.admission import Admission
from mnist_demo.ui.server.forwarding import address_of
from mnist_demo.ui.server.request_limits import OPEN, refuse

_ROUTE = "/gradio_api/upload"


class UploadLimit:
    """Refuses uploads that there is no room for."""

    def __init__(self, app: ASGIApp, folder: Path, most_bytes: int, most_each: int, seconds: float) -> None:
        """Stand in front of another ASGI application that keeps uploads in `folder`.

        All files together have at most `most_bytes`, and of one address at most `most_each` arrive at once.
        An empty folder is removed after `seconds`.
        """
        self._app = app
        self._folder, self._most_bytes, self._seconds = folder, most_bytes, seconds
        self._most_each, self._arriving = most_each, Admission(most_each)
        self._expected = 0  # bytes of what is arriving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on, or refuse it."""
        if scope["type"] != "http" or scope["path"].rstrip("/") != _ROUTE:
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        address = address_of(Address(*client)) if client else None
        with self._arriving.admit(address) as is_admitted:
            if is_admitted:
                await self._take(scope, receive, send)
            else:
                sentence = f"From your network {self._most_each} files are arriving, as many as may."
                await refuse(send, 429, sentence)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an upload on if there is room for it."""
        # who doesn't say how much it is may send as much as the route takes
        size = int(dict(scope["headers"]).get(b"content-length", OPEN[_ROUTE]))
        if self._sweep() + self._expected + size > self._most_bytes:
            sentence = "The server has no room for another file right now. Please try again later."
            await refuse(send, 507, sentence)
            return
        self._expected += size
        try:
            await self._app(scope, receive, send)
        finally:
            self._expected -= size

    def _sweep(self) -> int:
        """Remove the folders that were left empty; return the bytes of all files."""
        total, before = 0, time.time() - self._seconds
        for path, _, names in os.walk(self._folder, topdown=False):
            for name in names:
                try:
                    total += os.stat(os.path.join(path, name)).st_size
                except OSError:
                    continue  # deleted meanwhile
            try:
                if Path(path) != self._folder and os.stat(path).st_mtime < before:
                    os.rmdir(path)
            except OSError:
                continue  # it isn't empty
        return total
