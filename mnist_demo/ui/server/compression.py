"""Compression of the page and of its scripts on the way to the browser. Knows paths and nothing of contents.

An ASGI middleware. Gradio compresses its own files; weights hardly get smaller, and events must not wait.
"""

from starlette._utils import get_route_path
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class Compression:
    """Compresses answers at the page's own address and below /scripts."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of another ASGI application."""
        self._app = app
        self._compressed = GZipMiddleware(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        path = get_route_path(scope) if scope["type"] == "http" else ""
        app = self._compressed if path == "/" or path.startswith("/scripts/") else self._app
        await app(scope, receive, send)
