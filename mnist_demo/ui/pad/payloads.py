"""What the pad's browser code may send; anything else is refused before any work is done.

Knows the shapes, types and sizes of the two requests, and nothing of ink, models or gradio. All of it comes
from strangers: it is finite, bounded in count and size, and of the right type, or it raises a PayloadError.
Each field's description is the sentence that people get when its value is refused.
"""

import base64
import binascii
import re
from typing import Annotated, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from mnist_demo.ui.sessions.token import MISSING, Visitor

#: Strokes of one drawing, and points of all its strokes together: several minutes of drawing without a pause.
MAX_STROKES = 500
MAX_POINTS = 20_000

#: The pad's own picture is a few tens of kilobytes: 280 x 280 pixels as PNG. In bytes, before base64.
MAX_PAD_PICTURE_BYTES = 500_000

#: Characters of one question as JSON: the pad's picture as base64, and more strokes than can be drawn.
MAX_QUESTION_LENGTH = MAX_PAD_PICTURE_BYTES * 4 // 3 + 512 * 1024

#: Strokes may leave the pad and come back; points farther out than this, in sides of the pad, are moved here.
FARTHEST = 2.0

#: The thinnest and the thickest pen, in sides of the pad.
WIDTHS = (0.002, 0.5)

#: Characters of a model's name.
MAX_NAME_LENGTH = 64

#: The largest counter that JavaScript counts to without error.
_MAX_INK = 2**53 - 1

_DATA_ADDRESS = re.compile(r"data:[\w.+/-]{0,100};base64,")


class PayloadError(ValueError):
    """The request is not one the pad makes. Says what is wrong with it, for people."""


class _Payload(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Request = TypeVar("_Request", bound=_Payload)


class StrokePayload(_Payload):
    """One stroke as it travels: x0, y0, x1, y1, ... and the pen's diameter, all in sides of the pad."""

    points: Annotated[
        list[FiniteFloat],
        Field(
            min_length=2,
            max_length=2 * MAX_POINTS,
            description=f"A stroke has to be a list of at most {MAX_POINTS:,} points, all finite numbers.",
        ),
    ]
    width: Annotated[FiniteFloat, Field(description="A stroke's width has to be a finite number.")]
    erases: Annotated[bool, Field(description="Whether a stroke erases has to be true or false.")] = False

    def positions(self) -> NDArray[np.float32]:
        """Return the points as [N, 2], none farther from the pad than FARTHEST."""
        flat = np.asarray(self.points, np.float64).clip(-FARTHEST, 1 + FARTHEST)
        return flat.astype(np.float32).reshape(-1, 2)

    def diameter(self) -> float:
        """Return the pen's diameter, no thinner and no thicker than WIDTHS."""
        return min(max(self.width, WIDTHS[0]), WIDTHS[1])


class InkPayload(_Payload):
    """What is on the pad: its counter, the models asked, a picture under the ink, the strokes in order."""

    visitor: Annotated[Visitor | None, Field(description=MISSING)] = None
    ink: Annotated[
        int,
        Field(
            ge=0,
            le=_MAX_INK,
            description=f"The drawing's counter has to be a whole number from 0 to {_MAX_INK:,}.",
        ),
    ]
    models: Annotated[
        str,
        Field(
            min_length=1,
            max_length=MAX_NAME_LENGTH,
            description=f"A model's name has to be a text of at most {MAX_NAME_LENGTH} characters.",
        ),
    ]
    picture: Annotated[str | None, Field(description="That isn't a picture.")] = None
    strokes: Annotated[
        list[StrokePayload],
        Field(
            max_length=MAX_STROKES,
            description=f"A drawing has to be a list of at most {MAX_STROKES} strokes.",
        ),
    ]


class PicturePayload(_Payload):
    """A picture that was pasted, dropped or chosen, as the data address of its file."""

    picture: Annotated[str, Field(description="That isn't a picture.")]


def ink_payload(payload: object) -> InkPayload:
    """Check a request to read the pad's ink. Raises PayloadError."""
    request = _checked(InkPayload, payload, "That isn't a drawing.")
    if any(len(stroke.points) % 2 for stroke in request.strokes):
        raise PayloadError("Every point of a stroke needs both x and y.")
    if sum(len(stroke.points) for stroke in request.strokes) > 2 * MAX_POINTS:
        raise PayloadError(f"That drawing is too long: at most {MAX_POINTS:,} points can be read.")
    return request


def picture_payload(payload: object) -> PicturePayload:
    """Check a request to turn a picture into ink. Raises PayloadError."""
    return _checked(PicturePayload, payload, "That isn't a picture.")


def ink_counter(payload: object) -> int | None:
    """Return the request's ink counter if it has a valid one: refusals name the ink that they are about."""
    ink = payload.get("ink") if isinstance(payload, dict) else None
    return ink if type(ink) is int and 0 <= ink <= _MAX_INK else None


def bytes_of(address: str, most: int) -> bytes:
    """Decode a picture's data address into at most `most` bytes; longer ones are refused before decoding.

    Raises PayloadError for anything that isn't such an address, isn't base64, is empty, or is too large.
    """
    start = _DATA_ADDRESS.match(address)
    if start is None:
        raise PayloadError("That isn't a picture.")
    encoded = len(address) - start.end()
    if encoded // 4 * 3 - address.count("=", len(address) - 2) > most:
        raise PayloadError(f"That picture is too large: at most {most / 1e6:.3g} MB can be read.")
    try:
        content = base64.b64decode(address[start.end() :], validate=True)
    except binascii.Error:
        raise PayloadError("That picture did not arrive in full.") from None
    if not content:
        raise PayloadError("That picture is empty.")
    return content


def _checked(kind: type[_Request], payload: object, otherwise: str) -> _Request:
    """Validate a payload. Raises PayloadError with the refused field's description, or else `otherwise`."""
    if not isinstance(payload, dict):
        raise PayloadError(otherwise)
    try:
        return kind.model_validate(payload)
    except ValidationError as problems:
        first = problems.errors(include_url=False, include_context=False, include_input=False)[0]
        known = {**PicturePayload.model_fields, **InkPayload.model_fields, **StrokePayload.model_fields}
        names = [part for part in first["loc"] if part in known]
        raise PayloadError((names and known[names[-1]].description) or otherwise) from None
