"""The README's picture and that of link previews: a seven on the sketchpad and what the models make of it.

`python -m benchmarks.screenshot` writes docs/sketchpad.png and mnist_demo/ui/preview.png. What the page says
of the models is kept in the pictures' own metadata, so that a test can tell when they are out of date.
"""

import json
from io import BytesIO
from pathlib import Path

from PIL import Image, PngImagePlugin
from playwright.sync_api import Page, expect, sync_playwright

from benchmarks import processes
from tests.browser import chromium

PICTURE = processes.ROOT / "docs" / "sketchpad.png"
PREVIEW = processes.ROOT / "mnist_demo" / "ui" / "preview.png"
PREVIEW_SIZE = (1200, 630)  # what chats and social networks show whole

#: The key of the picture's metadata: a JSON object of each model's facts as the page words them.
FACTS = "models"

#: x, y in sides of the pad, y down.
_SEVEN = ((0.3, 0.22), (0.5, 0.2), (0.7, 0.19), (0.6, 0.45), (0.5, 0.65), (0.45, 0.85))


def shown_facts(page: Page) -> dict[str, list[str]]:
    """Return what the page says about each model: its parameters and its test accuracy."""
    cards = page.locator("[data-model]").all()
    return {
        str(card.get_attribute("data-model")): card.locator(".parameters, .accuracy").all_inner_texts()
        for card in cards
    }


def main() -> None:
    with processes.served(["app.py"]) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(playwright), args=chromium.ARGUMENTS
        )
        for picture, (width, height) in ((PICTURE, (1280, 800)), (PREVIEW, PREVIEW_SIZE)):
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
            page.goto(address)
            draw_seven(page)
            write(picture, page.screenshot(), shown_facts(page))
        browser.close()


def draw_seven(page: Page) -> None:
    canvas = page.locator("#digit-pad canvas")
    canvas.hover()
    box = canvas.bounding_box()
    assert box
    for number, (x, y) in enumerate(_SEVEN):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if number == 0:
            page.mouse.down()
    page.mouse.up()
    expect(page.locator(".verdict .sentence")).to_have_text("All four read 7", timeout=30_000)
    page.mouse.move(0, 0)
    page.wait_for_timeout(1000)  # the bars come to rest


def write(path: Path, png: bytes, facts: dict[str, list[str]]) -> None:
    metadata = PngImagePlugin.PngInfo()
    metadata.add_text(FACTS, json.dumps(facts))
    Image.open(BytesIO(png)).convert("RGB").quantize(256).save(path, pnginfo=metadata, optimize=True)


if __name__ == "__main__":
    main()
