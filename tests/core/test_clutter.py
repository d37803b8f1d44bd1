"""What else lies in a picture is left out, a digit's parts stay, and every road gives the same digit."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_demo.ink.components import find_parts
from mnist_demo.ink.fitting import digit_from_raster, raster_of
from mnist_demo.ink.pad import PAD_SIDE, digit_from_picture, ink_from_picture, pad_ink
from mnist_demo.ink.pictures import read_picture
from mnist_demo.ink.strokes import digit_from_strokes
from mnist_demo.models.classifier import Classifier

#: Each is named for its kind and its digit. None was read when it was added.
CASES = sorted((Path(__file__).parent / "pictures").iterdir())


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_pictures_as_they_come_are_read(path: Path, classifier: Classifier) -> None:
    digit = digit_from_picture(read_picture(path))
    assert digit is not None
    assert classifier.probabilities(digit[np.newaxis], "cnn")[0].argmax() == int(path.stem[-1])


def five(side: int = 280, flag_apart: int = 0) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A 5 in black on white, its flag up to a tenth of its height apart from it."""
    image = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(image)
    unit = side / 28
    for line in (
        [(11, 8), (11, 13), (16, 12.5), (18, 16), (16, 19.5), (10, 20)],
        [(11 + flag_apart, 8), (18 + flag_apart, 8)],
    ):
        draw.line([(x * unit, y * unit) for x, y in line], 0, round(1.5 * unit), "curve")
    return image, draw


def same(one: Image.Image, other: Image.Image, tolerance: float = 0.1) -> bool:
    """Whether two pictures give nearly the same digit."""
    digit, another = digit_from_picture(one), digit_from_picture(other)
    assert digit is not None
    assert another is not None
    return bool(np.abs(digit - another).sum() / np.maximum(digit, another).sum() < tolerance)


EXTRAS = {
    "an underline": ("line", (60, 225, 230, 227), 3),
    "a line from rim to rim": ("line", (220, 0, 222, 280), 3),
    "a strip at the top": ("rectangle", (0, 0, 280, 12), 1),
    "a frame": ("rectangle", (60, 40, 230, 240), 4),
    "a frame at the rim": ("rectangle", (4, 4, 275, 275), 5),
    "a speck": ("ellipse", (20, 20, 26, 26), 1),
}


@pytest.mark.parametrize("extra", EXTRAS)
def test_what_is_not_the_digits_is_left_out(extra: str) -> None:
    image, draw = five()
    kind, where, width = EXTRAS[extra]
    if kind == "line":
        draw.line(where, 0, width)
    elif kind == "rectangle":
        draw.rectangle(where, 0 if width == 1 else None, 0, width)
    else:
        draw.ellipse(where, 0)
    assert same(image, five()[0])


def test_the_parts_of_a_digit_stay_together() -> None:
    parted, _ = five(flag_apart=2)
    whole = ink_from_picture(parted)
    assert len(find_parts(whole > 0.5).areas) == 2


def test_two_digits_stay_two() -> None:
    one, _ = five()
    both = Image.new("L", (560, 280), 255)
    both.paste(one, (0, 0))
    both.paste(one, (280, 0))
    assert len(find_parts(ink_from_picture(both) > 0.5).areas) == 2


@pytest.mark.parametrize("strip", [(0, 0, 280, 9), (0, 0, 14, 280), (0, 270, 280, 280)])
def test_a_strip_alone_is_blank(strip: tuple[int, int, int, int]) -> None:
    sheet = np.random.default_rng(0).normal(190, 3, (280, 280))
    image = Image.fromarray(sheet.clip(0, 255).astype(np.uint8))
    ImageDraw.Draw(image).rectangle(strip, 60)
    assert digit_from_picture(image) is None


def test_cloth_is_blank() -> None:
    y, x = np.mgrid[0:300, 0:300] / 300
    weave = np.sin(2 * np.pi * 25 * x) * np.sin(2 * np.pi * 25 * y)
    cloth = 128 + 30 * weave + np.random.default_rng(0).normal(0, 4, (300, 300))
    assert digit_from_picture(Image.fromarray(cloth.astype(np.uint8))) is None


@pytest.mark.parametrize("blur", [0.2, 0.35, 0.5])
@pytest.mark.parametrize("side", [28, 60, 280])
def test_soft_and_small_photographs_are_not_blank(blur: float, side: int) -> None:
    fine, _ = five(280)
    soft = np.asarray(fine.resize((side, side), Image.Resampling.BOX), np.float64)
    reach = blur * 1.5 * side / 28
    steps = np.arange(-3 * side // 28 - 1, 3 * side // 28 + 2)
    weights = np.exp(-((steps / max(reach, 0.1)) ** 2) / 2)
    for axis in (0, 1):
        soft = sum(
            w * np.roll(soft, step, axis) for w, step in zip(weights / weights.sum(), steps, strict=True)
        )
    photo = 60 + 0.5 * soft + np.random.default_rng(0).normal(0, 2, soft.shape)
    digit = digit_from_picture(Image.fromarray(photo.clip(0, 255).astype(np.uint8)))
    assert digit is not None
    assert digit.sum() > 30


# One road


bounded = settings(max_examples=40, derandomize=True, deadline=None)


@bounded
@given(
    hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=40)),
    st.integers(1, 20),
)
def test_the_pad_and_the_endpoint_make_the_same_digit_of_a_picture(
    pixels: NDArray[np.uint8], times: int
) -> None:
    image = Image.fromarray(pixels).resize((pixels.shape[1] * times, pixels.shape[0] * times))
    ink = pad_ink(image)
    assert ink.size == (PAD_SIDE, PAD_SIDE)
    # What the pad sends back are the bytes that it was given, as shares.
    again = digit_from_strokes([], (np.asarray(ink) / 255).astype(np.float32))
    once = digit_from_picture(image)
    assert (once is None) == (again is None)
    assert once is None or np.array_equal(once, again)


@pytest.mark.parametrize("path", CASES[::5], ids=[path.stem for path in CASES[::5]])
def test_the_roads_agree_on_real_files(path: Path) -> None:
    ink = pad_ink(read_picture(path))
    assert np.array_equal(
        digit_from_picture(read_picture(path)),
        digit_from_raster(raster_of((np.asarray(ink) / 255).astype(np.float32))),
    )


def test_small_ink_in_a_large_picture_keeps_its_detail() -> None:
    large, small = Image.new("L", (2000, 1400), 255), five()[0]
    large.paste(small, (1700, 1000))
    left, top, right, bottom = pad_ink(large).getbbox() or (0, 0, 0, 0)
    # Of 120 pixels in 2,000; the whole picture in the square would leave 17.
    assert max(right - left, bottom - top) > 25
    assert same(large, small, 0.2)


# Parts


@bounded
@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=14)))
def test_parts_are_what_hangs_together(mask: NDArray[np.bool_]) -> None:
    parts = find_parts(mask)
    assert ((parts.labels >= 0) == mask).all()
    assert Counter(parts.labels[mask].tolist()) == dict(enumerate(parts.areas.tolist()))
    # Neighbors are of one part, and a part's pixels can all be reached from its first.
    for number, (left, top, right, bottom) in enumerate(parts.boxes):
        own = parts.labels == number
        rows, columns = np.nonzero(own)
        assert (left, top, right, bottom) == (
            columns.min(),
            rows.min(),
            columns.max() + 1,
            rows.max() + 1,
        )
        reached = np.zeros_like(own)
        reached[rows[0], columns[0]] = True
        for _ in range(mask.size):
            wide = np.pad(reached, 1)
            grown = np.zeros_like(reached)
            for y in range(3):
                for x in range(3):
                    grown |= wide[y : y + mask.shape[0], x : x + mask.shape[1]]
            if np.array_equal(grown & mask, reached):
                break
            reached = grown & mask
        assert np.array_equal(reached, own)


def test_the_thickness_of_lines_is_measured() -> None:
    mask = np.zeros((50, 50), bool)
    mask[10:14, 5:45] = True
    mask[20:48, 30:37] = True
    assert find_parts(mask).thickness.tolist() == [4, 7]


def test_ink_as_wide_as_its_picture_is_not_a_strip() -> None:
    image = Image.new("L", (12, 1500), 255)
    image.paste(0, (0, 300, 12, 1200))
    assert digit_from_picture(image) is not None
