"""A run belongs to its visitor: it outlives a reload, is seen in every tab, and goes on without network."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.pad import SEVEN, Pad
from tests.browser.serving import Server
from tests.browser.test_training import Training

CURVE = "[data-quantity=loss] .newest .validation"


class Network:
    """A way to the server that can be cut: no connection is left, and none is made, until it is mended."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._is_cut = False
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self.port = server.port
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._is_cut = True
        for each in list(self._open):
            self._close(each)

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                ours.close()
                continue
            theirs = socket.create_connection(("127.0.0.1", self.port))
            self._open |= {ours, theirs}
            for way in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._pass_on, args=way, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        self._close(source)
        self._close(target)

    def _close(self, each: socket.socket) -> None:
        self._open.discard(each)
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


@pytest.fixture
def network(server: Server) -> Iterator[Network]:
    network = Network(server)
    yield network
    network.close()


@pytest.fixture
def training(pad: Pad) -> Training:
    return Training(pad.page).open()


def step_of(training: Training) -> int:
    epoch, step = training.place()
    return int(epoch) * 1_000_000 + int(step)


def expect_to_go_on(training: Training) -> None:
    training.expect_state("running")
    before = step_of(training)
    training.page.wait_for_function(
        """before => {
            const { epoch, step } = document.querySelector(".run-status")?.dataset ?? {}; // it loads
            return Number(epoch) * 1e6 + Number(step) > before;
        }""",
        arg=before,
    )


def test_a_reload_finds_the_run_live_with_its_curves_whole_on_the_tab_that_it_left(pad, training):
    training.run_long()
    before = step_of(training)
    training.page.reload()
    expect(training.page.get_by_role("tab", name="Training")).to_have_attribute("aria-selected", "true")
    expect(training.stop).to_be_visible()
    expect_to_go_on(training)
    assert step_of(training) > before
    rows = training.page.locator(".run-epochs tbody tr")
    assert {row.get_attribute("data-epoch") for row in rows.all()} >= {"0", "1", "2"}
    training.stop.click()
    training.expect_state("stopped")
    expect(training.page.get_by_text("You stopped it.")).to_be_visible()
    training.page.get_by_role("tab", name="Sketchpad").click()
    pad.draw(SEVEN)
    expect(pad.model(pad.own(1))).to_have_attribute("data-digit", re.compile("[0-9]"))


def test_a_second_tab_sees_the_run_and_may_stop_it(training, server):
    training.run_long()
    page = training.page.context.new_page()
    page.goto(server.url + "#training")
    second = Training(page)
    expect_to_go_on(second)
    expect(second.start).to_be_hidden()
    second.stop.click()
    second.expect_state("stopped")
    training.expect_state("stopped")
    expect(training.start).to_be_visible()


def test_a_page_that_is_left_and_come_back_to_sees_how_the_run_ended(pad, training, server):
    training.set_up(epochs=3)
    training.start.click()
    expect(training.stop).to_be_visible()
    training.page.goto("about:blank")
    training.page.wait_for_timeout(1000)
    training.page.go_back()
    training.expect_state("finished")
    expect(training.page.locator(".confusion td")).to_have_count(100)


def test_five_seconds_without_network_cost_the_run_nothing(new_page, network):
    page = new_page()
    page.goto(network.url + "#training")
    training = Training(page)
    training.run_long()
    network.cut()
    before = step_of(training)
    lost = page.get_by_text("Can’t reach the server. Your run goes on")
    expect(lost).to_be_visible()
    time.sleep(5)
    network.mend()
    expect(lost).to_be_hidden()
    expect_to_go_on(training)
    assert step_of(training) > before
    training.stop.click()
    training.expect_state("stopped")
    expect(page.get_by_text("You stopped it.")).to_be_visible()
