"""The request limits in front of Gradio: bodies that are too large, announced or not, and closed routes."""

import asyncio
import contextlib
import errno
import json
import re
import socket

import gradio as gr
import httpx
import pytest
import safehttpx

from mnist_demo.ui.server import fetching, websocket
from mnist_demo.ui.server.request_limits import CLOSED, OPEN, RequestLimits
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


@pytest.mark.parametrize("path", ["component_server", "upload", "queue/join", "run/predict"])
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
        answer = browser.http.post(f"gradio_api/{path}", content=parts(), headers=kind)
        assert answer.status_code in (400, 413, 422)
    assert sent < 200
    assert browser.call("read_ink", drawing(1))["ink"] == 1


def routes_of(web, prefix=""):
    """The templates of all routes below an application or router, without trailing slashes."""
    for route in web.routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if hasattr(inner, "routes"):
            yield from routes_of(inner, prefix + getattr(route, "path", ""))
        else:
            yield (prefix + route.path).rstrip("/") or "/"


def test_every_route_is_either_open_or_closed(web):
    present = set(routes_of(web)) - {websocket.PATH}
    assert not OPEN.keys() & CLOSED
    assert present - OPEN.keys() - CLOSED == set(), "a new route: does the page need it?"
    assert OPEN.keys() - present == {"/gradio_api/mcp", "/gradio_api/mcp/{path:path}"}, (
        "there only if asked for"
    )
    assert CLOSED - present == set()


@pytest.mark.parametrize("route", sorted(CLOSED))
def test_closed_routes_answer_as_if_they_were_not_there(browser, route):
    path = re.sub(r"{.*?}", "x", route)
    for method in ("GET", "POST", "HEAD"):
        answer = browser.http.request(method, path)
        assert answer.status_code == 404
        assert not answer.content or answer.json() == {"error": "There is nothing here."}
    assert browser.http.get("gradio_api/there-is-no-such-route").status_code == 404


@pytest.fixture
def asked(monkeypatch):
    """The hosts that the server wants to reach, in Gradio's way or in ours; it reaches none of them."""
    hosts = []

    async def look_up(host, *_, **__):
        hosts.append(host)
        raise ValueError("not found")

    monkeypatch.setattr(safehttpx, "async_validate_url", look_up)
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)
    monkeypatch.setattr(fetching, "_public_address", look_up)
    return hosts


def test_only_predict_asks_other_hosts(browser, asked):
    address = "http://relay.example/picture.png"
    for path in (
        f"file={address}",
        f"file/{address}",
        f"proxy={address}",
        f"proxy=https://relay.hf.space/{address}",
    ):
        assert browser.http.get(f"gradio_api/{path}").status_code == 404
    file = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
    config = browser.http.get("config").json()
    for call in config["dependencies"]:
        if call["api_name"] != "predict":
            data = [file for _ in call["inputs"]]
            browser.http.post(f"gradio_api/run/{call['api_name']}", json={"data": data})
    for function in ("read_ink", "read_picture"):
        browser.call(function, {"picture": address, "ink": 1})
        browser.call(function, file)
    assert asked == []
    answer = browser.http.post("gradio_api/run/predict", json={"data": [file, "all"]})
    assert "error" in answer.json()
    assert asked == ["relay.example"]


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"null", b'{"data": 1}', b"\xff\xfe"])
def test_a_body_that_is_not_json_gets_a_refusal(browser, body):
    assert browser.http.post("gradio_api/component_server", content=body).status_code == 400


@pytest.mark.parametrize("function", ["preprocess", "postprocess", "__class__", "launch", "read", ""])
def test_only_declared_functions_can_be_called(browser, function):
    body = json.dumps(browser.body(function, drawing()))
    assert browser.http.post("gradio_api/component_server", content=body).status_code == 404


@pytest.mark.parametrize("number", [-1, 0, 10**9, "7", None, [1]])
def test_a_component_that_is_not_there_gets_a_refusal(browser, number):
    body = {**browser.body("read_ink", drawing()), "component_id": number}
    answer = browser.http.post("gradio_api/component_server", json=body)
    assert answer.status_code in (400, 404, 422), answer.text
    assert answer.json()


FILE = {"meta": {"_type": "gradio.FileData"}}


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("call/nothing", {"json": {"data": []}}),
        ("call/predict", {"json": {}}),
        ("call/predict", {"content": b"{"}),
        ("call/v2/nothing", {"json": {}}),
        ("run/nothing", {"json": {"data": []}}),
        ("run/predict", {"json": {"data": "x"}}),
        ("run/predict", {"json": {"data": []}}),
        (
            "run/predict",
            {"json": {"data": [{**FILE, "path": "/etc/passwd"}, "all"]}},
        ),
        ("run/predict", {"json": {"data": [{**FILE, "path": {}}, []]}}),
        ("run/predict", {"json": {"data": [3, 4]}}),
        ("api/train", {"json": {"data": []}}),
        ("run/restore", {"json": {"data": [{**FILE, "path": "x"}]}}),
        ("run/predict", {"json": {"fn_index": 99, "data": []}}),
        ("component_server", {"data": {"a": "b"}}),
        ("component_server", {"files": {"a": b"b"}}),
        ("upload", {"data": {"a": "b"}}),
        ("upload", {"content": b"x"}),
        ("upload", {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}),
        ("queue/join", {"json": {}}),
        ("queue/join", {"json": {"fn_index": 99, "data": [], "session_hash": "x"}}),
        ("queue/join", {"json": {"fn_index": "x", "data": {}, "session_hash": 1}}),
        ("reset", {"json": {}}),
        ("cancel", {"json": {}}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_malformed_call_is_refused_without_a_traceback(browser, capfd, path, options):
    answer = browser.http.post(f"gradio_api/{path}", **options)
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text + capfd.readouterr().err


def test_a_failure_inside_is_one_line_in_the_log_and_a_sentence(caplog):
    def answer_of(problem, path="/gradio_api/upload"):
        sent = []

        async def fail(scope, receive, send):
            raise problem

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "path": path, "headers": []}
        asyncio.run(RequestLimits(fail)(scope, None, send))
        return sent[0]["status"], json.loads(sent[1]["body"])["error"]

    for problem in (KeyError("a drawing"), UnicodeDecodeError("utf-8", b"a drawing", 0, 1, "a drawing")):
        assert answer_of(problem) == (400, "That request isn't one that this server understands.")
    no_space = OSError(errno.ENOSPC, "No space left on device")
    assert answer_of(no_space) == (507, "The server has no room for this right now.")
    assert "/gradio_api/upload was sent something malformed: KeyError" in caplog.text
    assert "a drawing" not in caplog.text, "nobody's drawings or keys are kept there"
    assert "No space left on device" in caplog.text
    assert "Traceback" not in caplog.text


def test_the_queue_looks_for_work_less_often_than_gradio_would(app):
    async def gradios_own() -> float:
        return gr.Blocks()._queue.sleep_when_free

    assert app._queue.sleep_when_free > 10 * asyncio.run(gradios_own())


def test_calls_are_not_summed_up_for_a_monitoring_that_is_closed(app, browser, monkeypatch):
    summed = []
    monkeypatch.setattr(app._queue, "_get_df", summed.append)
    for _ in range(3):
        event = browser.http.post("gradio_api/call/models", json={"data": []}).json()["event_id"]
        assert "complete" in browser.http.get(f"gradio_api/call/models/{event}").text
    assert not summed
    assert len(app._queue.event_analytics) <= 1


def test_nothing_else_can_be_called(browser):
    config = browser.http.get("config").json()
    assert {call["api_name"] for call in config["dependencies"]} == {
        *("predict", "models"),
        *("train", "turned_away", "restore", "prepare"),
    }
    functions = [name for part in config["components"] for name in part["props"].get("server_fns", [])]
    assert set(functions) == {
        *("read_ink", "read_picture", "own_models", "own_program", "snapshot"),
        *("check", "find_rate", "steer", "mistakes", "download"),
    }
