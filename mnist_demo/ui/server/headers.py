"""Headers for every answer: what browsers may do with it. Any site may still embed the page, as a Space does.

An ASGI middleware. Knows headers; nothing of what is answered.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}

#: Gradio lets any site that names itself read answers to requests with cookies. There are none, nor shall be.
_NOT_SENT = "Access-Control-Allow-Credentials"


class SecurityHeaders:
    """Adds the headers."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of another ASGI application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                del headers[_NOT_SENT]
            await send(message)

        await self._app(scope, receive, send_with_headers)
