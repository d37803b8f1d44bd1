"""The request limits in front of Gradio: bodies that are too large, announced or not, and closed routes."""

import asyncio
import contextlib
import json
import socket

import gradio as gr
import httpx
import pytest

from mnist_demo.ui.server.request_limits import RequestLimits
from tests.ui.material import drawing

MEGABYTE = b"x" * 1_000_000


@pytest.mark.parametrize(
    "path", ["component_server", "component_server/", "upload", "queue/join", "run/predict"]
)
def test_a_body_that_says_it_is_too_large_is_refused_unread(browser, path):
    with socket.create_connection(
        (browser.http.base_url.host, browser.http.base_url.port), timeout=10
    ) as connection:
        request = f"POST /gradio_api/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"That is too large" in answer


@pytest.mark.parametrize("path", ["component_server", "upload", "queue/join", "run/predict", "login"])
def test_a_body_that_keeps_coming_is_cut_off(browser, path):
    sent = 0

    def parts():
        nonlocal sent
        for _ in range(200):
            sent += 1
            yield MEGABYTE

    kind = {"Content-Type": "multipart/form-data; boundary=b"} if path == "upload" else {}
    # Before the server hangs up, its answer may get through or not.
    with contextlib.suppress(httpx.TransportError):
        address = f"{'' if path == 'login' else 'gradio_api/'}{path}"
        assert browser.http.post(address, content=parts(), headers=kind).status_code in (400, 413, 422)
    assert sent < 200
    assert browser.call("read_ink", drawing(1))["ink"] == 1


@pytest.mark.parametrize(
    "path", ["deep_link?session_hash=test", "process_recording", "proxy=https://a.hf.space/", "vibe-code/"]
)
def test_routes_that_the_page_never_uses_are_shut(browser, path):
    assert browser.http.get(f"gradio_api/{path}").status_code == 404
    assert browser.http.post(f"gradio_api/{path}").status_code == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"null", b'{"data": 1}', b"\xff\xfe"])
def test_a_body_that_is_not_json_gets_a_refusal(browser, body):
    assert browser.http.post("gradio_api/component_server", content=body).status_code == 400


@pytest.mark.parametrize("function", ["preprocess", "postprocess", "__class__", "launch", "read", ""])
def test_only_the_pads_two_functions_can_be_called(browser, function):
    body = json.dumps(browser.body(function, drawing()))
    assert browser.http.post("gradio_api/component_server", content=body).status_code == 404


@pytest.mark.parametrize("number", [-1, 0, 10**9, "7", None, [1]])
def test_a_component_that_is_not_there_gets_a_refusal(browser, number):
    body = {**browser.body("read_ink", drawing()), "component_id": number}
    answer = browser.http.post("gradio_api/component_server", json=body)
    assert answer.status_code in (400, 404, 422), answer.text
    assert answer.json()


@pytest.mark.parametrize("path", ["upload", "queue/join"])
def test_a_mistake_on_another_route_is_not_taken_for_a_component_that_is_not_there(path):
    async def mistaken(scope, receive, send):
        raise KeyError

    async def nothing(*_):
        pass

    scope = {"type": "http", "path": f"/gradio_api/{path}", "headers": []}
    with pytest.raises(KeyError):
        asyncio.run(RequestLimits(mistaken)(scope, nothing, nothing))


def test_the_queue_looks_for_work_less_often_than_gradio_would(app):
    async def gradios_own() -> float:
        return gr.Blocks()._queue.sleep_when_free

    assert app._queue.sleep_when_free > 10 * asyncio.run(gradios_own())


def test_nothing_else_can_be_called(browser):
    config = browser.http.get("config").json()
    assert {call["api_name"] for call in config["dependencies"]} == {
        *("predict", "models"),
        *("train", "turned_away", "restore", "prepare"),
    }
    functions = [name for part in config["components"] for name in part["props"].get("server_fns", [])]
    assert sorted(functions) == sorted(
        ["read_ink", "read_picture", "trained_model", "check", "steer", "download"]
    )
