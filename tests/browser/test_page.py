"""What a drawing lives through: theme, tab, size, reload; and what two visitors see of each other."""

import pytest
from playwright.sync_api import expect

from tests.browser.pad import ONE, SEVEN, Pad

INK_COLOR = """canvas => {
    const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    for (let index = 3; index < data.length; index += 4) if (data[index] === 255) return data[index - 3];
}"""


def test_ink_survives_the_theme_and_takes_its_color(pad):
    pad.draw(SEVEN)
    before = pad.inked()
    dark_ink = pad.canvas.evaluate(INK_COLOR)
    pad.page.get_by_role("button", name="Dark theme").click()
    expect(pad.page.locator("body")).to_have_class("dark")
    pad.page.wait_for_function("color => color > 200", arg=pad.canvas.evaluate(INK_COLOR))
    assert dark_ink < 60
    assert pad.inked() == pytest.approx(before, rel=0.01)
    pad.expect_read()
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")


def test_the_theme_is_the_addresss_the_visitors_or_the_systems(new_page, server):
    page = new_page(color_scheme="dark")
    pad = Pad(page, server.url).open()
    expect(page.locator("body")).to_have_class("dark")
    pad.open("?__theme=light")
    expect(page.locator("body")).not_to_have_class("dark")
    pad.open()
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("body")).not_to_have_class("dark")
    pad.open()
    expect(page.locator("body")).not_to_have_class("dark")


def test_ink_survives_another_tab_and_its_keys_sleep(pad):
    pad.draw(SEVEN)
    before, ink = pad.inked(), pad.ink
    show = "shown => document.querySelector('.tabitem').style.display = shown ? '' : 'none'"
    pad.page.evaluate(show, False)  # which is what Gradio does to a tab that is left
    pad.page.keyboard.press("Delete")
    assert pad.ink == ink
    pad.page.evaluate(show, True)
    assert pad.inked() == before
    pad.page.keyboard.press("Delete")
    pad.expect_blank()


def test_ink_is_sharp_and_stays_when_the_window_changes(new_page, server):
    page = new_page(device_scale_factor=2)
    pad = Pad(page, server.url).open()
    sharp = "canvas => canvas.width === Math.round(canvas.clientWidth * devicePixelRatio)"
    pad.draw(SEVEN)
    assert pad.canvas.evaluate(sharp)
    share = pad.inked() / pad.canvas.evaluate("canvas => canvas.width ** 2")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function(f"({sharp})(document.querySelector('#digit-pad canvas'))")
    assert pad.inked() / pad.canvas.evaluate("canvas => canvas.width ** 2") == pytest.approx(share, rel=0.03)


def test_a_reload_keeps_the_drawing_and_a_new_visit_is_blank(pad):
    pad.draw(SEVEN)
    ink = pad.inked()
    pad.page.reload()
    expect(pad.answered().first).to_be_visible()
    assert pad.inked() == ink
    pad.open()
    pad.expect_blank()


def test_two_pages_are_apart(new_page, server):
    pads = [Pad(new_page(), server.url).open() for _ in range(2)]
    pads[0].draw(SEVEN)
    pads[0].expect_read()
    pads[1].expect_blank()
    pads[1].draw(ONE)
    for pad, digit in zip(pads, "71", strict=True):
        pad.expect_read()
        expect(pad.model("logistic")).to_have_attribute("data-digit", digit)


def test_the_selector_says_who_answers(pad):
    wire = pad.wire
    every = pad.page.get_by_role("radio", name="All side by side")
    expect(every).to_be_checked()
    pad.draw(SEVEN)
    pad.expect_read()
    shown = pad.answered().count()
    pad.page.get_by_role("radio", name="Logistic regression").check()
    pad.expect_read()
    expect(pad.answered()).to_have_count(1)
    expect(pad.verdict).to_have_text("Logistic regression reads 7")
    assert wire.asked[-1]["models"] == "logistic"
    pad.draw(ONE)
    pad.expect_read()
    assert wire.asked[-1]["models"] == "logistic"
    every.check()
    pad.expect_read()
    expect(pad.answered()).to_have_count(shown)


#: Takes a number of lanes; adds as many as are missing, and answers where the lowest part of any ends.
LOWEST = """lanes => {
    const place = document.querySelector(".lanes");
    while (place.children.length < lanes) place.append(place.lastElementChild.cloneNode(true));
    return Math.max(...[...place.querySelectorAll(".lane, .lane .facts, .lane .inside")]
        .map(part => part.getBoundingClientRect().bottom));
}"""


@pytest.mark.parametrize("lanes", [4, 5])
@pytest.mark.parametrize("size", [(1280, 800), (1440, 900), (1920, 1080)])
def test_one_screen_without_scrolling(new_page, server, size, lanes):
    page = new_page(viewport={"width": size[0], "height": size[1]})
    pad = Pad(page, server.url).open()
    pad.draw(SEVEN)
    pad.expect_read()
    assert (
        page.evaluate(LOWEST, lanes) <= size[1]
    )  # the page's overflow is hidden, so its size alone says nothing
    whole = page.evaluate("(({ scrollWidth, scrollHeight }) => [scrollWidth, scrollHeight])(document.body)")
    assert whole == list(size)
    assert page.evaluate("document.documentElement.scrollHeight") == size[1]


@pytest.mark.parametrize("size", [(1024, 768), (1366, 650), (1280, 720)])
def test_four_lanes_fit_low_windows_too(new_page, server, size):
    page = new_page(viewport={"width": size[0], "height": size[1]})
    Pad(page, server.url).open()
    assert page.evaluate(LOWEST, 4) <= size[1]


def test_what_does_not_fit_can_be_scrolled_to(new_page, server):
    page = new_page(viewport={"width": 1280, "height": 600})
    Pad(page, server.url).open()
    lowest = page.evaluate(LOWEST, 6)
    assert page.evaluate("document.documentElement.scrollHeight") >= lowest


@pytest.mark.parametrize("width", [360, 768, 961, 1024, 1180, 1536])
def test_nothing_sticks_out_at_any_width(new_page, server, width):
    page = new_page(viewport={"width": width, "height": 800})
    pad = Pad(page, server.url).open()
    pad.draw(SEVEN)
    pad.expect_read()
    beyond = page.evaluate(
        """() => [...document.querySelectorAll(".choice, .choice span, .confidence, .facts dt, .facts dd")]
            .filter(part => part.getClientRects().length)
            .filter(part => part.getBoundingClientRect().right
                > (part.closest(".lane, .stage").getBoundingClientRect().right) + 0.5)
            .map(part => part.textContent)"""
    )
    assert beyond == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("lanes", [4, 5])
@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1280, 1920])
def test_what_a_lane_says_has_room(new_page, server, width, lanes):
    page = new_page(viewport={"width": width, "height": 800})
    Pad(page, server.url).open()
    page.evaluate("document.fonts.ready")  # until then the bold face is another, wider one
    beyond = page.evaluate(
        """lanes => {
            const place = document.querySelector(".lanes");
            while (place.children.length < lanes) place.append(place.lastElementChild.cloneNode(true));
            const say = (selector, text) =>
                document.querySelectorAll(selector).forEach(part => part.textContent = text);
            say(".lane .confidence", "100.0%");
            say(".lane .runner-up", "or 9: 48.8%");
            say(".lane .row .value", "48.8%");
            place.querySelectorAll(".lane").forEach(lane => lane.classList.add("open", "differs"));
            const widthOf = part => {
                const text = document.createRange();
                text.selectNodeContents(part);
                return text.getBoundingClientRect().width;
            };
            const seen = [...place.querySelectorAll(".confidence, .runner-up, .row .value")].filter(
                part => part.getClientRects().length && getComputedStyle(part).visibility === "visible");
            const room = part => part.matches(".value")
                ? part.parentElement.clientWidth + 4 : part.clientWidth;
            return seen.filter(part => widthOf(part) > room(part) + 0.5).map(part =>
                [part.className, widthOf(part), room(part)]);
        }""",
        lanes,
    )
    assert beyond == []


def test_answers_move_nothing(pad):
    boxes = """() => [...document.querySelectorAll(".stage *")]
        .filter(part => !part.closest(".unseen, .notice, .verdict, .where, .inside, .bars, svg"))
        .filter(part => !part.matches("dd, option"))
        .map(part => [part, part.getBoundingClientRect()])
        .map(([part, box]) => [part.localName, box.x, box.y, box.width, box.height])"""
    before = pad.page.evaluate(boxes)
    pad.draw(SEVEN)
    pad.expect_read()
    assert pad.page.evaluate(boxes) == before


def test_nothing_is_fetched_from_elsewhere(new_page, server):
    page = new_page()
    addresses = []
    page.on("request", lambda request: addresses.append(request.url))
    Pad(page, server.url).open().draw(SEVEN)
    page.wait_for_load_state("networkidle")
    assert [url for url in addresses if not url.startswith((server.url, "data:", "blob:"))] == []
