"""How the page comes to life: below a path prefix, in a frame, and where something keeps it from doing so."""

import contextlib
import socket
import socketserver
import threading

import pytest
from playwright.sync_api import expect

from tests.browser.pad import SEVEN, Pad
from tests.browser.serving import Server


def test_the_pad_answers_where_sockets_are_forbidden(new_page, server):
    page = new_page()
    page.add_init_script(
        """window.WebSocket = class {
            static OPEN = 1;
            constructor() { throw new DOMException("The operation is insecure.", "SecurityError"); }
        };"""
    )
    pad = Pad(page, server.url).open()
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")
    assert pad.wire.by_http > 0


def test_the_pad_answers_in_a_frame(new_page, server):
    page = new_page()
    page.set_content(f'<iframe src="{server.url}" width="1200" height="780"></iframe>')
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="A 7 with a bar").click()
    expect(frame.locator('[data-model="cnn"]')).to_have_attribute("data-digit", "7")


def test_what_the_browser_is_told_to_load_early_is_what_the_page_loads(new_page, server):
    page = new_page()
    told = []
    page.on("console", lambda message: told.append(message.text))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    Pad(page, server.url).open()
    assert not [text for text in told if "preload" in text]
    styles = [url for url in asked if url.endswith(".css") and "/assets/" in url]
    assert len(styles) == len(set(styles)) > 3, "each is loaded once"


NOT_LOADED = "A part of this page couldn’t be loaded. Please reload the page."


@pytest.fixture
def page_without(browser, server):
    """Opens a page that can't load one module; new_page would take the script's error for a fault."""
    pages = []

    def open_page(module):
        page = browser.new_page()
        pages.append(page)
        page.route(f"**/{module}", lambda route: route.abort())
        page.goto(server.url)
        return page

    yield open_page
    for page in pages:
        page.close()


def test_a_pad_that_does_not_load_is_reported_and_the_rest_of_the_page_works(page_without):
    page = page_without("pad/main.js")
    expect(page.get_by_role("alert")).to_have_text(NOT_LOADED)
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("body")).to_have_class("dark")
    page.get_by_role("tab", name="Training").click()
    expect(page.locator("#training-recipe")).to_have_value("cnn-fast")


def test_a_form_that_does_not_load_is_reported_and_the_pad_works(page_without):
    page = page_without("training/form.js")
    page.get_by_role("button", name="A 7 with a bar").click()
    expect(page.locator('[data-model="cnn"]')).to_have_attribute("data-digit", "7")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("tab", name="Training").click()
    expect(page.get_by_role("alert")).to_have_text(NOT_LOADED)


class StrippingProxy(socketserver.ThreadingTCPServer):
    """A reverse proxy that serves an app below /digits and takes that off the paths that it passes on."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.behind = ("127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/digits/"


class _Passing(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with socket.create_connection(self.server.behind) as server:
            back = threading.Thread(target=self._pass, args=(server, self.request), daemon=True)
            back.start()
            self._pass(self.request, server, take_off=b" /digits")
            back.join()

    @staticmethod
    def _pass(source: socket.socket, sink: socket.socket, take_off: bytes = b"") -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data.replace(take_off + b"/", b" /") if take_off else data)
            sink.shutdown(socket.SHUT_WR)


def test_the_pad_answers_below_a_path_prefix(new_page, tmp_path):
    server = Server(tmp_path / "log", GRADIO_ROOT_PATH="/digits")
    try:
        server.start()
        with StrippingProxy(server.port) as proxy:
            threading.Thread(target=proxy.serve_forever, daemon=True).start()
            page = new_page()
            addresses = []
            page.on("request", lambda request: addresses.append(request.url))
            pad = Pad(page, proxy.url)
            with page.expect_websocket(lambda socket: "/digits/" in socket.url):
                pad.open()
            pad.draw(SEVEN)
            pad.expect_read()
            expect(pad.model("cnn")).to_have_attribute("data-digit", "7")
            assert pad.wire.by_http == 0
            modules = [url for url in addresses if "/scripts/" in url]
            assert modules
            assert all(url.startswith(proxy.url) for url in modules)
            proxy.shutdown()
    finally:
        server.kill()
