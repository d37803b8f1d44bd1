"""What the pad's server functions do, as plain functions of the services and of what a visitor sent.

Knows requests, ink and models. Knows nothing of gradio: no component, no event, no route.
"""

import base64
import contextlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_demo.ink.fitting import Digit, pixels_of
from mnist_demo.ink.pad import PAD_SIDE, digit_from_picture, pad_ink
from mnist_demo.ink.pictures import MAX_BYTES, PictureError, ink_address, read_picture
from mnist_demo.ink.strokes import Stroke, digit_from_strokes
from mnist_demo.models.cards import Card
from mnist_demo.models.modules import UnknownModel
from mnist_demo.models.program import ProgramError
from mnist_demo.ui.pad import payloads
from mnist_demo.ui.pad.payloads import MAX_NAME_LENGTH, MAX_PAD_PICTURE_BYTES, InkPayload, PayloadError
from mnist_demo.ui.server.concurrency import BusyError
from mnist_demo.ui.services import Services
from mnist_demo.ui.sessions.own_models import OWN
from mnist_demo.ui.sessions.token import visitor_of

#: A visitor's own model that is larger stays on the server: in a page's memory it takes twice that.
MAX_PROGRAM_BYTES = 8_000_000


class NoModelError(RuntimeError):
    """No checkpoint could be loaded, so there is no model to ask."""

    def __init__(self) -> None:
        """Carry a sentence for people."""
        super().__init__("No model could be loaded on the server, so nothing can be read.")


class NotTrainedError(RuntimeError):
    """A model of the visitor's own is asked for, but isn't on the pad."""

    def __init__(self) -> None:
        """Carry a sentence for people."""
        super().__init__("That model of yours is no longer on the pad. Please choose another one.")


#: Errors that a visitor caused or can wait out; their messages are sentences for people.
EXPECTED = (PayloadError, PictureError, UnknownModel, NoModelError, NotTrainedError, BusyError)

#: Said about our own mistakes. The details are for the log, not for strangers.
_UNEXPECTED = "Something went wrong on the server; your drawing is safe."

_log = logging.getLogger(__name__)


def read_ink(services: Services, payload: object) -> dict[str, Any]:
    """Classify the ink that is on the pad now. Never raises.

    Returns {"ink", "blank": True}, {"ink", "digit", "answers"} or {"ink", "error"}. `ink` is the request's
    own counter, or None if it has none. `digit` is base64 of 784 bytes, row by row, 255 = ink. A `visitor`
    gets the answers of their own models on the pad too, and a model of theirs that is being trained reads the
    same ink. An error that is worth another try, because the server was only busy, has "busy": True.
    """
    started = time.perf_counter()
    answer = _answered(lambda: _read_ink(services, payloads.ink_payload(payload)))
    outcomes = {"busy": "busy", "error": "refused", "blank": "blank"}
    outcome = next((outcomes[key] for key in outcomes if key in answer), "read")
    services.metrics.count_drawing(outcome, time.perf_counter() - started)
    return {"ink": payloads.ink_counter(payload), **answer}


def read_pad_picture(services: Services, payload: object) -> dict[str, Any]:
    """Turn a pasted, dropped or chosen picture into ink for the pad. Never raises.

    Returns {"picture": data address of a PNG, 280 x 280, black with alpha = ink} or {"error"}, as read_ink.
    """
    return _answered(lambda: _read_pad_picture(services, payload))


def describe_model(name: str, card: Card) -> dict[str, Any]:
    """Return what the pad shows of a model."""
    return {
        "name": name,
        "title": card.title,
        "sentence": card.sentence,
        "detects": card.min_confidence is not None,
        "parameters": card.parameters,
        "test_accuracy": card.test_accuracy,
    }


def own_models(services: Services, payload: object) -> dict[str, Any]:
    """Return what the pad says about the visitor's own models on it, {"models": [...]}. Never raises."""
    session = services.trainer.sessions.find(visitor_of(payload))
    on_pad = session.models.on_pad if session else {}
    return {
        "models": [
            {**describe_model(name, run.result.card), "title": f"Yours: {run.name}", "color": run.color}
            for name, run in on_pad.items()
            if run.result
        ]
    }


def own_program(services: Services, payload: object) -> dict[str, Any]:
    """Return one of the visitor's own models for their page to answer with, {"program": base64}.

    payload: {"visitor", "model": its name}. {} where it isn't on the pad, can't be said as a program, or is
    too large for a page. Never raises.
    """
    session = services.trainer.sessions.find(visitor_of(payload))
    asked = payload.get("model") if isinstance(payload, dict) else None
    packed = None
    if session and isinstance(asked, str) and services.limits.answers == "page":
        with contextlib.suppress(ProgramError):
            packed = session.models.pack(asked)
    return (
        {"program": base64.b64encode(packed).decode()} if packed and len(packed) <= MAX_PROGRAM_BYTES else {}
    )


def predict(services: Services, path: Path, choice: object) -> dict[str, Any]:
    """Return what the command `predict` prints for a picture's file, without its name.

    Raises PictureError, UnknownModel or BusyError, each with a sentence for people.
    """
    asked = str(choice)[:MAX_NAME_LENGTH]
    _names(services, asked)  # before the work of reading the picture
    with services.concurrency.reserve_reader():
        return services.classifier.predict(digit_from_picture(read_picture(path)), asked)


def _answered(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what `work` returns, or its error as a sentence."""
    try:
        return work()
    except BusyError as busy:
        return {"error": str(busy), "busy": True}
    except EXPECTED as problem:
        return {"error": str(problem)}
    except Exception:
        _log.exception("A request from the pad failed")
        return {"error": _UNEXPECTED}


def _read_ink(services: Services, request: InkPayload) -> dict[str, Any]:
    session = services.trainer.sessions.find(request.visitor)
    is_own = request.models.startswith(OWN)
    names = [] if is_own else _names(services, request.models)
    strokes = [Stroke(stroke.positions(), stroke.diameter(), stroke.erases) for stroke in request.strokes]
    with services.concurrency.reserve_reader():
        digit = digit_from_strokes(strokes, _ink_under(request))
    if session:
        session.show_digit(digit)
    if digit is None:
        return {"blank": True}
    # after the reader is released, so that drawings which arrive meanwhile can join this batch
    answers = services.batches.classify(digit, names)
    if session:
        answers |= session.models.answer(digit, request.models)
    if not answers:
        raise NotTrainedError
    return {
        "digit": _as_text(digit),
        "answers": {name: vars(answer) for name, answer in answers.items()},
    }


def _read_pad_picture(services: Services, payload: object) -> dict[str, Any]:
    content = payloads.bytes_of(payloads.picture_payload(payload).picture, MAX_BYTES)
    with services.concurrency.reserve_reader():
        ink = pad_ink(read_picture(content))
        if not ink.getbbox():
            raise PictureError("There is no ink in that picture.")
        return {"picture": ink_address(ink)}


def _names(services: Services, choice: str) -> list[str]:
    if not services.classifier.cards:
        raise NoModelError
    return services.classifier.names_of(choice)


def _ink_under(request: InkPayload) -> NDArray[np.float32] | None:
    """Return the ink [H, W] of the picture that lies under the strokes."""
    if request.picture is None:
        return None
    content = payloads.bytes_of(request.picture, MAX_PAD_PICTURE_BYTES)
    picture = read_picture(content, max_pixels=(4 * PAD_SIDE) ** 2)
    if "A" not in picture.getbands() or picture.width != picture.height or picture.width > 4 * PAD_SIDE:
        raise PayloadError("The picture under the ink isn't one of the pad's.")
    return (np.asarray(picture.getchannel("A")) / 255).astype(np.float32)


def _as_text(digit: Digit) -> str:
    return base64.b64encode(pixels_of(digit).tobytes()).decode()
