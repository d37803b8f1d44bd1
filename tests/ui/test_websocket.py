"""The pad's WebSocket: the same answers as over HTTP, in order, and nothing that strangers send breaks it."""

import contextlib
import itertools
import json
import threading
import time

import anyio
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from mnist_demo.ui.pad import handlers
from mnist_demo.ui.server import websocket
from mnist_demo.ui.server.admission import Admission
from mnist_demo.ui.server.websocket import PATH, websocket_route
from tests.ui.material import BAD_DRAWINGS, drawing


@pytest.fixture
def address(app):
    return app.local_url.replace("http", "ws").rstrip("/") + PATH


@pytest.fixture
def socket(address):
    with connect(address, open_timeout=10) as socket:
        yield socket


def ask(socket, question):
    socket.send(question if isinstance(question, str) else json.dumps(question))
    return json.loads(socket.recv(timeout=10))


def test_it_answers_as_http_does(socket, browser):
    asked = drawing(17)
    over_http, over_socket = browser.call("read_ink", asked), ask(socket, asked)
    for answer in (*over_http["answers"].values(), *over_socket["answers"].values()):
        del answer["milliseconds"]
    assert over_socket == over_http


def test_answers_come_in_the_order_of_the_questions(socket):
    for ink in range(20):
        socket.send(json.dumps(drawing(ink)))
    assert [json.loads(socket.recv(timeout=10))["ink"] for _ in range(20)] == list(range(20))


@pytest.mark.parametrize(
    "question", ["", "{", "[" * 100_000, "null", "[]", '{"ink": 3}', "NaN", '"a picture"']
)
def test_a_question_that_is_not_a_drawing_gets_a_sentence_and_the_socket_stays_open(socket, question):
    assert "answers" not in (answer := ask(socket, question))
    assert answer["error"].endswith(".")
    assert "answers" in ask(socket, drawing(1))


@pytest.mark.parametrize("name", sorted(BAD_DRAWINGS.keys() - {"the picture: too many bytes"}))
def test_a_drawing_that_no_pad_sends_is_refused_as_over_http(socket, services, name):
    assert ask(socket, BAD_DRAWINGS[name]) == handlers.read_ink(services, BAD_DRAWINGS[name])


@pytest.mark.parametrize(("sent", "why"), [(b"bytes", 1003), ("x" * 1_500_000, 1009)])
def test_bytes_and_large_messages_close_the_socket(socket, sent, why):
    with contextlib.suppress(ConnectionClosed):  # it may be cut off while it sends
        socket.send(sent)
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd.code == why


def test_a_very_large_message_ends_the_connection(socket):
    with contextlib.suppress(ConnectionClosed):
        socket.send("x" * 20_000_000)
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    # the reason is lost where the connection ends while the message is still being sent
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1009


def test_a_full_host_refuses_sockets_until_one_is_closed():
    host = TestClient(
        Starlette(routes=[websocket_route(lambda payload: {"ink": payload}, Admission(1, 1), 100, 2)])
    )
    for ink in (1, 2):
        with host.websocket_connect(PATH) as first:
            first.send_text(str(ink))
            assert first.receive_json() == {"ink": ink}
            with pytest.raises(WebSocketDisconnect), host.websocket_connect(PATH):
                pass


def test_pages_get_their_turn_in_the_order_in_which_they_asked_and_none_is_refused():
    lock, order, most = threading.Lock(), [], []

    def read(payload):
        with lock:
            most.append(payload)
            assert len(most) <= 2, "no more threads than that"
        time.sleep(0.02)
        with lock:
            most.remove(payload)
            order.append(payload)
        return {"ink": payload}

    async def ask(route, number):
        said = iter([{"type": "websocket.connect"}, {"type": "websocket.receive", "text": str(number)}])
        answers = []

        async def receive():
            return next(said, {"type": "websocket.disconnect", "code": 1000})

        async def send(message):
            answers.append(message)

        scope = {"type": "websocket", "path": PATH, "headers": [], "query_string": b"", "subprotocols": []}
        await route.app(scope, receive, send)
        assert json.loads(answers[1]["text"]) == {"ink": number}

    async def all_at_once():
        route = websocket_route(read, Admission(99, 99), 100, 2)
        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(ask, route, number)
                await anyio.sleep(0.001)

    anyio.run(all_at_once)
    assert len(order) == 20
    assert all(abs(place - number) <= 2 for place, number in enumerate(order)), order


def test_questions_that_wait_have_a_bound_together(monkeypatch):
    monkeypatch.setattr(websocket, "MAX_WAITING", 50)
    host = TestClient(
        Starlette(routes=[websocket_route(lambda payload: {"ink": payload}, Admission(1, 1), 100, 2)])
    )
    with host.websocket_connect(PATH) as socket:
        socket.send_text(" " * 60 + "1")
        assert socket.receive_json()["busy"]
        socket.send_text(" " * 40 + "1")
        assert socket.receive_json() == {"ink": 1}


def test_a_page_that_closes_before_its_answer_leaves_no_trace():
    said = itertools.cycle([{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "1"}])

    async def receive():
        return next(said)

    async def send(message):
        if message["type"] == "websocket.send":
            raise OSError("gone")

    scope = {"type": "websocket", "path": PATH, "headers": [], "query_string": b"", "subprotocols": []}
    route = websocket_route(lambda payload: {"ink": payload}, Admission(1, 1), 100, 2)
    for _ in range(2):
        anyio.run(route.app, dict(scope), receive, send)


def test_a_failing_reader_frees_its_socket():
    def fail(payload):
        raise ZeroDivisionError

    host = TestClient(Starlette(routes=[websocket_route(fail, Admission(1, 1), 100, 2)]))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), host.websocket_connect(PATH) as socket:  # noqa: PT012  # leaving it is part
            socket.send_text("1")
            socket.receive_text()


def test_no_other_address_takes_sockets(address):
    with pytest.raises(InvalidStatus):
        connect(address + "s", open_timeout=10)
