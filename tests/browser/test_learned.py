"""Training digits beside a drawing, where the models disagree or doubt, and at the press of Compare."""

import pytest
from playwright.sync_api import expect

from tests.browser.pad import SEVEN, Pad

LETTER = ([(0.2, 0.9), (0.5, 0.1), (0.8, 0.9)], [(0.3, 0.6), (0.7, 0.6)])


def opened(page, server) -> Pad:
    """A pad whose page has the digits."""
    pad = Pad(page, server.url).open()
    expect(pad.page.get_by_role("button", name="Compare")).to_be_visible()
    return pad


def tiles(pad: Pad, group: str):
    return pad.page.locator(f".learned .{group} canvas")


def examples(pad: Pad):
    return pad.page.get_by_role("group", name="Try these")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_doubted_drawing_is_compared_and_an_empty_pad_offers_examples(new_page, answering, theme):
    pad = opened(new_page(color_scheme=theme), answering)
    for stroke in LETTER:
        pad.draw(stroke)
    expect(pad.verdict).to_have_text("Doesn’t look like a digit")
    expect(examples(pad)).to_be_hidden()
    for group in ("nearest", "typical"):
        expect(tiles(pad, group)).to_have_count(8)
        expect(tiles(pad, group).first).to_be_visible()
        assert tiles(pad, group).first.evaluate(
            "canvas => canvas.getContext('2d').getImageData(0, 0, 28, 28).data.some((value) => value > 200)"
        )
    pad.tool("Clear").click()
    expect(examples(pad)).to_be_visible()
    expect(tiles(pad, "nearest").first).to_be_hidden()


def test_whoever_asks_compares_a_digit_that_is_read_well(new_page, answering):
    pad = opened(new_page(), answering)
    pad.draw(SEVEN)
    pad.expect_read()
    expect(examples(pad)).to_be_visible()
    pad.page.get_by_role("button", name="Compare").click()
    names = [tile.get_attribute("aria-label") for tile in tiles(pad, "nearest").all()]
    assert len(names) == 8
    assert sum(name.startswith("A 7, from ") for name in names) >= 7
    assert all(name.endswith(("MNIST", "PenDigits")) for name in names)
    expect(tiles(pad, "typical").first).to_have_attribute("aria-label", "A 7, from MNIST")
    pad.page.get_by_label("Typical digits").select_option("4s")
    expect(tiles(pad, "typical").first).to_have_attribute("aria-label", "A 4, from MNIST")
    pad.page.get_by_role("button", name="Or try").click()
    expect(examples(pad)).to_be_visible()


@pytest.mark.parametrize("answer", [{"body": b"damaged"}, {"status": 404}])
def test_a_failed_download_leaves_the_examples(new_page, answering, answer):
    page = new_page()
    page.route("**/*.exemplars", lambda route: route.fulfill(**answer))
    pad = Pad(page, answering.url).open()
    for stroke in LETTER:
        pad.draw(stroke)
    expect(pad.page.locator('[data-where="here"]')).to_have_count(4)
    pad.page.wait_for_timeout(300)
    expect(examples(pad)).to_be_visible()
    expect(pad.page.locator(".switch")).to_be_hidden()
