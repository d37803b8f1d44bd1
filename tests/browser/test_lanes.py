"""The lanes: what each model is, computes and says, at every size, in both themes and in forced colors."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.pad import ONE, SEVEN, Pad
from tests.browser.serving import Server
from tests.browser.test_answers_in_page import MODELS, draw_until_here

#: Parts of a canvas's pixels: opaque ones, and whether any are bluer than red, or redder than blue.
COLORS = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const colors = { seen: 0, red: 0, blue: 0 };
    for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] < 40) continue;
        colors.seen += 1;
        if (data[at] > data[at + 2]) colors.red += 1;
        else colors.blue += 1;
    }
    return colors;
}"""
PICTURE = "canvas => canvas.toDataURL()"


def opened(page: Page, answering: Server, query: str = "") -> Pad:
    pad = Pad(page, answering.url).open(query)
    draw_until_here(pad)
    return pad


def pictures(pad: Pad, model: str) -> Locator:
    return pad.model(model).locator(".inside canvas")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_model_shows_what_it_computes_while_the_pen_moves(new_page, answering, theme):
    pad = opened(new_page(), answering, f"?__theme={theme}")
    for model in MODELS:
        expect(pad.model(model).locator(".inside")).to_be_visible()
        assert pictures(pad, model).count() in (11, 12)
    stencil = pictures(pad, "logistic").first.evaluate(COLORS)
    assert min(stencil["red"], stencil["blue"]) > 50
    before = {model: pictures(pad, model).nth(2).evaluate(PICTURE) for model in ("logistic", "cnn")}
    pad.press([(0.2, 0.7), (0.8, 0.7)])  # and still pressed
    pad.expect_read()
    for model, picture in before.items():
        assert pictures(pad, model).nth(2).evaluate(PICTURE) != picture
    pad.page.mouse.up()


def test_another_digit_s_stencil_by_mouse_and_by_keyboard(new_page, answering):
    pad = opened(new_page(), answering)
    large = pictures(pad, "logistic").first
    expect(large).to_have_attribute("aria-label", "Stencil of 7")
    pictures(pad, "logistic").nth(1 + 3).click()
    expect(large).to_have_attribute("aria-label", "Stencil of 3")
    expect(pictures(pad, "logistic").nth(1 + 3)).to_have_attribute("aria-selected", "true")
    pictures(pad, "logistic").nth(1 + 3).click()
    expect(large).to_have_attribute("aria-label", "Stencil of 7")
    inside = pad.model("logistic").locator(".inside")
    inside.focus()
    for _ in range(3):
        pad.page.keyboard.press("ArrowRight")
    expect(pad.page.locator(".enlarged figcaption")).to_have_text("Stencil of 1")
    pad.page.keyboard.press("Enter")
    expect(large).to_have_attribute("aria-label", "Stencil of 1")


def test_a_picture_is_enlarged_under_the_pointer_and_goes_on_moving(new_page, answering):
    pad = opened(new_page(), answering)
    enlarged = pad.page.locator(".enlarged")
    expect(enlarged).to_be_hidden()
    pictures(pad, "cnn").first.hover()
    expect(enlarged).to_be_visible()
    expect(enlarged).to_be_in_viewport(ratio=1)
    expect(enlarged.locator("figcaption")).to_contain_text("of block 1")
    before = enlarged.locator("canvas").evaluate(PICTURE)
    pad.replay([[(0.2, 0.7), (0.8, 0.7)]])
    pad.expect_read()
    assert enlarged.locator("canvas").evaluate(PICTURE) != before
    pad.canvas.hover()
    expect(enlarged).to_be_hidden()


def test_an_empty_pad_shows_faintly_what_there_will_be_to_see(new_page, answering):
    pad = Pad(new_page(), answering.url).open()
    for model in MODELS:
        inside = pad.model(model).locator(".inside")
        expect(inside).to_have_class(re.compile("still"))
        expect(inside).to_be_visible()
        assert inside.locator("canvas").first.evaluate(COLORS)["seen"]
    pad.expect_blank()
    pad.draw(SEVEN)
    expect(pad.model("cnn").locator(".inside")).not_to_have_class(re.compile("still"))
    pad.tool("Clear").click()
    expect(pad.model("cnn").locator(".inside")).to_have_class(re.compile("still"))
    assert pictures(pad, "cnn").first.evaluate(COLORS)["seen"]
    pad.expect_blank()


def test_all_ten_are_a_click_away_and_always_in_the_accessibility_tree(new_page, answering):
    pad = opened(new_page(), answering)
    lane = pad.model("mlp")
    more = lane.get_by_role("button", name="All ten probabilities of MLP")
    expect(more).to_have_attribute("aria-expanded", "false")
    assert len(pad.probabilities("mlp")) == 10
    expect(lane.locator(".row.highest .value")).to_have_text(lane.locator(".confidence").inner_text())
    box = lane.bounding_box()
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(lane.locator(".inside")).to_be_hidden()
    assert lane.locator(".row.highest .bar").bounding_box()["height"] > 30
    assert lane.bounding_box() == box
    more.click()
    expect(lane.locator(".inside")).to_be_visible()


def test_one_model_has_all_the_room_for_its_inside(new_page, answering):
    pad = opened(new_page(viewport={"width": 1280, "height": 800}), answering)
    small = pictures(pad, "logistic").last.bounding_box()["width"]
    for model, count in {"Logistic regression": 10, "MLP": 40, "CNN": 24}.items():
        pad.page.get_by_role("radio", name=model, exact=True).check(force=True)
        pad.expect_read()
        expect(pad.page.locator(".lane:visible .inside canvas")).to_have_count(count)
        expect(pad.page.locator(".lane:visible .row.highest .bar")).to_be_visible()
        assert pad.page.evaluate("document.documentElement.scrollHeight") == 800
    pad.page.get_by_role("radio", name="Logistic regression").check(force=True)
    assert pictures(pad, "logistic").last.bounding_box()["width"] > 2 * small


def test_squares_are_as_large_as_the_models_have_parameters(new_page, answering):
    pad = Pad(new_page(), answering.url).open()
    parameters, sizes = {}, {}
    for model in MODELS:
        lane = pad.model(model)
        parameters[model] = int(lane.locator(".parameters").inner_text().replace(",", ""))
        sizes[model] = float(lane.evaluate("lane => lane.style.getPropertyValue('--size')"))
    for model in MODELS:
        assert sizes[model] ** 2 == pytest.approx(parameters[model] / parameters["mlp"])


def test_where_the_server_answers_only_answers_are_shown(new_page, server):
    pad = Pad(new_page(), server.url).open()
    pad.draw(SEVEN)
    pad.expect_read()
    expect(pad.page.locator(".inside:visible")).to_have_count(0)
    pad.model("cnn").get_by_role("button", name="All ten probabilities of CNN").click()
    expect(pad.model("cnn").locator(".row.highest .bar")).to_be_visible()


@pytest.mark.parametrize("size", [(320, 640), (390, 844), (667, 375), (640, 400), (768, 1024)])
def test_every_answer_is_in_sight_while_one_draws(new_page, answering, size):
    pad = opened(new_page(viewport={"width": size[0], "height": size[1]}, has_touch=True), answering)
    expect(pad.canvas).to_be_in_viewport()
    visible = [model for model in MODELS if _is_in_sight(pad.model(model).locator(".digit"), size[1])]
    # the lowest windows show three of four without scrolling; the verdict sums all of them up
    assert len(visible) >= (3 if size[1] < 500 else 4)
    assert _is_in_sight(pad.verdict, size[1])
    assert _is_in_sight(pad.page.locator(".seen .pixels"), size[1])
    assert pad.page.locator(".width input").bounding_box()["width"] >= 48
    assert pad.page.evaluate("document.documentElement.scrollWidth") == size[0]


def _is_in_sight(part: Locator, height: int) -> bool:
    box = part.bounding_box()
    return bool(box) and box["y"] >= 0 and box["y"] + 0.7 * box["height"] <= height


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_nothing_jumps_while_ten_digits_are_drawn(new_page, answering, size):
    pad = opened(new_page(viewport={"width": size[0], "height": size[1]}), answering)
    pad.page.evaluate(
        """() => {
            window.shift = 0;
            new PerformanceObserver(list => list.getEntries().forEach(entry => {
                window.shift += entry.value;
                window.moved = entry.sources.map(({ node }) => node?.className ?? node?.nodeName);
            }))
                .observe({ type: "layout-shift", buffered: false });
        }"""
    )
    for index in range(10):
        pad.page.keyboard.press("Delete")
        pad.draw(ONE if index % 2 else SEVEN)
        pad.expect_read()
    assert pad.page.evaluate("window.shift") <= 0.01, pad.page.evaluate("window.moved")


def test_in_forced_colors_bars_selection_and_focus_are_seen(new_page, answering):
    pad = opened(new_page(forced_colors="active"), answering)
    pad.model("cnn").locator(".more").click()
    bar = pad.model("cnn").locator(".row.highest .bar")
    canvas_color = pad.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert bar.evaluate("bar => getComputedStyle(bar).backgroundColor") != canvas_color
    chosen = pad.page.locator(".choice input:checked + span")
    assert chosen.evaluate("span => getComputedStyle(span).outlineStyle") == "solid"
    inside = pad.model("mlp").locator(".inside")
    pad.page.keyboard.press("Tab")  # from here on the keyboard is in use
    inside.focus()
    assert inside.evaluate("part => getComputedStyle(part).outlineStyle") == "solid"
