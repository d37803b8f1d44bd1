"""Drawing and its tools: by mouse, finger and keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.pad import ONE, SEVEN, Pad


def test_the_pad_is_one_canvas_and_ready(pad):
    expect(pad.page.locator("#digit-pad canvas")).to_have_count(1)
    pad.expect_blank()
    pad.draw(SEVEN)
    pad.expect_read()
    for card in pad.answered().all():
        probabilities = pad.probabilities(card.get_attribute("data-model"))
        assert sorted(probabilities) == list(range(10))
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-4)
        assert max(probabilities, key=probabilities.get) == int(card.get_attribute("data-digit"))
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")


#: What lies where a pen would come down, from the pad's first moment on until the page has long settled.
_TOUCHED = """window.touched = new Set();
const look = () => {
    const canvas = document.querySelector("#digit-pad canvas");
    if (canvas && document.querySelector("[data-model]")) {
        const { left, top, width } = canvas.getBoundingClientRect();
        const there = document.elementFromPoint(left + width / 2, top + width / 2);
        touched.add(there === canvas ? "pad" : "something else");
    }
    setTimeout(look, 2);
};
look();"""


def test_nothing_lies_over_the_pad_while_the_page_settles(new_page, server):
    page = new_page()
    page.add_init_script(_TOUCHED)
    for _ in range(3):
        Pad(page, server.url).open()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("[...touched]") == ["pad"]


def test_answers_follow_the_pen_before_it_lifts(pad):
    wire = pad.wire
    pad.press(ONE)
    expect(pad.answered().first).to_be_visible()
    pad.expect_read()
    during = pad.ink
    for point in SEVEN:
        pad.page.mouse.move(*pad.at(*point), steps=3)
    assert pad.ink > during
    pad.expect_read()
    assert len(wire.asked) <= pad.ink
    pad.page.mouse.up()


def test_a_stroke_may_leave_the_pad_and_return(pad):
    pad.press([(0.5, 0.5), (0.5, 1.2), (0.3, 1.2), (0.3, 0.5)])
    pad.page.mouse.up()
    pad.expect_read()
    ink = pad.ink
    pad.page.mouse.move(*pad.at(0.9, 0.9))
    assert pad.ink == ink, "a lifted pen draws nothing"
    pad.tool("Undo").click()
    pad.expect_blank()


def test_a_dot_is_ink(pad):
    pad.draw([(0.5, 0.5)])
    pad.expect_read()
    expect(pad.answered().first).to_be_visible()


def test_a_finger_draws_and_the_page_stays(new_page, server):
    page = new_page(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=3
    )
    pad = Pad(page, server.url).open()
    touch = page.context.new_cdp_session(page)

    def swipe(points):
        for kind, (x, y) in zip(["touchStart"] + ["touchMove"] * (len(points) - 1), points, strict=True):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe([pad.at(0.5, 0.9 - 0.05 * step) for step in range(17)])
    pad.expect_read()
    expect(pad.model("logistic")).to_have_attribute("data-digit", "1")
    assert page.evaluate("scrollY") == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    expect(pad.answered().first.locator(".answer")).to_be_in_viewport()

    swipe([(195, 800 - 40 * step) for step in range(12)])
    page.wait_for_function("scrollY > 0")  # the same gesture scrolls where there is no pad


def test_undo_redo_and_clear_by_button(pad):
    pad.draw(ONE)
    first = pad.inked()
    pad.draw(SEVEN)
    both = pad.inked()
    assert both > first > 0
    pad.tool("Undo").click()
    assert pad.inked() == first
    pad.tool("Redo").click()
    assert pad.inked() == both
    pad.tool("Clear").click()
    assert pad.inked() == 0
    pad.expect_blank()
    expect(pad.tool("Clear")).to_have_attribute("aria-disabled", "true")
    pad.tool("Undo").click()
    assert pad.inked() == both
    pad.expect_read()
    expect(pad.answered().first).to_be_visible()


def test_undo_redo_and_clear_by_key(pad):
    keyboard = pad.page.keyboard
    pad.draw(ONE)
    one = pad.inked()
    for back, forth in (
        ("Control+z", "Control+Shift+z"),
        ("Meta+z", "Meta+Shift+z"),
        ("Control+z", "Control+y"),
    ):
        keyboard.press(back)
        pad.expect_blank()
        keyboard.press(forth)
        assert pad.inked() == one
    keyboard.press("Delete")
    pad.expect_blank()
    ink = pad.ink
    keyboard.press("Delete")
    assert pad.ink == ink, "clearing a clear pad changes nothing"


def test_the_eraser_erases(pad):
    pad.draw(ONE)
    pad.page.keyboard.press("e")
    expect(pad.tool("Eraser")).to_have_attribute("aria-pressed", "true")
    for _ in range(12):
        pad.page.keyboard.press("]")
    pad.draw(ONE)
    assert pad.inked() == 0
    pad.expect_read()
    expect(pad.answered()).to_have_count(0)
    pad.tool("Pen").click()
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")


def test_the_pen_has_a_width(pad):
    wire = pad.wire
    pad.page.get_by_label("Pen width").fill("4")
    pad.draw([(0.3, 0.3)])
    for key in ("]", "]", "["):
        pad.page.keyboard.press(key)
    pad.draw([(0.7, 0.7)])
    pad.expect_read()
    assert [stroke["width"] for stroke in wire.asked[-1]["strokes"]] == [0.04, 0.05]


def test_keys_belong_to_a_text_field_while_it_has_the_focus(pad):
    pad.draw(ONE)
    ink = pad.ink
    pad.page.evaluate("document.querySelector('.stage').insertAdjacentHTML('beforeend', '<input id=field>')")
    pad.page.locator("#field").press_sequentially("e[]")
    for key in ("Delete", "Control+z"):
        pad.page.keyboard.press(key)
    assert pad.ink == ink
    expect(pad.tool("Pen")).to_have_attribute("aria-pressed", "true")


def test_every_control_has_a_name_and_is_reached_by_tab(pad):
    pad.page.locator("#digit-pad canvas").focus()
    name = "({ activeElement: it }) => (it.ariaLabel ?? it.labels?.[0]?.textContent ?? '').trim()"
    names = []
    for _ in range(26):
        names.append(pad.page.evaluate(f"({name})(document)"))
        pad.page.keyboard.press("Tab")
    tools = ["Pen", "Eraser", "Pen width", "Undo", "Redo", "Clear", "Choose a picture"]
    assert names[1:8] == tools
    assert "A slashed 0" in names
    assert all(names[: names.index("All side by side")])
    assert "All side by side" in names


def test_a_ready_made_drawing_can_be_clicked_in(pad):
    pad.page.get_by_role("button", name="A 7 with a bar").click()
    expect(pad.verdict).to_have_text("All four read 7")
    pad.page.keyboard.press("Control+z")
    pad.expect_blank()


def test_points_that_add_nothing_are_dropped(pad):
    wire = pad.wire
    pad.replay([[(0.5, 0.3 + step / 20_000) for step in range(2_001)]])
    pad.expect_read()
    points = wire.asked[-1]["strokes"][0]["points"]
    assert len(points) / 2 == pytest.approx(0.1 / 0.002, abs=3)


def test_a_very_long_drawing_is_still_read(pad):
    wire = pad.wire
    scribble = [((7 * step % 1000) / 1000, (13 * step % 997) / 997) for step in range(9_000)]
    pad.replay([scribble[start : start + 3_000] for start in (0, 3_000, 6_000)])
    pad.expect_read()
    expect(pad.notice).to_be_empty()
    assert len(wire.asked) < 10
