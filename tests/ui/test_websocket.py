"""The pad's wire: the same answers as over HTTP, in order, and nothing that a stranger sends breaks it."""

import contextlib
import itertools
import json

import anyio
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from mnist_demo.ui.pad import handlers
from mnist_demo.ui.server.websocket import PATH
from mnist_demo.ui.server.websocket import wire as wire_route
from tests.ui.material import BAD_DRAWINGS, drawing


@pytest.fixture
def address(app):
    return app.local_url.replace("http", "ws").rstrip("/") + PATH


@pytest.fixture
def wire(address):
    with connect(address, open_timeout=10) as wire:
        yield wire


def ask(wire, question):
    wire.send(question if isinstance(question, str) else json.dumps(question))
    return json.loads(wire.recv(timeout=10))


def test_it_answers_as_http_does(wire, browser):
    asked = drawing(17)
    over_http, over_wire = browser.call("read_ink", asked), ask(wire, asked)
    for answer in (*over_http["answers"].values(), *over_wire["answers"].values()):
        del answer["milliseconds"]
    assert over_wire == over_http


def test_answers_come_in_the_order_of_the_questions(wire):
    for ink in range(20):
        wire.send(json.dumps(drawing(ink)))
    assert [json.loads(wire.recv(timeout=10))["ink"] for _ in range(20)] == list(range(20))


@pytest.mark.parametrize(
    "question", ["", "{", "[" * 100_000, "null", "[]", '{"ink": 3}', "NaN", '"a picture"']
)
def test_what_is_no_question_gets_a_sentence_and_the_wire_stays(wire, question):
    assert "was not understood" in ask(wire, question)["error"]
    assert "answers" in ask(wire, drawing(1))


@pytest.mark.parametrize("name", sorted(BAD_DRAWINGS.keys() - {"the picture: too many bytes"}))
def test_a_drawing_that_no_pad_sends_is_refused_as_over_http(wire, services, name):
    assert ask(wire, BAD_DRAWINGS[name]) == handlers.read_ink(services, BAD_DRAWINGS[name])


@pytest.mark.parametrize(
    ("sent", "why"), [(b"bytes", 1003), ("x" * 1_500_000, 1009), ("x" * 20_000_000, 1009)]
)
def test_bytes_and_what_is_too_large_close_the_wire(wire, sent, why):
    with contextlib.suppress(ConnectionClosed):  # it may be cut off while it sends
        wire.send(sent)
    with pytest.raises(ConnectionClosed) as closed:
        wire.recv(timeout=10)
    assert closed.value.rcvd.code == why


def test_who_comes_when_the_host_is_full_is_sent_to_http_until_somebody_leaves():
    host = TestClient(Starlette(routes=[wire_route(lambda payload: {"ink": payload}, most=1, longest=100)]))
    for ink in (1, 2):
        with host.websocket_connect(PATH) as first:
            first.send_text(str(ink))
            assert first.receive_json() == {"ink": ink}
            with pytest.raises(WebSocketDisconnect), host.websocket_connect(PATH):
                pass


def test_who_hangs_up_before_the_answer_leaves_no_trace():
    said = itertools.cycle([{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "1"}])

    async def receive():
        return next(said)

    async def send(message):
        if message["type"] == "websocket.send":
            raise OSError("gone")

    scope = {"type": "websocket", "path": PATH, "headers": [], "query_string": b"", "subprotocols": []}
    route = wire_route(lambda payload: {"ink": payload}, most=1, longest=100)
    for _ in range(2):
        anyio.run(route.app, dict(scope), receive, send)


def test_a_reader_that_fails_leaves_its_place():
    def fail(payload):
        raise ZeroDivisionError

    host = TestClient(Starlette(routes=[wire_route(fail, most=1, longest=100)]))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), host.websocket_connect(PATH) as wire:  # noqa: PT012  # leaving it is part
            wire.send_text("1")
            wire.receive_text()


def test_only_the_wire_is_open_to_sockets(address):
    with pytest.raises(InvalidStatus):
        connect(address + "s", open_timeout=10)
