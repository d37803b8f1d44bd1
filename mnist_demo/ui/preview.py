"""What the page is called, and how a link to it looks in chats, in search results and among a browser's tabs.

Knows the page's words, picture and icon. Gradio's own tags speak of Gradio, and what it is given as `head` is
put on the page by its scripts, which nobody runs who makes previews: so its answer is rewritten on the way.
"""

import base64
import html
import re
from importlib.resources import files
from string import Template

from gradio.route_utils import get_root_url
from starlette._utils import get_route_path
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TITLE = "Handwritten digits"

_DESCRIPTION = (
    "Draw a digit: a logistic regression, an MLP and two CNNs read it in your browser while the pen moves, "
    "and show how they come to their answers."
)

#: The picture's name, seen from the page, and the picture itself: 1200×630, made by benchmarks/screenshot.py.
PICTURE_NAME = "preview.png"
PICTURE = files(__package__).joinpath(PICTURE_NAME).read_bytes()

#: The tags, and the icon in them, whose own file nobody asks for.
_TAGS = Template(files(__package__).joinpath("preview.html").read_text(encoding="utf-8"))
_ICON = base64.b64encode(files(__package__).joinpath("icon.svg").read_bytes()).decode()

_A_DAY = {"Cache-Control": "public, max-age=86400"}
_GRADIOS_TAGS = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_HEAD = b'<meta charset="utf-8" />'


def tags(page: str) -> str:
    """Return the tags for a page's head. page: its address with a "/" at the end; "" if unknown."""
    return _TAGS.substitute(
        title=TITLE,
        description=_DESCRIPTION,
        page=html.escape(page),
        picture=html.escape(page + PICTURE_NAME),
        icon=f"data:image/svg+xml;base64,{_ICON}",
    )


def route() -> Route:
    """Make the route that serves the picture."""

    async def serve(_: Request) -> Response:
        return Response(PICTURE, media_type="image/png", headers=_A_DAY)

    return Route(f"/{PICTURE_NAME}", serve, methods=["GET"])


class Preview:
    """Puts our tags into the page's head in the place of Gradio's. An ASGI middleware."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        """Stand in front of Gradio. root_path: the page's path or address behind a proxy, or ""."""
        self._app, self._root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on; the page itself gets the tags."""
        if scope["type"] != "http" or get_route_path(scope) != "/":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def send_with_tags(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body", False):
                return
            address = get_root_url(Request(scope), "/", self._root_path) + "/"
            page = _GRADIOS_TAGS.sub(b"", body).replace(_HEAD, _HEAD + tags(address).encode(), 1)
            MutableHeaders(scope=start)["content-length"] = str(len(page))
            await send(start)
            await send({**message, "body": page})

        await self._app(scope, receive, send_with_tags)
