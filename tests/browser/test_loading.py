"""How the page comes to life: below a path prefix, in a frame, and where something keeps it from doing so."""

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
    frame.get_by_role("button", name="A crossed 7").click()
    expect(frame.locator('[data-model="cnn"]')).to_have_attribute("data-digit", "7")


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


@pytest.mark.parametrize("module", ["pad/main.js", "pad/strokes.js"])
def test_a_pad_that_does_not_load_is_said_and_the_rest_of_the_page_works(page_without, module):
    page = page_without(module)
    expect(page.get_by_role("alert")).to_have_text(NOT_LOADED)
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("body")).to_have_class("dark")
    page.get_by_role("tab", name="Training").click()
    expect(page.locator("#training-recipe")).to_have_value("cnn-fast")


def test_a_form_that_does_not_load_is_said_and_the_pad_works(page_without):
    page = page_without("training/form.js")
    page.get_by_role("button", name="A crossed 7").click()
    expect(page.locator('[data-model="cnn"]')).to_have_attribute("data-digit", "7")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("tab", name="Training").click()
    expect(page.get_by_role("alert")).to_have_text(NOT_LOADED)


def test_the_pad_answers_below_a_path_prefix(new_page, tmp_path):
    server = Server(tmp_path / "log", GRADIO_ROOT_PATH="/digits")
    try:
        server.start()
        pad = Pad(new_page(), server.url + "digits/")
        with pad.page.expect_websocket(lambda socket: "/digits/" in socket.url):
            pad.open()
        pad.draw(SEVEN)
        pad.expect_read()
        expect(pad.model("cnn")).to_have_attribute("data-digit", "7")
        assert pad.wire.by_http == 0
    finally:
        server.kill()
