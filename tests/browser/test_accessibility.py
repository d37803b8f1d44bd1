"""The sketchpad in every state, as axe-core judges it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.pad import Pad
from tests.browser.test_answers_in_page import draw_until_here

#: One of the tools that package.json lists; `npm ci` brings it.
_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

_VIOLATIONS = """async () => (await axe.run({ resultTypes: ["violations"] })).violations.map(
    ({ id, nodes }) => [id, ...nodes.slice(0, 3).map(({ html }) => html)])"""

LETTER_A = [[(0.2, 0.85), (0.5, 0.15), (0.8, 0.85)], [(0.33, 0.58), (0.67, 0.58)]]


def violations(page: Page) -> list[list[str]]:
    page.wait_for_timeout(300)  # colors that fade are at rest
    return page.evaluate(_VIOLATIONS)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_no_state_has_anything_that_axe_finds(new_page, answering, size, theme):
    page = new_page(viewport={"width": size[0], "height": size[1]})
    pad = Pad(page, answering.url).open(f"?__theme={theme}")
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = {"blank": violations(page)}
    draw_until_here(pad)
    found["answered"] = violations(page)
    pad.model("mlp").locator(".more").click()
    found["all ten"] = violations(page)
    page.get_by_role("radio", name="CNN", exact=True).check(force=True)
    pad.expect_read()
    found["one model"] = violations(page)
    page.get_by_role("radio", name="All side by side").check(force=True)
    pad.tool("Clear").click()
    for stroke in LETTER_A:
        pad.draw(stroke)
    pad.expect_read()
    found["not a digit"] = violations(page)
    assert not any(found.values()), found
