"""The page's scripts and WebAssembly at addresses that change with their contents.

Each module is served in one file with all that it imports: a browser asks for six files at a time.

Knows files, addresses and caches. Knows nothing of what a module does: a component names its own.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from starlette._utils import get_route_path
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_demo.ui import frontend
from mnist_demo.ui.bundle import bundle
from mnist_demo.ui.server.caching import FOREVER

_HERE = Path(__file__).parent

#: Where they are, seen from the page's own address. Not below /assets, which is Gradio's.
_FOLDER = "scripts"

#: Not a module: what Gradio runs to load a component's module.
_LOAD = "load.js"

#: What a visitor needs first, and how a page asks for it.
_FIRST = MappingProxyType(
    {
        "pad/main.js": "modulepreload",
        "header.js": "modulepreload",
        "pad/engine/operations.wasm": "preload; as=fetch; crossorigin",
    }
)

_TYPES = MappingProxyType({".js": "text/javascript", ".wasm": "application/wasm"})


def _read() -> Mapping[str, bytes]:
    """Return all modules by their paths below this folder."""
    paths = sorted(path for kind in _TYPES for path in _HERE.rglob(f"*{kind}"))
    found = {path.relative_to(_HERE).as_posix(): path for path in paths}
    contents = {name: path.read_bytes() for name, path in found.items() if name != _LOAD}
    sources = {name: content.decode() for name, content in contents.items() if name.endswith(".js")}
    bundles = {name: bundle(name, sources).encode() for name in sources}
    return MappingProxyType({**contents, **bundles})


_MODULES = _read()

#: One for all: a module finds the WebAssembly beside it.
_VERSION = hashlib.sha256(repr(sorted(_MODULES.items())).encode()).hexdigest()[:16]


def loading(module: str) -> str:
    """Return the `js_on_load` of a component: load this module and call what it exports as `mount`.

    module: its path below this folder, such as "pad/main.js". Raises KeyError where there is none.
    """
    return (_HERE / _LOAD).read_text(encoding="utf-8").replace("@module", address_of(module))


def address_of(module: str) -> str:
    """Return where a module is, seen from the page. Raises KeyError where there is none."""
    _MODULES[module]
    return f"{_FOLDER}/{_VERSION}/{module}"


def files(*names: str) -> dict[str, bytes]:
    """Return some of the files by their addresses, for a page of plain files. Raises KeyError as above."""
    return {address_of(name): _MODULES[name] for name in names}


def route() -> Route:
    """Make the route that serves the modules."""

    async def serve(request: Request) -> Response:
        content = _MODULES.get(request.path_params["module"])
        if content is None or request.path_params["version"] != _VERSION:
            return Response(status_code=404)
        media_type = _TYPES[PurePosixPath(request.path_params["module"]).suffix]
        return Response(content, media_type=media_type, headers=FOREVER)

    return Route(f"/{_FOLDER}/{{version}}/{{module:path}}", serve, methods=["GET"])


class Preload:
    """Names what the pad needs in the page's header `Link`, so that a browser fetches it while Gradio starts.

    An ASGI middleware. What launch takes as `head` comes too late: Gradio's own scripts put it on the page.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Stand in front of another ASGI application."""
        self._app = app
        ours = [f"<{address_of(name)}>; rel={relation}" for name, relation in _FIRST.items()]
        self._link = ", ".join([*ours, *frontend.preloads()])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on; answers at the page's address get the header."""
        if scope["type"] != "http" or get_route_path(scope) != "/":
            await self._app(scope, receive, send)
            return

        async def send_with_link(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Link"] = self._link
            await send(message)

        await self._app(scope, receive, send_with_link)
