"""Metrics for the host in Prometheus's text format: counts, times, and how much is in use.

Only hosts that ask for it have the route. Knows names and numbers; no drawing, visitor or address is told.
"""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_demo.ui.server.request_limits import route_of

PATH = "/metrics"

#: Seconds; a drawing takes some ten milliseconds, and waits for at most a second.
_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """What is counted from the start on."""

    def __init__(self) -> None:
        """Count nothing yet."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "mnist_demo_requests",
            "Requests answered over HTTP",
            ["route", "status"],
            registry=self._registry,
        )
        self._drawings = Counter(
            "mnist_demo_drawings",
            "Drawings that were sent to be read",
            ["outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "mnist_demo_drawing_seconds",
            "Seconds from a drawing's arrival to its answer, the wait included",
            buckets=_BUCKETS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def count_drawing(self, outcome: str, seconds: float) -> None:
        """Note a drawing that was "read", "blank", turned away as the server was "busy", or "refused"."""
        self._drawings.labels(outcome).inc()
        self._seconds.observe(seconds)

    def watch(self, name: str, sentence: str, value: Callable[[], float]) -> None:
        """Report a number that goes up and down, asked for anew each time."""
        gauge = Gauge(f"mnist_demo_{name}", sentence, registry=self._registry)
        gauge.set_function(value)

    def count_request(self, path: str, status: int) -> None:
        """Note an answer; all paths that aren't open are one."""
        self._requests.labels(route_of(path) or "closed", str(status)).inc()

    def route(self, is_on: bool) -> Route:
        """Make the route, which isn't there for hosts that didn't ask for it."""

        async def answer(_: Request) -> Response:
            if not is_on:
                return PlainTextResponse("There is nothing here.", 404)
            return Response(
                generate_latest(self._registry),
                media_type=CONTENT_TYPE_LATEST,
                headers={"Cache-Control": "no-store"},
            )

        return Route(PATH, answer, methods=["GET"])


class CountedRequests:
    """Counts the answers to all requests. An ASGI middleware."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Stand in front of another ASGI application."""
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.count_request(scope["path"], message["status"])
            await send(message)

        await self._app(scope, receive, counting)
