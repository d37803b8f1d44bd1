"""Bounds on what is unfinished: requests and messages that never become whole can't fill the server."""

import contextlib
import json
import socket
import time

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import connect

from mnist_demo.ui.pad.payloads import MAX_QUESTION_LENGTH
from mnist_demo.ui.server import connections
from mnist_demo.ui.server.connections import WebSocketConnection
from mnist_demo.ui.server.websocket import PATH
from tests.ui.material import drawing


@pytest.fixture
def address(app):
    return app.local_url.replace("http", "ws").rstrip("/") + PATH


def send_frame(websocket, opcode, data, fin):
    """Send one frame, whatever the rules for messages are."""
    mask = websocket.protocol.side is websocket.protocol.side.CLIENT
    frame = Frame(opcode, data, fin).serialize(mask=mask)
    websocket.socket.sendall(frame)


def closed_with(websocket):
    with pytest.raises(ConnectionClosed) as closed:
        websocket.recv(timeout=30)
    return closed.value.rcvd.code


def test_messages_are_not_compressed(address):
    with connect(address, compression="deflate") as websocket:
        assert websocket.protocol.extensions == []


def test_a_message_larger_than_any_question_is_refused_before_it_is_whole(address):
    with connect(address) as websocket:
        send_frame(websocket, Opcode.TEXT, b" " * (MAX_QUESTION_LENGTH // 2 + 1), fin=False)
        send_frame(websocket, Opcode.CONT, b" " * (MAX_QUESTION_LENGTH // 2 + 1), fin=False)
        assert closed_with(websocket) == 1009


def test_a_message_in_many_fragments_is_read_and_one_in_too_many_is_refused(address):
    question = json.dumps(drawing(7)).encode()
    with connect(address) as websocket:
        send_frame(websocket, Opcode.TEXT, question[:10], fin=False)
        for byte in question[10:-1]:
            send_frame(websocket, Opcode.CONT, bytes([byte]), fin=False)
        send_frame(websocket, Opcode.CONT, question[-1:], fin=True)
        assert json.loads(websocket.recv(timeout=30))["ink"] == 7
        send_frame(websocket, Opcode.TEXT, b" ", fin=False)
        for _ in range(connections.MAX_FRAGMENTS + 1):
            send_frame(websocket, Opcode.CONT, b" ", fin=False)
        assert closed_with(websocket) == 1008


def test_a_message_that_never_ends_is_given_up(address, monkeypatch):
    monkeypatch.setattr(connections, "MESSAGE_SECONDS", 0.2)
    with connect(address) as fragment, connect(address) as half_a_frame:
        send_frame(fragment, Opcode.TEXT, b"{", fin=False)
        half_a_frame.socket.sendall(Frame(Opcode.TEXT, b"{" * 1000).serialize(mask=True)[:500])
        assert closed_with(fragment) == 1008
        assert closed_with(half_a_frame) == 1008


def test_an_open_socket_that_says_nothing_stays(address, monkeypatch):
    monkeypatch.setattr(connections, "MESSAGE_SECONDS", 0.05)
    with connect(address) as websocket:
        websocket.ping().wait(10)
        time.sleep(0.2)  # longer than any message may take
        websocket.send(json.dumps(drawing(1)))
        assert json.loads(websocket.recv(timeout=30))["ink"] == 1


def test_unfinished_messages_are_bounded_in_all_and_forgotten_when_their_sockets_close(address, monkeypatch):
    monkeypatch.setattr(connections, "MAX_UNFINISHED", 2_500_000)
    with connect(address) as first, connect(address) as second, connect(address) as third:
        for number, websocket in enumerate((first, second), 1):
            send_frame(websocket, Opcode.TEXT, b" " * 1_000_000, fin=False)
            deadline = time.monotonic() + 10
            while WebSocketConnection.unfinished_everywhere < number * 1_000_000:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        send_frame(third, Opcode.TEXT, b" " * 1_000_000, fin=False)
        assert closed_with(third) == 1013
    deadline = time.monotonic() + 10
    while WebSocketConnection.unfinished_everywhere:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("HEADER_SECONDS", b""),
        ("HEADER_SECONDS", b"GET / HTTP/1.1\r\nHost: x\r\n"),
        ("BODY_SECONDS", b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"),
    ],
)
def test_a_request_that_never_ends_is_dropped(app, monkeypatch, name, sent):
    monkeypatch.setattr(connections, name, 0.2)
    _, _, port = app.local_url.rstrip("/").rpartition(":")
    with socket.create_connection(("127.0.0.1", int(port)), timeout=30) as connection:
        connection.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1000) == b""
