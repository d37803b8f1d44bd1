"""What a host is told of how its page fares, and that only hosts that ask are told."""

import re
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from mnist_demo.models.classifier import Classifier
from mnist_demo.ui.pad.handlers import read_ink
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.server.metrics import CountedRequests, Metrics
from mnist_demo.ui.services import Services
from tests.ui.material import drawing

TOKEN = "0b5a2f1e-7c3d-4e6f-8a9b-0c1d2e3f4a5b"


def told(metrics):
    text = TestClient(Starlette(routes=[metrics.route(True)])).get("/metrics").text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_host_that_does_not_ask_is_told_nothing(app):
    assert httpx.get(f"{app.local_url}metrics").status_code == 404


def test_requests_are_counted_by_open_route_and_all_others_together():
    metrics = Metrics()
    routes = [Route("/health", lambda request: PlainTextResponse("well"))]
    host = TestClient(Starlette(routes=routes, middleware=[Middleware(CountedRequests, metrics)]))
    for path in ("/health", "/health", "/secret/me", "/other", "/weights/a", "/weights/b"):
        host.get(path)
    counts = told(metrics)
    assert counts["mnist_demo_requests_total", "/health", "200"] == 2
    assert counts["mnist_demo_requests_total", "404", "closed"] == 2
    assert counts["mnist_demo_requests_total", "/weights/{file}", "404"] == 2


def test_drawings_are_counted_by_what_became_of_them_and_timed(fresh_checkpoints):
    limits = replace(Limits(), readers=1, waiting_milliseconds=10)
    services = Services.of(Classifier.load(fresh_checkpoints), limits)
    read_ink(services, drawing(visitor=TOKEN))
    read_ink(services, {**drawing(), "strokes": []})
    read_ink(services, {"ink": 1})
    with services.concurrency.reserve_reader():
        assert read_ink(services, drawing())["busy"]
    counts = told(services.metrics)
    for outcome in ("read", "blank", "refused", "busy"):
        assert counts["mnist_demo_drawings_total", outcome] == 1, outcome
    assert counts["mnist_demo_drawing_seconds_count",] == 4
    assert counts["process_resident_memory_bytes",] > 1e7
    text = TestClient(Starlette(routes=[services.metrics.route(True)])).get("/metrics").text
    assert TOKEN not in text


def test_a_number_that_is_watched_is_asked_for_each_time():
    metrics, numbers = Metrics(), [3]
    metrics.watch("runs", "Training runs", lambda: numbers[-1])
    assert told(metrics)["mnist_demo_runs",] == 3
    numbers.append(5)
    assert told(metrics)["mnist_demo_runs",] == 5


@pytest.mark.parametrize("name", ["websockets", "runs", "runs_waiting", "sessions", "trained_models"])
def test_what_fills_a_host_is_among_it(app, services, name):
    text = TestClient(Starlette(routes=[services.metrics.route(True)])).get("/metrics").text
    assert re.search(rf"^mnist_demo_{name} \d", text, flags=re.MULTILINE)
