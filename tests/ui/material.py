"""Pictures and payloads to send, by name: good ones of every kind, and every kind of bad one."""

import base64
import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from mnist_demo.ink.pictures import MAX_BYTES


def a_one(mode: str = "L", size: tuple[int, int] = (200, 200)) -> Image.Image:
    """A dark stroke on white paper."""
    picture = Image.new("L", size, 255)
    width, height = size
    ImageDraw.Draw(picture).line(
        [(width / 2, height / 5), (width / 2, height * 4 / 5)], 0, max(1, height // 12)
    )
    return picture.convert(mode)


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def bomb() -> bytes:
    """A PNG of some kilobytes that says it holds 30,000 x 30,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


_SIXTEEN_BIT = Image.fromarray(np.asarray(a_one(), np.uint16) * 257)

GOOD = {
    "gray": encoded(a_one()),
    "color": encoded(a_one("RGB")),
    "transparent": encoded(a_one("RGBA")),
    "palette": encoded(a_one("P")),
    "black and white": encoded(a_one("1")),
    "16 bit": encoded(_SIXTEEN_BIT),
    "CMYK": encoded(a_one("CMYK"), "JPEG"),
    "animated": encoded(a_one("RGB"), "GIF", save_all=True, append_images=[Image.new("RGB", (200, 200))]),
    "webp": encoded(a_one("RGB"), "WEBP"),
    "extreme aspect": encoded(a_one(size=(12, 1500))),
    "light on dark": encoded(Image.eval(a_one(), lambda value: 255 - value)),
}

BLANK = {
    "white": encoded(Image.new("L", (280, 280), 255)),
    "black": encoded(Image.new("L", (280, 280), 0)),
    "1 x 1": encoded(Image.new("L", (1, 1), 255)),
    "all transparent": encoded(Image.new("RGBA", (280, 280), (0, 0, 0, 0))),
}

BAD = {
    "not a picture": b"This is a letter, not a picture.",
    "a program": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "truncated": GOOD["color"][: len(GOOD["color"]) // 2],
    "header only": GOOD["gray"][:33],
    "zero size": GOOD["gray"][:16] + struct.pack(">II", 0, 0) + GOOD["gray"][24:],
    "a bomb": bomb(),
    "too many bytes": GOOD["gray"] + bytes(MAX_BYTES),
}


def data_address(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def drawing(ink: object = 1, **changes: object) -> dict[str, Any]:
    """What the pad sends for one stroke down its middle."""
    stroke = {"points": [0.5, 0.2, 0.51, 0.5, 0.5, 0.8], "width": 0.06, "erases": False}
    return {"ink": ink, "models": "all", "picture": None, "strokes": [stroke], **changes}


def stroke(**changes: object) -> list[dict[str, Any]]:
    return [{**drawing()["strokes"][0], **changes}]


NOT_A_NUMBER = float("nan")

#: Name -> a request to read_ink that no pad makes.
BAD_DRAWINGS: dict[str, object] = {
    "nothing": None,
    "a list": [],
    "a text": "7",
    "a number": 7,
    "an empty object": {},
    "no strokes": {"ink": 1, "models": "all", "picture": None},
    "an unknown field": drawing(color="red"),
    "ink is a text": drawing("1"),
    "ink is true": drawing(True),
    "ink below zero": drawing(-1),
    "ink beyond counting": drawing(10**30),
    "models is a list": drawing(models=["cnn"]),
    "models is empty": drawing(models=""),
    "an unknown model": drawing(models="gpt"),
    "a very long model": drawing(models="cnn" * 1000),
    "strokes is an object": drawing(strokes={}),
    "a stroke is a number": drawing(strokes=[3]),
    "too many strokes": drawing(strokes=stroke() * 501),
    "too many points": drawing(strokes=stroke(points=[0.5] * 40_002)),
    "too many points together": drawing(strokes=stroke(points=[0.5] * 20_000) * 3),
    "no points": drawing(strokes=stroke(points=[])),
    "half a point": drawing(strokes=stroke(points=[0.5, 0.5, 0.5])),
    "points in pairs": drawing(strokes=stroke(points=[[0.5, 0.5]])),
    "points are texts": drawing(strokes=stroke(points=["0.5", "0.5"])),
    "a point is null": drawing(strokes=stroke(points=[0.5, None])),
    "a point is NaN": drawing(strokes=stroke(points=[0.5, NOT_A_NUMBER])),
    "a point is infinite": drawing(strokes=stroke(points=[0.5, float("inf")])),
    "width is NaN": drawing(strokes=stroke(width=NOT_A_NUMBER)),
    "width is infinite": drawing(strokes=stroke(width=float("-inf"))),
    "width is a text": drawing(strokes=stroke(width="wide")),
    "erases is a number": drawing(strokes=stroke(erases=1)),
    "the picture is a number": drawing(picture=1),
    "the picture is an address": drawing(picture="http://127.0.0.1/picture.png"),
    "the picture is a path": drawing(picture="/etc/passwd"),
    "the picture is not base64": drawing(picture="data:image/png;base64,????"),
    "the picture is empty": drawing(picture="data:image/png;base64,"),
    "the picture is not square": drawing(picture=data_address(encoded(Image.new("LA", (280, 100))))),
    "the picture has no alpha": drawing(picture=data_address(GOOD["gray"])),
    "the picture is too large": drawing(picture=data_address(bytes(500_001))),
    **{f"the picture: {name}": drawing(picture=data_address(content)) for name, content in BAD.items()},
}

#: Name -> a request to read_picture that no pad makes.
BAD_PICTURES: dict[str, object] = {
    "nothing": None,
    "a text": "data:image/png;base64,",
    "an empty object": {},
    "a number": {"picture": 1},
    "null": {"picture": None},
    "a path": {"picture": "/etc/passwd"},
    "an address": {"picture": "http://127.0.0.1/picture.png"},
    "not base64": {"picture": "data:image/png;base64,****"},
    "empty": {"picture": "data:image/png;base64,"},
    **{name: {"picture": data_address(content)} for name, content in BAD.items()},
    **{name: {"picture": data_address(content)} for name, content in BLANK.items()},
}
