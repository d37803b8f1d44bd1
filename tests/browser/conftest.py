"""A running app, a Chromium, and a fresh page with the pad open."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.pad import Pad
from tests.browser.serving import Server

expect.set_options(timeout=15_000)


@pytest.fixture(scope="package")
def server(tmp_path_factory) -> Iterator[Server]:
    """Answers for every drawing itself."""
    server = Server(tmp_path_factory.mktemp("server") / "log", MNIST_DEMO_ANSWERS="server")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="package")
def answering(tmp_path_factory) -> Iterator[Server]:
    """A server whose pages answer by themselves."""
    server = Server(tmp_path_factory.mktemp("answering") / "log")
    server.start()
    yield server
    server.kill()


# not for the session: Playwright keeps an event loop in this thread, and the tests after it want their own
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = chromium.find(playwright)
        assert path, "No Chromium is here: `make browser` gets one, or name one in CHROMIUM."
        browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Makes pages of visitors who know nothing of each other; an error of a script fails the test."""
    contexts, errors = [], []

    def new(**settings: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield new
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture
def pad(new_page: Callable[..., Page], server: Server) -> Pad:
    return Pad(new_page(), server.url).open()
