"""Answers computed in the page: without a question to the server, and without a seam where that can't be."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from mnist_demo.digits import SIDE
from mnist_demo.models.classifier import Classifier
from tests import parity
from tests.browser.pad import ONE, SEVEN, Pad
from tests.browser.serving import Server
from tests.browser.test_training import Training

MODELS = ["logistic", "mlp", "cnn-tiny", "cnn"]
WEIGHTS = re.compile(r"/weights/")


@pytest.fixture
def open_pad(new_page: Callable[..., Page], answering: Server) -> Callable[..., Pad]:
    """Opens a page; `prepare(page)` is called before it has an address."""

    def opened(prepare: Callable[[Page], object] = lambda _: None, **settings: object) -> Pad:
        page = new_page(**settings)
        prepare(page)
        return Pad(page, answering.url).open()

    return opened


def expect_computed(pad: Pad, where: str, names: list[str] = MODELS) -> None:
    for name in names:
        expect(pad.model(name)).to_have_attribute("data-where", where)


def draw_until_here(pad: Pad) -> None:
    """Draw; every model answers here as soon as its weights have arrived."""
    pad.draw(SEVEN)
    expect_computed(pad, "here")
    pad.expect_read()


def test_all_models_answer_here_and_the_server_is_not_asked(open_pad):
    pad = open_pad()
    draw_until_here(pad)
    before = len(pad.wire.asked)
    pad.draw(ONE)
    pad.expect_read()
    expect(pad.verdict).not_to_be_empty()
    assert len(pad.wire.asked) == before
    for name in MODELS:
        expect(pad.model(name).locator(".where")).to_have_text("Here")
        expect(pad.model(name).locator(".milliseconds")).to_have_text(re.compile(r"^(< 0\.1|\d+\.\d) ms$"))
        assert sum(pad.probabilities(name).values()) == pytest.approx(1, abs=1e-4)


def test_here_and_on_the_server_they_answer_the_same(open_pad, new_page, server):
    here, there = open_pad(), Pad(new_page(), server.url).open()
    draw_until_here(here)
    there.draw(SEVEN)
    there.expect_read()
    expect_computed(there, "server")
    expect(there.model("cnn").locator(".where")).to_have_text("On the server")
    for name in MODELS:
        mine, theirs = here.probabilities(name), there.probabilities(name)
        assert mine == pytest.approx(theirs, abs=2e-3)
        assert here.model(name).get_attribute("data-digit") == there.model(name).get_attribute("data-digit")
    pixels = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data]"
    seen = [pad.page.locator(".seen canvas").evaluate(pixels) for pad in (here, there)]
    assert seen[0] == seen[1]


def test_a_blank_pad_is_blank_here_too(open_pad):
    pad = open_pad()
    draw_until_here(pad)
    pad.tool("Clear").click()
    pad.expect_blank()
    pad.draw(SEVEN)
    pad.tool("Eraser").click()
    pad.replay([[(0.1 + 0.1 * column, row / 20) for column in range(9)] for row in range(20)])
    pad.expect_read()
    expect(pad.answered()).to_have_count(0)


def test_each_file_of_weights_is_loaded_once_and_kept_for_good(open_pad):
    loaded: list[str] = []

    def watch(page: Page) -> None:
        page.on("response", lambda answer: WEIGHTS.search(answer.url) and loaded.append(answer.url))

    pad = open_pad(watch)
    draw_until_here(pad)
    expect(pad.page.get_by_role("button", name="Compare")).to_be_visible()
    assert [re.search(r"weights/([\w-]+)\.", url)[1] for url in loaded] == [
        "logistic",
        "cnn-tiny",
        "cnn",
        "mlp",
        "cnn",  # its exemplars
    ]
    sizes = """() => performance.getEntriesByType("resource")
        .filter(({ name }) => name.includes("/weights/")).map(({ transferSize }) => transferSize)"""
    assert min(pad.page.evaluate(sizes)) > 1_000
    pad.page.reload()
    pad.expect_read()
    expect_computed(pad, "here")
    expect(pad.page.get_by_role("button", name="Compare")).to_be_visible()
    assert pad.page.evaluate(sizes) == [0, 0, 0, 0, 0]


def test_with_the_server_gone_the_pad_goes_on_answering(new_page, tmp_path):
    server = Server(tmp_path / "log")
    server.start()
    try:
        pad = Pad(new_page(), server.url).open()
        draw_until_here(pad)
    finally:
        server.kill()
    pad.draw(ONE)
    pad.expect_read()
    expect(pad.notice).to_be_empty()
    pad.page.locator(".tools input[type=file]").set_input_files(
        {"name": "one.png", "mimeType": "image/png", "buffer": b"not looked at"}
    )
    expect(pad.notice).to_contain_text("Can’t reach the server")


def without_webassembly(page: Page) -> None:
    page.add_init_script("delete globalThis.WebAssembly")


def without_memory(page: Page) -> None:
    page.add_init_script("WebAssembly.Memory = function () { throw new RangeError('no memory'); }")


def missing(page: Page) -> None:
    page.route(WEIGHTS, lambda route: route.fulfill(status=404))


def truncated(page: Page) -> None:
    def cut(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body()[:5_000])

    page.route(WEIGHTS, cut)


def of_another_hash(page: Page) -> None:
    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body()[:-4] + b"\0\0\0\0")

    page.route(WEIGHTS, change)


def of_another_version(page: Page) -> None:
    def change(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body().replace(b'"format":1', b'"format":9'))

    page.route(WEIGHTS, change)
    # as if the page had been given that file's digest
    page.add_init_script(
        "const ask = fetch; fetch = (address, options) => ask(address, { ...options, integrity: '' })"
    )


def without_sockets(page: Page) -> None:
    missing(page)
    page.add_init_script("globalThis.WebSocket = class { constructor() { throw new Error('forbidden'); } }")


@pytest.mark.parametrize(
    "fault",
    [
        without_webassembly,
        without_memory,
        missing,
        truncated,
        of_another_hash,
        of_another_version,
        without_sockets,
    ],
)
def test_where_the_page_cannot_answer_the_server_does(open_pad, fault):
    pad = open_pad(fault)
    pad.draw(SEVEN)
    pad.expect_read()
    expect_computed(pad, "server")
    expect(pad.notice).to_be_empty()
    assert pad.model("cnn").get_attribute("data-digit") == "7"


def test_models_move_into_the_page_one_by_one_without_a_seam(open_pad):
    waiting: list[Route] = []

    def keep_back(page: Page) -> None:
        page.route(re.compile(r"/weights/(cnn|mlp)\."), lambda route: waiting.append(route))

    pad = open_pad(keep_back)
    pad.draw(SEVEN)
    pad.expect_read()
    expect_computed(pad, "here", ["logistic", "cnn-tiny"])
    expect_computed(pad, "server", ["cnn", "mlp"])
    expect(pad.answered()).to_have_count(len(MODELS))
    # from now on a card may not be without its answer, not for a moment
    pad.page.evaluate(
        """() => {
            window.gaps = 0;
            const look = () => (window.gaps += document.querySelectorAll(".lane:not([data-digit])").length);
            const cards = document.querySelector(".lanes");
            new MutationObserver(look).observe(cards, { subtree: true, attributes: true });
        }"""
    )
    waiting[0].continue_()
    expect_computed(pad, "here", ["cnn"])
    expect(pad.model("mlp")).to_have_attribute("data-where", "server")
    for _ in range(100):
        if len(waiting) > 1:
            break
        pad.page.wait_for_timeout(50)
    waiting[1].continue_()
    expect_computed(pad, "here")
    pad.expect_read()
    assert pad.page.evaluate("window.gaps") == 0


def test_the_visitor_s_own_model_moves_in_and_the_server_knows_the_ink_while_it_learns(open_pad):
    pad = open_pad()
    draw_until_here(pad)
    before = len(pad.wire.asked)
    training = Training(pad.page).open()
    training.set_up(epochs=40).start.click()
    training.expect_state("finished")
    assert pad.wire.asked[before:], "the model in training reads the pad"
    pad.page.get_by_role("tab", name="Sketchpad").click()
    own = pad.own(1)
    expect_computed(pad, "here", [*MODELS, own])
    pad.expect_read()
    asked = len(pad.wire.asked)
    pad.draw(ONE)
    pad.expect_read()
    assert sum(pad.probabilities(own).values()) == pytest.approx(1, abs=1e-4)
    assert len(pad.wire.asked) == asked


def test_a_drawing_is_read_while_its_tab_is_in_the_background(open_pad, new_page):
    pad = open_pad()
    draw_until_here(pad)
    other = pad.page.context.new_page()
    other.bring_to_front()
    pad.replay([ONE])
    pad.expect_read()
    pad.page.bring_to_front()


def test_two_tabs_answer_each_for_itself(open_pad):
    one = open_pad()
    draw_until_here(one)
    other = Pad(one.page.context.new_page(), one.url).open()
    other.draw(ONE)
    expect_computed(other, "here")
    other.expect_read()
    one.expect_read()
    assert one.model("cnn").get_attribute("data-digit") == "7"


def test_in_a_browser_it_computes_what_the_server_computes(new_page, answering):
    classifier = Classifier.load()
    vectors = parity.make(classifier, parity.hostile()[-100:], np.zeros((0, SIDE, SIDE), np.uint8))
    page = new_page()
    page.goto(answering.url)
    page.wait_for_selector("[data-model]")
    module = page.evaluate(
        """() => performance.getEntriesByType("resource")
            .map(({ name }) => name).find((name) => name.endsWith("pad/main.js"))"""
    )
    folder = module.removesuffix("main.js") + "engine/"
    script = parity.SCRIPT.read_text(encoding="utf-8").replace("../../mnist_demo/ui/pad/engine/", folder)
    page.route("**/parity.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    answers = page.evaluate(
        "async (vectors) => (await import(new URL('parity.js', location))).answerAll(vectors)", vectors
    )
    parity.compare(classifier, vectors, answers)


def test_a_page_left_open_while_the_server_is_upgraded_is_answered_by_the_new_one(new_page, tmp_path):
    server = Server(tmp_path / "log")
    server.start()
    try:
        waiting: list[Route] = []
        upgraded = False
        page = new_page()
        page.route(
            re.compile(r"/weights/(cnn|mlp)\."),
            lambda route: route.continue_() if upgraded else waiting.append(route),
        )
        pad = Pad(page, server.url).open()
        pad.draw(SEVEN)
        expect_computed(pad, "here", ["logistic", "cnn-tiny"])
        server.kill()
        server = Server(tmp_path / "log", MNIST_DEMO_ANSWERS="server")  # has none of the old one's weights
        server.port, server.url = urlsplit(pad.url).port, pad.url
        server.start()
        upgraded = True
        waiting[0].continue_()
        pad.draw(ONE)
        pad.expect_read()
        expect_computed(pad, "here", ["logistic", "cnn-tiny"])
        expect_computed(pad, "server", ["cnn", "mlp"])
        expect(pad.notice).to_be_empty()
    finally:
        server.kill()
