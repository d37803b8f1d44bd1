"""The tabs' addresses, Back and Forward between them, and what a link to the page looks like."""

import html
import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from mnist_demo.ui.preview import PICTURE_NAME
from tests.browser.pad import ONE, SEVEN, Pad


def tab(page: Page, name: str):
    return page.get_by_role("tab", name=name)


def expect_open(page: Page, name: str) -> None:
    expect(tab(page, name)).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_back_and_forward_lead_to_the_tabs(new_page, server, theme):
    page = new_page(color_scheme=theme)
    Pad(page, server.url).open()
    tab(page, "Training").click()
    expect(page).to_have_url(re.compile("#training$"))
    tab(page, "Sketchpad").click()
    expect(page).to_have_url(re.compile("#sketchpad$"))
    page.go_back()
    expect_open(page, "Training")
    page.go_back()
    expect_open(page, "Sketchpad")
    page.go_forward()
    expect_open(page, "Training")


def test_a_link_leads_to_its_tab(new_page, server):
    page = new_page()
    page.goto(server.url + "#training")
    expect_open(page, "Training")
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    page.reload()
    expect_open(page, "Training")
    page.evaluate("location.hash = 'sketchpad'")
    expect_open(page, "Sketchpad")
    page.evaluate("location.hash = 'what-is-this'")
    expect_open(page, "Sketchpad")


def test_a_link_to_a_drawing_opens_the_sketchpad_and_keeps_what_was_drawn_since(new_page, server):
    pad = Pad(new_page(), server.url).open()
    page = pad.page
    pad.draw(SEVEN)
    pad.expect_read()
    pad.tool("Copy a link to this drawing").click()
    expect(page).to_have_url(re.compile("#draw="))
    pad.tool("Clear").click()
    pad.draw(ONE)
    expect(pad.verdict).to_have_text("All four read 1")
    tab(page, "Training").click()
    expect(page).to_have_url(re.compile("#training$"))
    page.go_back()
    expect_open(page, "Sketchpad")
    expect(page).to_have_url(re.compile("#draw="))
    page.wait_for_timeout(300)
    expect(pad.verdict).to_have_text("All four read 1")


def test_a_link_to_the_page_has_a_title_a_sentence_a_picture_and_an_icon(new_page, server):
    page = new_page()
    response = page.request.get(server.url)
    text = response.text()
    tags = dict(re.findall(r'<meta (?:property|name)="(og:[^"]+|description)" content="([^"]+)">', text))
    assert tags["og:title"] == "Handwritten digits"
    assert "while the pen moves" in tags["og:description"] == tags["description"]
    assert "Gradio" not in html.unescape(" ".join(tags.values()))
    assert 'content="Gradio"' not in text
    assert text.count('property="og:title"') == 1
    picture = page.request.get(tags["og:image"])
    assert tags["og:image"].endswith(f"/{PICTURE_NAME}")
    assert tags["og:image"].startswith("http://127.0.0.1")
    with Image.open(BytesIO(picture.body())) as image:
        assert image.size == (1200, 630)
    assert len(picture.body()) < 300_000  # WhatsApp shows no larger ones
    page.goto(server.url)
    icon = page.locator("link[rel=icon]")
    assert page.evaluate(
        """async (address) => {
            const image = new Image();
            image.src = address;
            await image.decode();
            return image.width;
        }""",
        icon.get_attribute("href"),
    )
