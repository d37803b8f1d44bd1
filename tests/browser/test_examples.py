"""Try these: examples that are drawn while one watches, and the challenge to fool exactly one model."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pad import ONE, SEVEN, Pad

EXAMPLES = {
    "A 1 with a flag": "All four read 1",
    "A 2 like a Z": "All four read 2",
    "An open 4": "All four read 4",
    "A 7 with a bar": "All four read 7",
    "A 9 in two strokes": "All four read 9",
    "A slashed 0": "All four read 0",
    "A letter": "Doesn’t look like a digit",
}

#: A 4 that leans so far that the logistic regression, alone, reads a 9.
LEANING_FOUR = ([(0.18, 0.34), (0.33, 0.6), (0.63, 0.42)], [(0.45, 0.12), (0.82, 0.75)])


def example(page: Page, name: str):
    offer = page.get_by_role("button", name="Or try")
    if offer.is_visible():
        offer.click()  # digits to compare with may stand in their place
    return page.get_by_role("group", name="Try these").get_by_role("button", name=name)


def expect_drawn(pad: Pad) -> None:
    """Wait until the ink has stood still for a while and is read."""
    pad.page.wait_for_function(
        """() => {
            const { ink, shown } = document.querySelector("#digit-pad").dataset;
            if (window.lastInk !== ink) Object.assign(window, { lastInk: ink, since: Date.now() });
            return ink === shown && Date.now() - window.since > 250;
        }"""
    )


def place(page: Page, title: str):
    group = page.get_by_role("group", name="Fool exactly one model")
    return group.get_by_role("button", name=title)


@pytest.fixture(scope="module")
def watched(browser, answering):
    """A pad whose models answer in the page, with motion."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    pad = Pad(page, answering.url).open()
    pad.draw(ONE)
    expect(page.locator('[data-where="here"]')).to_have_count(4)
    yield pad
    page.close()


@pytest.mark.parametrize(("name", "verdict"), EXAMPLES.items())
def test_an_example_is_drawn_and_read(watched, name, verdict):
    before = watched.ink
    example(watched.page, name).click()
    expect_drawn(watched)
    expect(watched.verdict).to_have_text(verdict)
    assert watched.ink - before > 5  # it grew while one watched


def test_an_example_is_one_step_and_whoever_goes_on_has_all_of_it(watched):
    example(watched.page, "A letter").click()
    watched.page.wait_for_timeout(100)
    watched.tool("Undo").click()  # in the middle of it
    watched.tool("Redo").click()
    expect(watched.verdict).to_have_text("Doesn’t look like a digit")
    whole = watched.inked()
    example(watched.page, "A 1 with a flag").click()
    expect_drawn(watched)
    expect(watched.verdict).to_have_text("All four read 1")
    watched.tool("Undo").click()
    watched.expect_read()
    assert watched.inked() == pytest.approx(whole, rel=0.01)
    example(watched.page, "A 7 with a bar").click()
    watched.draw([(0.1, 0.9), (0.12, 0.9)])
    watched.expect_read()
    assert len(watched.page.evaluate("JSON.parse(sessionStorage['mnist-demo-drawing']).strokes")) == 3


def test_without_motion_an_example_is_there_at_once(new_page, server):
    pad = Pad(new_page(reduced_motion="reduce"), server.url).open()
    example(pad.page, "A 7 with a bar").click()
    assert pad.ink == 1
    expect(pad.verdict).to_have_text("All four read 7")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_who_fools_one_model_alone_finds_the_drawing_there_again(new_page, server, theme):
    pad = Pad(new_page(color_scheme=theme), server.url).open()
    expect(place(pad.page, "Logistic regression: not fooled yet")).to_be_visible()
    pad.draw(SEVEN)
    pad.expect_read()
    pad.tool("Clear").click()
    for stroke in LEANING_FOUR:
        pad.draw(stroke)
    expect(pad.notice).to_have_text("You fooled the Logistic regression alone. 1 of 4 found.")
    found = place(pad.page, "Fooled Logistic regression alone: show it")
    expect(found.locator("polyline")).to_have_count(2)
    expect(place(pad.page, "CNN: not fooled yet").first).to_be_visible()
    pad.page.reload()
    pad.tool("Clear").click()
    pad.expect_blank()
    found.click()
    expect_drawn(pad)
    expect(pad.verdict).to_have_text("They disagree: 9, 4, 4, 4")


def test_an_example_fools_nobody(new_page, server):
    pad = Pad(new_page(), server.url).open()
    pad.page.evaluate("localStorage.setItem('mnist-demo-fooled', '{}')")
    for stroke in LEANING_FOUR:
        pad.draw(stroke)
    expect(pad.notice).to_contain_text("You fooled")
    pad.page.evaluate("localStorage.clear()")
    pad.page.reload()  # the drawing is there again, but it isn't drawn anew
    expect(pad.verdict).to_have_text("They disagree: 9, 4, 4, 4")
    pad.page.wait_for_timeout(300)
    expect(pad.page.locator(".places polyline")).to_have_count(0)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "null",
        "[1]",
        '"text"',
        "{",
        json.dumps({"cnn": "#draw=AT%00", "mlp": 7, "logistic": "#draw=AjwBAQE"}),
    ],
)
def test_what_storage_holds_instead_is_left_alone(new_page, server, stored):
    page = new_page()
    page.add_init_script(f"localStorage.setItem('mnist-demo-fooled', {json.dumps(stored)})")
    pad = Pad(page, server.url).open()
    expect(page.locator(".places button")).to_have_count(4)
    expect(page.locator(".places polyline")).to_have_count(0)
    for stroke in LEANING_FOUR:
        pad.draw(stroke)
    expect(page.locator(".places svg")).to_have_count(1)


def test_without_storage_what_was_found_lives_as_long_as_the_page(new_page, server):
    page = new_page()
    page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
               Object.defineProperty(window, name, { get() { throw new Error("not allowed"); } });"""
    )
    pad = Pad(page, server.url).open()
    for stroke in LEANING_FOUR:
        pad.draw(stroke)
    expect(page.locator(".places svg")).to_have_count(1)
