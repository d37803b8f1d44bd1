"""What decided, and when each model knew: shown on the ink itself once the pen is up."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pad import SEVEN, Pad
from tests.browser.test_answers_in_page import MODELS, draw_until_here

#: How many pixels of the tint are warmer than the ink, and how many cooler.
TINT = """canvas => {
    if (!canvas.width) return { seen: 0, warm: 0, cool: 0 };
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const tint = { seen: 0, warm: 0, cool: 0 };
    for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] < 128) continue;
        tint.seen += 1;
        if (data[at] > data[at + 2] + 60) tint.warm += 1;
        if (data[at + 2] > data[at] + 30) tint.cool += 1;
    }
    return tint;
}"""


def tint(pad: Pad) -> dict[str, int]:
    return pad.page.locator("canvas.tint").evaluate(TINT)


def expect_explained(pad: Pad) -> None:
    expect(pad.page.locator(".trace polyline")).to_have_count(len(MODELS))
    expect(pad.page.locator(".evidence .reads")).to_have_text("reads 7")


@pytest.fixture
def pad(new_page, answering) -> Pad:
    pad = Pad(new_page(), answering.url).open()
    draw_until_here(pad)
    expect_explained(pad)
    return pad


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ink_is_tinted_at_pen_up_and_only_the_ink(new_page, answering, theme):
    pad = Pad(new_page(), answering.url).open(f"?__theme={theme}")
    draw_until_here(pad)
    expect_explained(pad)
    seen = tint(pad)
    assert seen["warm"] > 500
    inked = pad.inked()
    assert 0.95 * inked < seen["seen"] < 1.05 * inked
    pad.press([(0.2, 0.5), (0.3, 0.5)])
    assert tint(pad)["seen"] == 0  # half a digit is not explained
    pad.page.mouse.up()
    expect(pad.page.locator(".trace line")).to_have_count(1)  # where the second stroke begins
    assert tint(pad)["seen"] > 0


def test_another_model_s_reasons_another_contrast_and_none(pad):
    before = pad.page.locator("canvas.tint").evaluate("canvas => canvas.toDataURL()")
    pad.page.get_by_label("Whose answer is explained").select_option(label="Logistic regression")
    expect_explained(pad)
    after = pad.page.locator("canvas.tint").evaluate("canvas => canvas.toDataURL()")
    assert after != before
    pad.page.get_by_label("The digit that it is compared with").select_option("1")
    expect_explained(pad)
    assert pad.page.locator("canvas.tint").evaluate("canvas => canvas.toDataURL()") != after
    pad.page.get_by_label("Whose answer is explained").select_option(label="nobody")
    expect(pad.page.locator(".trace polyline")).to_have_count(len(MODELS))
    assert tint(pad)["seen"] == 0


def test_going_back_in_time_takes_pad_and_answers_along_and_letting_go_returns(pad: Pad):
    ink, whole = pad.ink, pad.inked()
    slider = pad.page.get_by_role("slider", name="When it knew")
    box = slider.bounding_box()
    pad.page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    pad.page.mouse.down()
    pad.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2, steps=5)
    expect(pad.state).to_have_attribute("data-shown", "-1")
    assert pad.inked() < 0.6 * whole
    assert tint(pad)["seen"] == 0
    expect(pad.verdict).not_to_have_text("All four read 7")
    pad.page.mouse.up()
    pad.expect_read()
    expect(pad.verdict).to_have_text("All four read 7")
    assert (pad.ink, pad.inked()) == (ink, whole)
    assert tint(pad)["seen"] > 0


def test_going_back_by_keyboard_is_said_in_words(pad: Pad):
    slider = pad.page.get_by_role("slider", name="When it knew")
    expect(slider).to_have_attribute("aria-valuetext", "The whole drawing")
    slider.focus()
    for _ in range(12):
        pad.page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute(
        "aria-valuetext", re.compile("50% of the drawing: (They disagree|All four)")
    )
    pad.page.keyboard.press("Escape")
    pad.expect_read()
    expect(pad.verdict).to_have_text("All four read 7")


#: Holds back what the page does next of its own accord, and nothing after it.
LATE = """milliseconds => {
    const Channel = window.MessageChannel;
    window.MessageChannel = function () {
        window.MessageChannel = Channel;
        const { port1, port2 } = new Channel();
        const send = message => setTimeout(() => port2.postMessage(message), milliseconds);
        return { port1, port2: { postMessage: send } };
    };
}"""


def test_an_answer_to_an_earlier_moment_that_comes_late_is_dropped(pad: Pad):
    slider = pad.page.get_by_role("slider", name="When it knew")
    slider.focus()
    pad.page.evaluate(LATE, 500)
    for _ in range(16):
        pad.page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("33% of the drawing: "))
    words = slider.get_attribute("aria-valuetext")
    pad.page.wait_for_timeout(700)
    assert slider.get_attribute("aria-valuetext") == words
    pad.page.evaluate(LATE, 500)
    pad.page.keyboard.press("ArrowLeft")
    pad.page.keyboard.press("Escape")
    expect(slider).to_have_attribute("aria-valuetext", "The whole drawing")
    pad.expect_read()
    pad.page.wait_for_timeout(700)
    expect(slider).to_have_attribute("aria-valuetext", "The whole drawing")
    expect(pad.verdict).to_have_text("All four read 7")


def test_a_stroke_drawn_while_back_in_time_continues_the_whole_drawing(pad: Pad):
    slider = pad.page.get_by_role("slider", name="When it knew")
    slider.focus()
    for _ in range(12):
        pad.page.keyboard.press("ArrowLeft")
    whole = pad.inked()
    pad.draw([(0.3, 0.5), (0.7, 0.5)])
    pad.expect_read()
    expect(pad.page.locator(".trace line")).to_have_count(1)
    assert pad.inked() > 1.5 * whole


def test_an_undone_stroke_takes_its_explanation_along(pad: Pad):
    pad.page.keyboard.press("Control+z")
    pad.expect_blank()
    assert tint(pad)["seen"] == 0
    expect(pad.page.locator(".trace polyline")).to_have_count(0)
    pad.page.keyboard.press("Control+Shift+z")
    expect_explained(pad)


def test_without_a_model_in_the_page_nothing_is_explained_and_nothing_fails(new_page, server):
    page = new_page()
    problems = []
    page.on("pageerror", lambda problem: problems.append(problem))
    pad = Pad(page, server.url).open()
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.page.locator(".evidence")).to_be_hidden()
    expect(pad.page.locator(".trace polyline")).to_have_count(0)
    assert problems == []
