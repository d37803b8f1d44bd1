"""A link to a drawing: copied, opened, and refused in words where it is damaged."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.pad import ONE, SEVEN, Pad

COPY = "Copy a link to this drawing"


def linked(pad: Pad) -> str:
    """Copy the link to what is on the pad; the address then is that link."""
    pad.tool(COPY).click()
    expect(pad.page).to_have_url(re.compile("#draw="))
    return pad.page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_link_draws_and_answers_what_it_was_copied_from(new_page, server, theme):
    pad = Pad(new_page(permissions=["clipboard-read", "clipboard-write"]), server.url).open()
    expect(pad.tool(COPY)).to_have_attribute("aria-disabled", "true")
    pad.draw(SEVEN)
    pad.draw([(0.35, 0.5), (0.65, 0.48)])
    pad.expect_read()
    link, inked = linked(pad), pad.inked()
    expect(pad.notice).to_have_text("Link copied.")
    assert pad.page.evaluate("navigator.clipboard.readText()") == link
    assert len(link.split("#")[1]) < 300
    other = Pad(new_page(), link.replace("#", f"?__theme={theme}#")).open()
    expect(other.verdict).to_have_text(pad.verdict.inner_text())
    other.expect_read()
    assert other.inked() == pytest.approx(inked, rel=0.02)
    other.tool("Undo").click()
    other.expect_blank()


def test_back_leads_to_the_drawing_before(new_page, server):
    pad = Pad(new_page(), server.url).open()
    pad.draw(ONE)
    pad.expect_read()
    linked(pad)
    pad.tool("Clear").click()
    pad.draw(SEVEN)
    pad.expect_read()
    linked(pad)
    expect(pad.verdict).to_have_text("All four read 7")
    pad.page.go_back()
    expect(pad.verdict).to_have_text("All four read 1")
    pad.page.go_forward()
    expect(pad.verdict).to_have_text("All four read 7")


@pytest.mark.parametrize(
    ("fragment", "says"),
    [
        ("#draw=", "damaged"),
        ("#draw=AT%00", "damaged"),
        ("#draw=ATwB", "damaged"),
        ("#draw=AjwBAQE", "newer version"),
        ("#draw=" + "A" * 30_000, "too long"),
    ],
)
def test_a_damaged_link_gives_a_blank_pad_and_a_sentence(new_page, server, fragment, says):
    page = new_page()
    problems = []
    page.on("pageerror", lambda problem: problems.append(problem))
    pad = Pad(page, server.url + fragment).open()
    expect(pad.notice).to_contain_text(says)
    pad.expect_blank()
    assert problems == []
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.verdict).to_have_text("All four read 7")


def test_without_a_clipboard_the_link_is_in_the_address(new_page, server):
    page = new_page()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    pad = Pad(page, server.url).open()
    pad.draw(SEVEN)
    pad.expect_read()
    linked(pad)
    expect(pad.notice).to_have_text("The link is in the address bar: copy it from there.")
