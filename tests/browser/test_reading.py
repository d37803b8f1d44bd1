"""How the pad asks: one request at a time, the newest ink, again after a failure, plain words meanwhile."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.pad import ONE, SEVEN, Pad
from tests.browser.serving import Server

AWAY = "Can’t reach the server. Your drawing is safe; trying again…"


class Gatekeeper:
    """Stands between a page and read_ink; holds questions back, or answers in the server's place.

    Made before the page is opened. Without `sockets` the page is left with HTTP.
    """

    def __init__(self, page, sockets=True):
        self.asked = []
        self.held = []
        self.answer = None  # payload -> what to answer; "lost" loses the question; None asks the server
        self.holds = False
        page.route_web_socket("**/websocket", self._join if sockets else lambda socket: socket.close())
        page.route("**/component_server/**", lambda route: self._meet(ByHttp(route)))

    def release(self):
        self.holds = False
        for question in self.held:
            self._pass(question)
        self.held = []

    def _join(self, socket):
        server = socket.connect_to_server()
        socket.on_message(lambda text: self._meet(OverSocket(socket, server, text)))

    def _meet(self, question):
        self.asked.append(question.payload)
        if self.holds:
            self.held.append(question)
        else:
            self._pass(question)

    def _pass(self, question):
        answer = self.answer and self.answer(question.payload)
        if answer == "lost":
            question.lose()
        elif answer:
            question.answer(answer)
        else:
            question.go_on()


class ByHttp:
    """A question that came as a request."""

    def __init__(self, route):
        self.payload = json.loads(route.request.post_data)["data"]
        self.lose, self.go_on = route.abort, route.continue_
        self.answer = lambda answer: route.fulfill(json=answer)


class OverSocket:
    """A question that came over the socket."""

    def __init__(self, socket, server, text):
        self.payload = json.loads(text)
        self.lose = socket.close
        self.go_on = lambda: server.send(text)
        self.answer = lambda answer: socket.send(json.dumps(answer))


@pytest.fixture(params=["socket", "http"])
def concurrency(request, new_page):
    concurrency = Gatekeeper(page := new_page(), sockets=request.param == "socket")
    concurrency.page = page
    return concurrency


@pytest.fixture
def pad(concurrency, server):
    return Pad(concurrency.page, server.url).open()


def test_one_request_at_a_time_and_the_newest_ink_wins(pad, concurrency):
    concurrency.holds = True
    pad.draw(ONE)
    pad.page.keyboard.press("Delete")
    pad.draw(SEVEN)
    assert len(concurrency.asked) == 1
    concurrency.release()
    pad.expect_read()
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")
    assert len(concurrency.asked) == 2
    assert concurrency.asked[-1]["ink"] == pad.ink


def test_an_answer_to_ink_that_is_gone_is_not_shown(pad, concurrency):
    concurrency.holds = True
    pad.draw(SEVEN)
    pad.tool("Clear").click()
    concurrency.release()
    pad.page.wait_for_timeout(500)  # the answer comes, and nothing is to be seen of it
    pad.expect_blank()
    pad.draw(ONE)
    pad.expect_read()
    pad.tool("Clear").click()
    pad.expect_blank()


def test_a_lost_request_is_asked_again_without_alarm(pad, concurrency):
    answers = iter(["lost"])
    concurrency.answer = lambda payload: next(answers, None)
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")
    expect(pad.notice).to_be_empty()


def test_a_server_that_stays_away_is_reported_until_it_is_back(pad, concurrency):
    concurrency.answer = lambda payload: "lost"
    pad.draw(ONE)
    expect(pad.notice).to_have_text(AWAY)
    pad.page.keyboard.press("Delete")
    pad.draw(SEVEN)
    concurrency.answer = None
    pad.expect_read()
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")
    expect(pad.notice).to_be_empty()


def test_a_lost_network_is_reported_and_the_answer_comes_when_it_is_back(new_page, server):
    page = new_page()
    pad = Pad(page, server.url).open()
    pad.draw(ONE)
    pad.expect_read()
    page.context.set_offline(True)
    page.keyboard.press("Delete")
    pad.draw(SEVEN)
    expect(pad.notice).to_have_text(AWAY)
    page.context.set_offline(False)
    pad.expect_read()
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")
    expect(pad.notice).to_be_empty()


def test_every_question_goes_over_the_socket_while_it_is_open(new_page, server):
    pad = Pad(new_page(), server.url)
    with pad.page.expect_websocket(lambda socket: socket.url.endswith("/websocket")) as opened:
        pad.open()
    pad.draw(ONE)
    pad.draw(SEVEN)
    pad.expect_read()
    assert not opened.value.is_closed()
    assert pad.wire.asked
    assert pad.wire.by_http == 0


def test_a_busy_server_is_asked_again(pad, concurrency):
    answers = iter([{"error": "Busy.", "busy": True}])
    concurrency.answer = lambda payload: (
        {"ink": payload["ink"], **answer} if (answer := next(answers, None)) else None
    )
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.answered().first).to_be_visible()


def test_a_server_that_never_answers_is_given_up(pad, concurrency):
    pad.page.clock.install()
    concurrency.holds = True
    pad.draw(SEVEN)
    expect(pad.notice).to_be_empty()
    pad.page.clock.run_for(5_100)
    expect(pad.notice).to_have_text(AWAY)
    concurrency.release()
    pad.page.clock.run_for(2_100)
    pad.expect_read()
    expect(pad.notice).to_be_empty()


def test_a_refusal_is_shown_and_leaves_nothing_stale(pad, concurrency):
    pad.draw(ONE)
    pad.expect_read()
    concurrency.answer = lambda payload: {"ink": payload["ink"], "error": "That is too much ink."}
    pad.draw(SEVEN)
    expect(pad.notice).to_have_text("That is too much ink.")
    expect(pad.answered()).to_have_count(0)
    expect(pad.state).to_have_attribute("data-shown", "-1")
    concurrency.answer = None
    pad.page.keyboard.press("Control+z")
    pad.expect_read()
    expect(pad.notice).to_be_empty()


def test_disagreement_is_in_words(new_page, server):
    page = new_page()
    concurrency = Gatekeeper(page)
    pad = Pad(page, server.url).open()
    names = [card.get_attribute("data-model") for card in page.locator("[data-model]").all()]
    digits = [7] * (len(names) - 1) + [1]

    def answer(payload):
        certain = {
            name: [float(digit == d) for d in range(10)] for name, digit in zip(names, digits, strict=True)
        }
        return {
            "ink": payload["ink"],
            "digit": "A" * 1046 + "==",
            "answers": {name: {"probabilities": p, "milliseconds": 1.0} for name, p in certain.items()},
        }

    concurrency.answer = answer
    pad.draw(ONE)
    if len(names) > 1:
        expect(pad.verdict).to_have_text("They disagree: " + ", ".join(map(str, digits)))
        expect(page.locator(".stage [aria-live=polite]")).to_have_text(
            "They disagree: " + ", ".join(map(str, digits))
        )
    if len(names) > 2:
        expect(page.get_by_text("≠ sees 1").locator("visible=true")).to_have_count(1)


def test_a_drawing_that_is_not_a_digit_is_flagged(concurrency, pad):
    def answer(payload):
        row = {"probabilities": [0.1] * 10, "milliseconds": 1.0}
        doubts = {"logistic": False, "cnn": True}
        answers = {name: {**row, "doubtful": doubt} for name, doubt in doubts.items()}
        return {"ink": payload["ink"], "digit": "A" * 1046 + "==", "answers": answers}

    concurrency.answer = answer
    pad.draw(SEVEN)
    expect(pad.verdict).to_have_text("Doesn’t look like a digit")
    expect(pad.page.locator(".stage [aria-live=polite]")).to_have_text("Doesn’t look like a digit")
    concurrency.answer = None
    pad.page.keyboard.press("Delete")
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.verdict).not_to_have_text("Doesn’t look like a digit")


def test_a_grid_is_flagged_and_a_seven_is_not(new_page, server):
    pad = Pad(new_page(), server.url).open()
    for at in (0.35, 0.65):
        pad.draw([(at, 0.1), (at, 0.9)])
        pad.draw([(0.1, at), (0.9, at)])
    pad.expect_read()
    expect(pad.verdict).to_have_text("Doesn’t look like a digit")
    pad.tool("Clear").click()
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.verdict).to_have_text("All four read 7")


def test_killed_and_restarted_while_somebody_draws(new_page, tmp_path):
    server = Server(tmp_path / "log", MNIST_DEMO_ANSWERS="server")
    try:
        server.start()
        pad = Pad(new_page(), server.url).open()
        pad.press(ONE)
        pad.expect_read()
        server.kill()
        for point in SEVEN:
            pad.page.mouse.move(*pad.at(*point), steps=3)
        expect(pad.notice).to_have_text(AWAY)
        pad.page.mouse.up()
        pad.tool("Clear").click()
        expect(pad.notice).to_be_empty()
        pad.draw(SEVEN)
        expect(pad.notice).to_have_text(AWAY)
        server.start()
        pad.expect_read()
        expect(pad.model("logistic")).to_have_attribute("data-digit", "7")
        expect(pad.notice).to_be_empty()
    finally:
        server.kill()
