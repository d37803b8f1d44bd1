"""Fetching a picture's address: bounds on size, time, redirects and where it may lead."""

import asyncio
import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import safehttpx

from mnist_demo.ui.server import fetching
from mnist_demo.ui.server.fetching import FetchError, fetch


class Host(BaseHTTPRequestHandler):
    """Serves what a path asks for."""

    def do_GET(self):
        path = self.path
        if path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", path.removeprefix("/to/"))
            self.end_headers()
        elif path == "/missing":
            self.send_error(404)
        elif path == "/endless":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):  # whichever way the reader hangs up
                while True:
                    self.wfile.write(bytes(10_000))
        elif path == "/silent":
            self.server.released.wait()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"content of " + path.encode())

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def host(monkeypatch):
    """A host on this machine that counts as public for as long as the test runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    server.released = threading.Event()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    really = fetching._public_address

    async def public(name):
        return "127.0.0.1" if name == "public.test" else await really(name)

    monkeypatch.setattr(fetching, "_public_address", public)
    yield f"http://public.test:{server.server_port}"
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def fetched(address, most=1000, seconds=5.0):
    return asyncio.run(fetch(address, most, seconds))


def test_what_an_address_serves_is_fetched(host):
    assert fetched(f"{host}/picture.png") == b"content of /picture.png"


def test_redirects_are_followed_a_few_times(host):
    assert fetched(f"{host}/to//to//to//last") == b"content of /last"
    with pytest.raises(FetchError, match="too many times"):
        fetched(f"{host}/to//to//to//to//last")


@pytest.mark.parametrize(
    "inside", ["http://127.0.0.1/", "http://169.254.169.254/", "file:///etc/passwd", "ftp://a.b/"]
)
def test_a_redirect_may_not_lead_inside(host, inside):
    with pytest.raises(FetchError, match=r"public internet|http://"):
        fetched(f"{host}/to/{inside}")


def test_more_than_allowed_is_not_read(host):
    with pytest.raises(FetchError, match="larger than"):
        fetched(f"{host}/endless", most=100_000)


def test_a_host_that_says_nothing_is_left(host):
    with pytest.raises(FetchError, match=r"longer than 0\.2 seconds"):
        fetched(f"{host}/silent", seconds=0.2)


def test_a_useless_answer_is_reported(host):
    with pytest.raises(FetchError, match="status 404"):
        fetched(f"{host}/missing")


@pytest.mark.parametrize(
    "address", ["", "picture.png", "file:///etc/passwd", "http://", "http://a b/", "http://[::1"]
)
def test_anything_but_an_address_gets_a_sentence(address):
    with pytest.raises(FetchError):
        fetched(address)


def resolving_to(monkeypatch, *addresses):
    """The machine's resolver gives these addresses for every name."""

    def look_up(host, *_, **__):
        assert host == "innocent.example"
        return [(None, None, None, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    "inside",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"),
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "192.0.2.1"),
        *("::", "::1", "fd00::1", "fd00:ec2::254", "fe80::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1"),
    ],
)
def test_a_name_that_leads_inside_is_refused_after_it_was_resolved(monkeypatch, inside):
    resolving_to(monkeypatch, inside)
    with pytest.raises(FetchError, match="public internet"):
        fetched("http://innocent.example/")


def test_a_name_with_one_address_inside_is_refused(monkeypatch):
    resolving_to(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(FetchError, match="public internet"):
        fetched("http://innocent.example/")


@pytest.mark.parametrize("public", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch, public):
    asked = []

    class Recorded(httpx.AsyncBaseTransport):
        def __init__(self, address):
            asked.append(address)

        async def handle_async_request(self, request):
            return httpx.Response(200, stream=httpx.ByteStream(b"a picture"))

    resolving_to(monkeypatch, public)
    monkeypatch.setattr(safehttpx, "AsyncSecureTransport", Recorded)
    assert fetched("http://innocent.example/") == b"a picture"
    assert asked == [public]
