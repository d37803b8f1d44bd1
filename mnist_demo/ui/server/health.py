"""Whether the server is well, for whatever watches over it: a route that answers once the page does.

Knows what it is told; nothing of models.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


def route(weights: Mapping[str, str]) -> Route:
    """Make the route. weights: each model's name and the SHA-256 of its weights, in hexadecimal."""

    async def answer(_: Request) -> JSONResponse:
        body = {"status": "ready", "weights": dict(weights)}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    return Route("/health", answer, methods=["GET"])
