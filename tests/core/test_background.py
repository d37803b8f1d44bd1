"""A picture in any mode, polarity and color, on any paper and in any light -> its ink, or none."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_demo.ink.brightness import MAX_SIDE
from mnist_demo.ink.pad import digit_from_picture, ink_from_picture

MODES = (
    "1",
    "L",
    "P",
    "PA",
    "LA",
    "La",
    "RGB",
    "RGBA",
    "RGBa",
    "RGBX",
    "CMYK",
    "YCbCr",
    "LAB",
    "HSV",
    "I",
    "F",
)
WIDE_MODES = {"I;16": "<u2", "I;16B": ">u2", "I;16L": "<u2"}

bounded = settings(max_examples=60, derandomize=True, deadline=None)


def drawing(
    side: int = 280, width: float = 0.06, ink: object = 0, paper: object = 255, mode: str = "L"
) -> Image.Image:
    """A 7 with a bar, anti-aliased."""
    fine = 3 * side
    image = Image.new(mode, (fine, fine), paper)  # type: ignore[arg-type]
    draw = ImageDraw.Draw(image)
    pen = max(1, round(width * fine))
    draw.line([(fine * x, fine * y) for x, y in ((0.3, 0.2), (0.7, 0.2), (0.45, 0.85))], ink, pen, "curve")
    draw.line([(fine * x, fine * y) for x, y in ((0.4, 0.5), (0.68, 0.5))], ink, pen)
    return image.reduce(3)


def assert_shows_the_drawing(image: Image.Image, tolerance: float = 0.1) -> None:
    """The picture gives the digit that the same drawing in black on white gives."""
    digit, expected = digit_from_picture(image), digit_from_picture(drawing())
    assert digit is not None
    assert expected is not None
    assert np.abs(digit - expected).sum() / np.maximum(digit, expected).sum() < tolerance


def photograph(light: NDArray[np.float64] | float, noise: float = 0.015, **colors: object) -> Image.Image:
    """The drawing in a light [280, 280] that is 1 where it is full, with a sensor's noise."""
    pixels = (0.25 + 0.65 * np.asarray(drawing(**colors)) / 255) * light  # type: ignore[arg-type]
    pixels = pixels + np.random.default_rng(0).normal(0, noise, pixels.shape)
    return Image.fromarray((pixels.clip(0, 1) * 255).astype(np.uint8))


Y, X = np.mgrid[0:280, 0:280] / 280
LIGHTS = {
    "even": np.ones((280, 280)),
    "falling off to one side": 1 - 0.6 * (X + Y) / 2,
    "falling off to the rim": 1 - 0.9 * ((X - 0.5) ** 2 + (Y - 0.5) ** 2),
    "a soft shadow": 1 - 0.45 / (1 + np.exp(-(X - 0.55) * 25)),
    "a spot": 1 - 0.4 * np.exp(-((X - 0.8) ** 2 + (Y - 0.7) ** 2) / 0.05),
}


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("black", "white"),
        ("white", "black"),
        ((200, 30, 30), (60, 110, 60)),
        ((255, 240, 60), (255, 255, 255)),
        ((255, 255, 255), (250, 220, 40)),
        ((40, 40, 255), (0, 0, 0)),
        ((200, 200, 200), (255, 255, 255)),
        ((110, 110, 110), (128, 128, 128)),
    ],
)
def test_any_ink_shows_on_any_paper(ink: object, paper: object) -> None:
    assert_shows_the_drawing(drawing(ink=ink, paper=paper, mode="RGB"))


def test_ink_of_several_colors_is_one_ink() -> None:
    image = drawing(ink="red", paper="white", mode="RGB")
    image.paste(drawing(ink="cyan", paper="white", mode="RGB").crop((0, 0, 280, 140)))
    assert_shows_the_drawing(image)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in ("PA", "La", "RGBa", "LAB", "HSV")])
def test_every_mode_shows_the_same_ink(mode: str) -> None:
    image = drawing().convert("RGB")
    assert_shows_the_drawing(
        image.convert("L").convert(mode) if mode in ("I", "F") else image.convert(mode), 0.12
    )


@pytest.mark.parametrize("kind", WIDE_MODES.values())
def test_sixteen_bits_show_the_same_ink_even_if_few_are_used(kind: str) -> None:
    values = np.asarray(drawing()).astype(np.uint16)
    for factor in (1, 16, 257):
        assert_shows_the_drawing(Image.fromarray((values * factor).astype(kind)))


@pytest.mark.parametrize("color", [0, 255, 90])
def test_transparency_carries_the_ink(color: int) -> None:
    image = Image.new("LA", (280, 280), (color, 0))
    image.putalpha(drawing(ink=255, paper=0))
    assert_shows_the_drawing(image)
    assert_shows_the_drawing(image.convert("RGBA"))


@pytest.mark.parametrize("alpha", [255, 120])
def test_even_transparency_says_nothing(alpha: int) -> None:
    image = drawing().convert("RGBA")
    image.putalpha(alpha)
    assert_shows_the_drawing(image)


def test_see_through_corners_are_paper() -> None:
    image = drawing().convert("RGBA")
    for corner in ((0, 0), (260, 0), (0, 260), (260, 260)):
        image.paste((0, 0, 0, 0), (*corner, corner[0] + 20, corner[1] + 20))
    assert_shows_the_drawing(image)


def test_a_palette_with_a_transparent_color_is_read() -> None:
    image = drawing().quantize(8)
    image.info["transparency"] = bytes([255] * 8)
    assert_shows_the_drawing(image)


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
@pytest.mark.parametrize("colors", [{}, {"ink": 255, "paper": 0}], ids=["paper", "board"])
def test_light_and_shadow_are_not_ink(light: NDArray[np.float64], colors: dict[str, object]) -> None:
    assert_shows_the_drawing(photograph(light, **colors), 0.2)


@pytest.mark.parametrize("noise", [0.004, 0.02, 0.05, 0.1])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_noise_on_paper_is_blank(noise: float, level: int) -> None:
    assert digit_from_picture(photograph(1.0, noise, ink=level, paper=level)) is None


@pytest.mark.parametrize("light", list(LIGHTS)[:3])
def test_light_on_paper_is_blank(light: str) -> None:
    assert digit_from_picture(photograph(LIGHTS[light], ink=255)) is None


@pytest.mark.parametrize("size", [(1, 1), (1, 1000), (1000, 1), (280, 280), (0, 0), (0, 5), (3000, 2)])
@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "LA", "I;16", "F", "CMYK"])
def test_a_uniform_picture_is_blank(size: tuple[int, int], mode: str) -> None:
    assert digit_from_picture(Image.new(mode, size)) is None


@pytest.mark.parametrize("side", [40, 64, 1000, 2500])
def test_the_size_of_the_picture_does_not_matter(side: int) -> None:
    image = drawing(side)
    assert max(ink_from_picture(image).shape) <= MAX_SIDE
    assert_shows_the_drawing(image, 0.35 if side < 100 else 0.15)


def test_a_thin_pen_does_not_vanish() -> None:
    assert_shows_the_drawing(drawing(width=0.004), 0.45)
    assert_shows_the_drawing(drawing(1000, width=0.001), 0.5)


def pictures(make: Callable[[NDArray[np.uint8]], Image.Image]) -> st.SearchStrategy[Image.Image]:
    shapes = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24)
    return shapes.flatmap(lambda shape: hnp.arrays(np.uint8, (*shape, 4))).map(make)


@bounded
@given(st.sampled_from(MODES), st.data())
def test_any_picture_is_a_digit_or_blank(mode: str, data: st.DataObject) -> None:
    def make(pixels: NDArray[np.uint8]) -> Image.Image:
        bands = len(Image.new(mode, (1, 1)).getbands()) * (4 if mode in ("I", "F") else 1)
        height, width = pixels.shape[:2]
        raw = np.ascontiguousarray(pixels[..., :bands] if mode != "1" else pixels[..., 0])
        if mode == "1":
            return Image.fromarray(raw).convert("1")
        if mode in ("La", "RGBX", "RGBa", "PA"):
            return Image.new(mode, (width, height), tuple(int(value) for value in raw[0, 0]))
        return Image.frombytes(mode, (width, height), raw.tobytes())

    image = data.draw(pictures(make))
    ink = ink_from_picture(image)
    assert ink.shape == (image.height, image.width)
    assert ink.dtype == np.float32
    assert np.isfinite(ink).all()
    assert ink.min() >= 0
    assert ink.max() <= 1
    digit = digit_from_picture(image)
    if digit is not None:
        assert digit.shape == (28, 28)
        for axis in (0, 1):
            center = (digit.sum(axis=axis) * np.arange(28)).sum() / digit.sum()
            assert center == pytest.approx(13.5, abs=1)


def test_a_signaling_nan_in_a_picture_is_paper():
    values = np.zeros((40, 40), np.float32)
    values[5:35, 20] = 1.0
    values.view(np.uint32)[0, 0] = 0x7F800001
    assert ink_from_picture(Image.fromarray(values))[20, 20] > 0.5
