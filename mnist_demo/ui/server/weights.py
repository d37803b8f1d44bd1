"""What pages fetch to answer by themselves, weights and exemplars: at addresses that name their contents.

Knows bytes, addresses and caches. Knows nothing of models, nor of what a page does with the bytes.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mnist_demo.ui.server.caching import FOREVER

#: Where they are, seen from the page's own address.
FOLDER = "weights"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a page finds a model's weights, or its exemplars."""

    #: The model's.
    name: str
    #: Seen from the page.
    address: str
    #: What the contents have to be, as in HTML's attribute of that name.
    integrity: str


def _source(name: str, content: bytes, kind: str) -> Source:
    digest = hashlib.sha256(content).digest()
    address = f"{FOLDER}/{name}.{digest.hex()[:16]}.{kind}"
    return Source(name, address, f"sha256-{base64.b64encode(digest).decode()}")


class Weights:
    """The bytes of every model, and of the exemplars of one of them, by address."""

    def __init__(self, weights: Mapping[str, bytes], exemplars: tuple[str, bytes] | None = None) -> None:
        """Keep each model's bytes: name -> bytes; and the exemplars of a model, if there are any."""
        ordered = sorted(weights.items(), key=lambda item: len(item[1]))
        #: Where each model's weights are, the smallest first.
        self.sources = [_source(name, content, "bin") for name, content in ordered]
        #: Where the exemplars are.
        self.exemplars = _source(*exemplars, "exemplars") if exemplars else None
        files = {source.address: weights[source.name] for source in self.sources}
        if self.exemplars and exemplars:
            files[self.exemplars.address] = exemplars[1]
        #: All bytes by their addresses.
        self.files: Mapping[str, bytes] = MappingProxyType(files)

    def route(self) -> Route:
        """Make the route that serves them."""

        async def serve(request: Request) -> Response:
            content = self.files.get(f"{FOLDER}/{request.path_params['file']}")
            if content is None:
                return Response(status_code=404)
            return Response(content, media_type="application/octet-stream", headers=FOREVER)

        return Route(f"/{FOLDER}/{{file}}", serve, methods=["GET"])
