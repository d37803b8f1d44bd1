"""What the pad's browser code may send, and what of it is refused before any work is done.

Knows shapes, types and sizes of the two requests, and nothing of ink, models or gradio. Everything here comes
from strangers: it is finite, bounded in count and size, and of the right type, or it is a PayloadError.
"""

import base64
import binascii
import re
from typing import Annotated, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from mnist_demo.ui.sessions.token import Visitor

#: Strokes of one drawing, and points of all its strokes together: several minutes of drawing without a pause.
MAX_STROKES = 500
MAX_POINTS = 20_000

#: The pad's own picture is a few tens of kilobytes: 280 x 280 pixels as PNG. In bytes, before base64.
MAX_PAD_PICTURE_BYTES = 500_000

#: Characters of one question as JSON: the pad's picture as base64, and more strokes than can be drawn.
MAX_QUESTION_LENGTH = MAX_PAD_PICTURE_BYTES * 4 // 3 + 512 * 1024

#: Strokes may leave the pad and come back; what is farther out, in sides of the pad, is brought here.
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

    points: Annotated[list[FiniteFloat], Field(min_length=2, max_length=2 * MAX_POINTS)]
    width: FiniteFloat
    erases: bool = False

    def positions(self) -> NDArray[np.float32]:
        """Return the points as [N, 2], none farther from the pad than FARTHEST."""
        flat = np.asarray(self.points, np.float64).clip(-FARTHEST, 1 + FARTHEST)
        return flat.astype(np.float32).reshape(-1, 2)

    def diameter(self) -> float:
        """Return the pen's diameter, no thinner and no thicker than WIDTHS."""
        return min(max(self.width, WIDTHS[0]), WIDTHS[1])


class InkPayload(_Payload):
    """What is on the pad: its counter, the models asked, a picture under the ink, the strokes in order."""

    visitor: Visitor | None = None
    ink: Annotated[int, Field(ge=0, le=_MAX_INK)]
    models: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
    picture: str | None = None
    strokes: Annotated[list[StrokePayload], Field(max_length=MAX_STROKES)]


class PicturePayload(_Payload):
    """A picture that was pasted, dropped or chosen, as the data address of its file."""

    picture: str


def ink_payload(payload: object) -> InkPayload:
    """Check a request to read the pad's ink. Raises PayloadError."""
    request = _checked(InkPayload, payload)
    if any(len(stroke.points) % 2 for stroke in request.strokes):
        raise PayloadError("The drawing was not understood: a point needs both x and y.")
    if sum(len(stroke.points) for stroke in request.strokes) > 2 * MAX_POINTS:
        raise PayloadError(f"The drawing is too long: at most {MAX_POINTS:,} points can be read.")
    return request


def picture_payload(payload: object) -> PicturePayload:
    """Check a request to turn a picture into ink. Raises PayloadError."""
    return _checked(PicturePayload, payload)


def ink_counter(payload: object) -> int | None:
    """Return the request's ink counter where it has a usable one: even a refusal says what it refuses."""
    ink = payload.get("ink") if isinstance(payload, dict) else None
    return ink if type(ink) is int and 0 <= ink <= _MAX_INK else None


def bytes_of(address: str, most: int) -> bytes:
    """Decode a picture's data address into at most `most` bytes; longer ones are refused before decoding.

    Raises PayloadError where it is no such address, is not base64, is empty, or is too large.
    """
    start = _DATA_ADDRESS.match(address)
    if start is None:
        raise PayloadError("That is not a picture.")
    if (len(address) - start.end()) // 4 * 3 > most + 2:
        raise PayloadError(f"That picture is too large: at most {most / 1e6:.3g} MB can be read.")
    try:
        content = base64.b64decode(address[start.end() :], validate=True)
    except binascii.Error:
        raise PayloadError("That picture did not arrive whole.") from None
    if not content:
        raise PayloadError("That picture is empty.")
    return content


def _checked(kind: type[_Request], payload: object) -> _Request:
    if not isinstance(payload, dict):
        raise PayloadError("The drawing was not understood: it is not one.")
    try:
        return kind.model_validate(payload)
    except ValidationError as problems:
        first: Any = problems.errors(include_url=False, include_context=False, include_input=False)[0]
        where = " ".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        what = first["msg"][:1].lower() + first["msg"][1:]
        raise PayloadError(f"The drawing was not understood: {where}: {what}.") from None
