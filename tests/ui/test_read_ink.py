"""The pad's server functions: what they answer, and that bad requests get a sentence and nothing more."""

import base64
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np
import pytest
from PIL import Image, ImageFile

from mnist_demo.models.modules import MODELS
from mnist_demo.ui.pad import handlers, payloads
from mnist_demo.ui.server.concurrency import ConcurrencyLimit
from tests.ui.material import (
    BAD_DRAWINGS,
    BAD_PICTURES,
    GOOD,
    NOT_A_NUMBER,
    a_one,
    data_address,
    drawing,
    encoded,
    stroke,
)


def sentence(answer):
    """The error of an answer that is nothing but an error."""
    assert set(answer) <= {"ink", "error"}, answer
    text = answer["error"]
    assert text.endswith(".")
    assert text[0].isupper()
    assert len(text) < 300
    assert "Traceback" not in text
    assert text != handlers._UNEXPECTED
    return text


def test_a_drawing_is_read_by_every_model(browser):
    answer = browser.call("read_ink", drawing(17))
    assert answer["ink"] == 17
    digit = np.frombuffer(base64.b64decode(answer["digit"]), np.uint8).reshape(28, 28)
    assert digit.max() > 200
    assert digit[:, :4].max() == 0
    assert list(answer["answers"]) == list(MODELS)
    for read in answer["answers"].values():
        assert len(read["probabilities"]) == 10
        assert sum(read["probabilities"]) == pytest.approx(1)
        assert read["milliseconds"] > 0


def test_one_model_is_asked_alone(browser):
    assert list(browser.call("read_ink", drawing(models="mlp"))["answers"]) == ["mlp"]


@pytest.mark.parametrize("strokes", [[], stroke(erases=True)])
def test_a_pad_without_ink_is_blank(browser, strokes):
    assert browser.call("read_ink", drawing(5, strokes=strokes)) == {"ink": 5, "blank": True}


def test_strokes_beyond_the_pad_and_pens_beyond_measure_are_read(browser):
    wild = (
        stroke(points=[0.5, 0.5, 1e300, -1e300, 0.5, 0.9], width=1e300) + stroke(width=0) + stroke(width=-3)
    )
    assert "digit" in browser.call("read_ink", drawing(strokes=wild))


@pytest.mark.parametrize("name", BAD_DRAWINGS)
def test_a_drawing_that_no_pad_sends_gets_a_sentence(browser, services, name):
    payload = BAD_DRAWINGS[name]
    direct = handlers.read_ink(services, payload)
    sentence(direct)
    # NaN and infinity are not JSON, but Python's and some browsers' parsers take them all the same.
    body = json.dumps(browser.body("read_ink", payload))
    answer = browser.http.post("gradio_api/component_server", content=body)
    assert (answer.status_code, answer.json()) == (200, direct)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (None, "That isn't a drawing."),
        ({}, "The drawing's counter has to be a whole number from 0 to 9,007,199,254,740,991."),
        (drawing(color="red"), "That isn't a drawing."),
        (drawing(-1), "The drawing's counter has to be a whole number from 0 to 9,007,199,254,740,991."),
        (drawing(visitor="me"), "Your session is missing. Please reload the page."),
        (drawing(models="m" * 65), "A model's name has to be a text of at most 64 characters."),
        (drawing(strokes=stroke() * 501), "A drawing has to be a list of at most 500 strokes."),
        (drawing(strokes=[3]), "A drawing has to be a list of at most 500 strokes."),
        (
            drawing(strokes=stroke(points=[0.5] * 40_002)),
            "A stroke has to be a list of at most 20,000 points, all finite numbers.",
        ),
        (
            drawing(strokes=stroke(points=[0.5, NOT_A_NUMBER])),
            "A stroke has to be a list of at most 20,000 points, all finite numbers.",
        ),
        (
            drawing(strokes=stroke(points=[0.5] * 20_000) * 3),
            "That drawing is too long: at most 20,000 points can be read.",
        ),
        (drawing(strokes=stroke(points=[0.5] * 3)), "Every point of a stroke needs both x and y."),
        (drawing(strokes=stroke(width="wide")), "A stroke's width has to be a finite number."),
        (drawing(strokes=stroke(erases=1)), "Whether a stroke erases has to be true or false."),
        (drawing(picture=1), "That isn't a picture."),
        (
            drawing(picture=data_address(bytes(500_001))),
            "That picture is too large: at most 0.5 MB can be read.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_limit_of_a_drawing_has_its_own_sentence(services, payload, said):
    assert handlers.read_ink(services, payload)["error"] == said


def test_a_large_picture_under_the_ink_is_refused_by_its_header(services, monkeypatch):
    def decode(*_):
        raise AssertionError("decoded")

    large = drawing(picture=data_address(encoded(Image.new("LA", (6000, 6000)))))
    monkeypatch.setattr(ImageFile.ImageFile, "load", decode)
    assert "million pixels" in sentence(handlers.read_ink(services, large))


def test_every_field_that_can_be_refused_has_a_sentence():
    for kind in (payloads.InkPayload, payloads.StrokePayload, payloads.PicturePayload):
        assert all(field.description.endswith(".") for field in kind.model_fields.values())


def test_a_refusal_says_which_ink_it_refuses(services):
    assert handlers.read_ink(services, drawing(23, models="gpt"))["ink"] == 23
    assert handlers.read_ink(services, drawing("23"))["ink"] is None


def test_our_own_mistakes_are_logged_and_not_shown(services, monkeypatch, caplog):
    def break_down(*_):
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(handlers, "digit_from_strokes", break_down)
    answer = handlers.read_ink(services, drawing(3))
    assert answer == {"ink": 3, "error": handlers._UNEXPECTED}
    assert "a secret" in caplog.text


def test_a_busy_server_says_so(services, monkeypatch):
    closed = ConcurrencyLimit(readers=1, waiting=1, patience=0.01)
    monkeypatch.setattr(type(services), "concurrency", closed)
    with closed.reserve_reader():
        answer = handlers.read_ink(services, drawing(4))
    assert (answer["ink"], answer["busy"]) == (4, True)
    assert "busy" in answer["error"]


def test_a_flood_gets_quick_refusals_and_the_app_goes_on(browser, services, monkeypatch):
    freed = threading.Event()
    monkeypatch.setattr(handlers, "digit_from_strokes", lambda *_: freed.wait() and None)
    with ThreadPoolExecutor(30) as visitors:
        calls = [visitors.submit(browser.call, "read_ink", drawing(ink)) for ink in range(30)]
        refused = []
        for call in as_completed(calls):
            refused.append(call.result())
            if len(refused) == 30 - services.limits.readers:
                freed.set()  # all but those who are being read have been sent back by now
    busy = [answer for answer in refused if "busy" in answer]
    assert len(busy) == 30 - services.limits.readers
    assert sorted(call.result()["ink"] for call in calls) == list(range(30))
    monkeypatch.undo()
    assert "digit" in browser.call("read_ink", drawing())


@pytest.mark.parametrize("name", GOOD)
def test_a_picture_becomes_ink_for_the_pad(browser, name):
    answer = browser.call("read_picture", {"picture": data_address(GOOD[name], "application/octet-stream")})
    assert list(answer) == ["picture"], answer
    header, content = answer["picture"].split(",")
    assert header == "data:image/png;base64"
    picture = decoded(content)
    assert (picture.mode, picture.size) == ("LA", (280, 280))
    assert picture.getchannel("L").getextrema() == (0, 0)
    assert picture.getchannel("A").getextrema()[1] > 200
    assert picture.getchannel("A").getpixel((0, 0)) == 0
    read = browser.call("read_ink", drawing(9, picture=answer["picture"], strokes=[]))
    assert set(read) == {"ink", "digit", "answers"}


def test_a_wide_picture_lies_whole_in_the_middle(browser):
    wide = a_one(size=(800, 200)).rotate(0)
    answer = browser.call("read_picture", {"picture": data_address(encoded(wide))})
    left, top, right, bottom = decoded(answer["picture"].split(",")[1]).getchannel("A").getbbox()
    assert (left + right) / 2 == pytest.approx(140, abs=2)
    assert (top + bottom) / 2 == pytest.approx(140, abs=2)
    assert bottom - top == pytest.approx(280 / 4 * 0.6, abs=4)


def test_strokes_may_be_drawn_over_a_picture_and_erase_it(browser):
    picture = browser.call("read_picture", {"picture": data_address(GOOD["gray"])})["picture"]
    rubbed_out = stroke(points=[0.5, 0, 0.5, 1], width=0.5, erases=True)
    assert browser.call("read_ink", drawing(2, picture=picture, strokes=rubbed_out)) == {
        "ink": 2,
        "blank": True,
    }


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_anything_but_a_picture_gets_a_sentence(browser, services, name):
    payload = BAD_PICTURES[name]
    direct = handlers.read_pad_picture(services, payload)
    sentence(direct)
    assert browser.call("read_picture", payload) == direct


def test_a_picture_over_the_cap_is_refused_before_it_is_decoded(services, monkeypatch):
    def decode(*_, **__):
        raise AssertionError("decoded")

    monkeypatch.setattr(base64, "b64decode", decode)
    address = "data:image/png;base64," + "A" * 20_000_000
    assert "too large" in sentence(handlers.read_pad_picture(services, {"picture": address}))
    assert "too large" in sentence(handlers.read_ink(services, drawing(picture=address)))


def decoded(text):
    return Image.open(io.BytesIO(base64.b64decode(text)))
