"""A picture instead of a drawing: chosen, dropped, pasted."""

import base64
from io import BytesIO

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.pad import SEVEN

BRING = """([how, name, kind, content]) => {
    const bytes = Uint8Array.from(atob(content), character => character.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type: kind }));
    const pad = document.querySelector("#digit-pad");
    const init = { dataTransfer: data, clipboardData: data, bubbles: true, cancelable: true };
    if (how === "drop") for (const type of ["dragover", "drop"]) pad.dispatchEvent(new DragEvent(type, init));
    else document.activeElement.dispatchEvent(new ClipboardEvent("paste", init));
}"""


def seven() -> bytes:
    """A seven on light paper."""
    picture = Image.new("RGB", (320, 240), (240, 235, 225))
    line = [(320 * (x + 0.2) / 1.4, 240 * y) for x, y in SEVEN]
    ImageDraw.Draw(picture).line(line, fill=(20, 30, 120), width=16, joint="curve")
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("how", ["choose", "drop", "paste"])
def test_a_picture_becomes_ink(pad, how):
    wire = pad.wire
    if how == "choose":
        with pad.page.expect_file_chooser() as chooser:
            pad.tool("Choose a picture").click()
        chooser.value.set_files({"name": "seven.png", "mimeType": "image/png", "buffer": seven()})
    else:
        pad.page.evaluate(BRING, [how, "seven.png", "image/png", base64.b64encode(seven()).decode()])
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")
    pad.expect_read()
    assert pad.inked() > 500
    assert wire.asked[-1]["picture"].startswith("data:image/png;base64,")
    pad.draw([(0.1, 0.1)])
    pad.expect_read()
    assert wire.asked[-1]["picture"]
    assert len(wire.asked[-1]["strokes"]) == 1
    for _ in range(2):
        pad.page.keyboard.press("Control+z")
    pad.expect_blank()


def test_a_file_that_is_not_a_picture_is_refused_and_the_drawing_stays(pad):
    pad.draw(SEVEN)
    pad.expect_read()
    ink = pad.ink
    pad.page.evaluate(BRING, ["drop", "song.mp3", "audio/mpeg", base64.b64encode(b"not a picture").decode()])
    expect(pad.notice).not_to_be_empty()
    expect(pad.notice).not_to_contain_text("Reading")
    assert pad.ink == ink
    expect(pad.model("logistic")).to_have_attribute("data-digit", "7")


def test_text_is_pasted_where_it_belongs(pad):
    pad.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<input id=field>')")
    pad.page.locator("#field").focus()
    content = base64.b64encode(seven()).decode()
    pad.page.evaluate(BRING, ["paste", "a.png", "image/png", content])
    assert pad.notice.text_content() == "", "a picture that is read is announced at once"
    pad.expect_blank()


def test_a_picture_that_comes_while_the_pen_is_down_waits_until_it_lifts(pad):
    failures = []
    pad.page.on("pageerror", lambda error: failures.append(error))
    pad.press(SEVEN[:3])
    with pad.page.expect_response("**/component_server/**"):
        pad.page.evaluate(BRING, ["drop", "seven.png", "image/png", base64.b64encode(seven()).decode()])
    pad.page.wait_for_timeout(500)  # for the picture to be decoded
    pad.page.mouse.move(*pad.at(0.4, 0.8), steps=4)
    pad.expect_read()
    assert not any(asked["picture"] for asked in pad.wire.asked)
    pad.page.mouse.up()
    pad.expect_read()
    assert pad.wire.asked[-1]["picture"]
    assert pad.wire.asked[-1]["strokes"] == []
    pad.page.keyboard.press("Control+z")
    pad.expect_read()
    assert len(pad.wire.asked[-1]["strokes"]) == 1, "the stroke can be had back"
    assert failures == []
