"""Untrusted bytes -> a picture, or one sentence; never another error, never a warning."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from mnist_demo.ink import pictures
from mnist_demo.ink.pad import ink_from_picture
from mnist_demo.ink.pictures import PictureError, read_picture

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")

bounded = settings(max_examples=150, derandomize=True, deadline=None)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)  # type: ignore[arg-type]
    return file.getvalue()


def drawing(mode: str = "L", side: int = 40) -> Image.Image:
    image = Image.new("L", (side, side), 255)
    ImageDraw.Draw(image).line((side // 4, side // 4, side // 2, side - 4), 0, 4)
    return image.convert(mode)


def bold(side: int) -> Image.Image:
    """A line that is wide enough to outlast a reduction."""
    image = Image.new("L", (side, side), 255)
    ImageDraw.Draw(image).line((side // 4, side // 4, side // 2, side - side // 8), 0, side // 15)
    return image


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they are a picture of any size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", FORMATS)
def test_pictures_of_the_usual_formats_are_read(kind: str, tmp_path: Path) -> None:
    content = encoded(drawing(), kind)
    path = tmp_path / "seven"
    path.write_bytes(content)
    for image in (read_picture(content), read_picture(path)):
        assert image.size == (40, 40)
        pixels = np.asarray(image.convert("L"))
        assert pixels[0, 0] > 200
        assert pixels.min() < 60


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"),
        ("P", "PNG"),
        ("LA", "PNG"),
        ("RGBA", "PNG"),
        ("I;16", "PNG"),
        ("CMYK", "JPEG"),
        ("F", "TIFF"),
    ],
)
def test_pictures_of_every_mode_are_read(mode: str, kind: str) -> None:
    assert read_picture(encoded(drawing(mode), kind)).mode == mode


@pytest.mark.parametrize("size", [(1, 1), (1, 1000), (5000, 1)])
def test_tiny_and_extreme_pictures_are_read(size: tuple[int, int]) -> None:
    assert min(read_picture(encoded(Image.new("L", size))).size) == 1


@pytest.mark.parametrize(
    "content", [b"P1 5 5 " + b"0 0 1 0 0 " * 5, b"P4 8 4\n" + b"\x18" * 4, b"P2 3 1 9 9 0 9"]
)
def test_bitmaps_of_scanners_are_read(content: bytes) -> None:
    image = read_picture(content).convert("L")
    assert image.getextrema() == (0, 255)


def test_an_animation_shows_its_first_frame() -> None:
    frames = [Image.new("L", (8, 8), level) for level in (255, 0, 128)]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        image = read_picture(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
        assert image.convert("L").getextrema()[0] > 250


def test_a_photograph_is_upright() -> None:
    image = Image.new("L", (30, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    assert read_picture(encoded(image, "JPEG", exif=exif)).size == (20, 30)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_comes_reduced_and_shows_the_same(kind: str) -> None:
    image = read_picture(encoded(drawing(side=3000), kind))
    assert max(image.size) <= 2 * pictures.MAX_SIDE
    assert np.asarray(image).min() < 60


@pytest.mark.parametrize(
    ("mode", "kind"), [("P", "PNG"), ("1", "PNG"), ("I;16", "PNG"), ("F", "TIFF"), ("LA", "PNG")]
)
def test_a_large_picture_of_any_mode_comes_reduced(mode: str, kind: str) -> None:
    large = bold(3000)
    if mode == "I;16":
        large = Image.fromarray(np.asarray(large).astype(np.uint16) * 257)
    else:
        large = large.convert(mode)
    options = {"compression": "tiff_adobe_deflate"} if kind == "TIFF" else {}
    image = read_picture(encoded(large, kind, **options))
    assert max(image.size) <= 2 * pictures.MAX_SIDE
    ink = ink_from_picture(image)
    expected = ink_from_picture(read_picture(encoded(bold(3000), "PNG")))
    assert expected.max() > 0.9
    assert np.abs(ink - expected).mean() < 0.01


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"seven", "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
        (b"%PDF-1.4\n", "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture"),
        (b"P5 2 2 255 abc", "damaged"),
        (b"P5 70000 70000 255 abcd", "large|more than"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "not a picture"),
        (encoded(drawing())[:-40], "damaged"),
        (encoded(drawing(), "JPEG")[:-300], "damaged"),
        (png_that_claims(0, 0), "picture"),
        (png_that_claims(6500, 6500), "more than 40 million pixels"),
        (png_that_claims(12_000, 12_000), "large|more than"),
        (png_that_claims(100_000, 100_000), "large|more than"),
        (png_that_claims(2**31 - 1, 2**31 - 1), "picture"),
    ],
)
def test_what_can_not_be_read_says_why(content: bytes, says: str) -> None:
    with pytest.raises(PictureError, match=says) as problem:
        read_picture(content)
    assert str(problem.value).endswith(".")


def test_size_is_checked_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pictures, "MAX_BYTES", 100)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("decoded"))
    path = tmp_path / "large"
    path.write_bytes(bytes(101))
    for source in (bytes(101), path):
        with pytest.raises(PictureError, match="larger than"):
            read_picture(source)


def test_missing_files_and_folders_say_so(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"no file seven\.png"):
        read_picture(tmp_path / "seven.png")
    with pytest.raises(PictureError, match="folder"):
        read_picture(tmp_path)
    with pytest.raises(PictureError, match="no file"):
        read_picture(Path("a\0b"))


ENCODED = [encoded(drawing("RGB"), kind) for kind in FORMATS] + [
    encoded(drawing("P")),
    encoded(drawing("LA")),
]


def assert_is_read_or_refused(content: bytes) -> None:
    try:
        image = read_picture(content)
    except PictureError:
        return
    assert image.width > 0
    assert image.height > 0


@bounded
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert_is_read_or_refused(content)


@bounded
@given(st.sampled_from(ENCODED), st.floats(0, 1))
def test_any_truncation_is_read_or_refused(content: bytes, share: float) -> None:
    assert_is_read_or_refused(content[: int(share * len(content))])


@bounded
@given(st.sampled_from(ENCODED), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8))
def test_any_damage_is_read_or_refused(content: bytes, changes: list[tuple[float, int]]) -> None:
    damaged = bytearray(content)
    for share, value in changes:
        # Most of what a decoder can be led astray by stands at the front.
        damaged[int(share**3 * len(damaged))] = value
    assert_is_read_or_refused(bytes(damaged))
