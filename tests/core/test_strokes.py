"""Ink of any place, size and pen -> one digit the way MNIST made its own, or blank."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from mnist_demo.ink.fitting import Digit, digit_from_raster, raster_of
from mnist_demo.ink.strokes import Stroke, digit_from_strokes

#: Drawings within the unit square, each touching two opposite sides of it at least.
SEVEN = [np.array([[0.0, 0.0], [0.6, 0.0], [0.2, 1.0]]), np.array([[0.1, 0.5], [0.55, 0.5]])]
TURN = np.linspace(0, 2 * np.pi, 60)[1:]
NINE = [np.array([*(0.3 + 0.3 * np.stack([np.cos(TURN), np.sin(TURN)], axis=1)), [0.6, 0.3], [0.5, 1.0]])]
DRAWINGS = st.sampled_from([SEVEN, NINE, [NINE[0][::-1], SEVEN[1]]])

#: A busy machine draws examples slowly, which says nothing of what is tested.
bounded = settings(
    max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def at(
    drawing: list[NDArray[np.float64]], x: float, y: float, size: float, width: float = 0.04
) -> list[Stroke]:
    return [Stroke(points * size + [x, y], width) for points in drawing]


def on_a_canvas(
    drawing: list[NDArray[np.float64]], x: float, y: float, size: float, width: float
) -> NDArray[np.float32]:
    """The same as anti-aliased pixels [280, 280], ink = 1."""
    fine = 4 * 280
    image = Image.new("L", (fine, fine))
    draw, radius = ImageDraw.Draw(image), width * fine / 2
    for points in drawing:
        corners = ((points * size + [x, y]) * fine).tolist()
        draw.line([tuple(corner) for corner in corners], fill=255, width=round(2 * radius))
        for across, down in corners:
            draw.ellipse((across - radius, down - radius, across + radius, down + radius), fill=255)
    return np.asarray(image.reduce(4), np.float32) / 255


def digit_from_ink(ink: ArrayLike) -> Digit | None:
    return digit_from_raster(raster_of(ink))


def digit_of(strokes: list[Stroke]) -> NDArray[np.float32]:
    digit = digit_from_strokes(strokes)
    assert digit is not None
    return digit


def assert_is_a_digit(digit: NDArray[np.float32] | None) -> None:
    assert digit is not None
    assert digit.shape == (28, 28)
    assert digit.dtype == np.float32
    assert digit.min() >= 0
    assert digit.max() <= 1
    assert digit.max() > 0.3, "ink has to show"
    for axis in (0, 1):
        center = (digit.sum(axis=axis) * np.arange(28)).sum() / digit.sum()
        assert center == pytest.approx(13.5, abs=1)


def distance(one: NDArray[np.float32] | None, other: NDArray[np.float32] | None) -> float:
    """The mean difference of pixels, where one of them at least has ink: 0 the same, 1 nothing in common."""
    assert one is not None
    assert other is not None
    return float(np.abs(one - other).sum() / np.maximum(one, other).sum())


# Strokes


@bounded
@given(DRAWINGS, st.floats(0, 0.7), st.floats(0, 0.7), st.floats(0.05, 0.3), st.floats(0.001, 0.1))
def test_strokes_make_the_same_digit_in_any_place_size_and_pen(
    drawing: list[NDArray[np.float64]], x: float, y: float, size: float, width: float
) -> None:
    # A line far shorter than its pen is wide is a dot, not a drawing.
    expected = digit_of(at(drawing, 0, 0, 1))
    digit = digit_of(at(drawing, x, y, size, min(width, size)))
    assert_is_a_digit(digit)
    assert np.abs(digit - expected).max() <= 0.15
    assert distance(digit, expected) <= 0.02


@bounded
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 12), st.just(2)), elements=st.floats(0, 1)),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0.1, 0.5),
    st.floats(0.01, 0.1),
)
def test_any_line_is_the_same_shifted_scaled_and_drawn_backwards(
    line: NDArray[np.float64], right: float, down: float, scale: float, width: float
) -> None:
    # A hand's movements have a size: what is far below the pen's width is its tremble.
    line = np.round(line, 3)
    whole = digit_of([Stroke(line, width)])
    assert_is_a_digit(whole)
    moved = line * scale + np.array([right, down]) * (1 - scale)
    for points, again in ((moved, width * scale), (line[::-1], width), (moved[::-1], width * scale)):
        digit = digit_of([Stroke(points, again)])
        assert np.abs(digit - whole).max() <= 0.06
        assert distance(digit, whole) <= 0.01


def test_the_digit_is_made_of_bytes() -> None:
    bytes_of_it = digit_of(at(NINE, 0.1, 0.1, 0.5)).astype(np.float64) * 255
    assert np.abs(bytes_of_it - bytes_of_it.round()).max() < 1e-4


def test_the_rule_step_by_step() -> None:
    """A vertical line, worked out by hand: 17 fine pixels wide, 160 high, the filter's sums of them."""
    digit = digit_of([Stroke([[0.5, 0.2], [0.5, 0.8]], 0.05)])
    weights = [0, 3, 8, 19, 34, 51, 66, 75, 75, 66, 51, 34, 19, 8, 3, 0]
    # The center of mass of 17 columns is the middle of the ninth, which becomes the grid's column 116.
    covered = range(116 - 8, 116 + 9)
    row = [sum(w for j, w in enumerate(weights) if 8 * column + j in covered) for column in range(28)]
    expected = np.floor((255 * 512 * np.array(row) + 131_072) / 262_144) / 255
    assert np.allclose(digit[14], expected, atol=1e-6)


def test_the_digit_is_fitted_into_twenty_by_twenty() -> None:
    digit = digit_of(at(NINE, 0.1, 0.1, 0.5))
    rows = np.flatnonzero(digit.max(axis=1) > 0.25)
    assert rows[-1] - rows[0] + 1 == pytest.approx(20, abs=1)


points = hnp.arrays(np.float64, st.tuples(st.integers(0, 30), st.just(2)), elements=st.floats(width=64))
strokes = st.lists(
    st.builds(Stroke, points, st.floats(1e-6, 1, allow_nan=False), st.booleans()), min_size=0, max_size=5
)


@bounded
@given(strokes, st.booleans())
def test_any_strokes_are_a_digit_or_blank(drawn: list[Stroke], over_a_picture: bool) -> None:
    digit = digit_from_strokes(drawn, np.zeros((3, 5), np.float32) if over_a_picture else None)
    if digit is not None:
        assert_is_a_digit(digit)


@pytest.mark.parametrize(
    "stroke",
    [
        Stroke([[0.5, 0.5]], 0.05),
        Stroke([[0.1, 0.5], [0.9, 0.5]], 0.002),
        Stroke([[0.1, 0.1], [0.9, 0.9]], 0.9),
    ],
    ids=["a dot", "a hairline", "a bar"],
)
def test_the_simplest_ink_is_a_digit(stroke: Stroke) -> None:
    assert_is_a_digit(digit_from_strokes([stroke]))


def test_the_tremble_of_a_dot_is_not_enlarged() -> None:
    trembling = digit_of([Stroke([[0.5, 0.5], [0.502, 0.5], [0.501, 0.503]], 0.06)])
    assert distance(trembling, digit_of([Stroke([[0.5, 0.5]], 0.06)])) < 0.3


def test_nothing_drawn_is_blank() -> None:
    assert digit_from_strokes([]) is None
    assert digit_from_strokes([Stroke(np.zeros((0, 2)), 0.1)]) is None
    assert digit_from_strokes([Stroke([[np.nan, 0.5]], 0.1)]) is None
    assert digit_from_strokes([], np.zeros((280, 280), np.float32)) is None


def test_what_leaves_the_pad_does_not_count() -> None:
    assert digit_from_strokes([Stroke([[1.5, 0.2], [1.5, 0.8]], 0.05)]) is None
    there_and_back = digit_of(
        [Stroke([[0.5, 0.2], [0.5, 0.8]], 0.05), Stroke([[1.5, 0.2], [2.5, 0.8]], 0.05)]
    )
    assert distance(there_and_back, digit_of([Stroke([[0.5, 0.2], [0.5, 0.8]], 0.05)])) < 0.02


def test_the_eraser_takes_away_what_was_drawn_before_it() -> None:
    ink = at(NINE, 0.2, 0.2, 0.5)
    eraser = Stroke([[0.0, 0.5], [1.0, 0.5]], 1.0, erases=True)
    assert digit_from_strokes([*ink, eraser]) is None
    assert distance(digit_from_strokes([eraser, *ink]), digit_of(ink)) < 0.05
    assert distance(digit_from_strokes([*ink, eraser, *ink]), digit_of(ink)) < 0.05


def test_the_eraser_leaves_the_rest() -> None:
    bar, upper_half = Stroke([[0.2, 0.5], [0.8, 0.5]], 0.05), Stroke([[0.5, 0.1], [0.5, 0.4]], 0.05)
    whole = Stroke([[0.5, 0.1], [0.5, 0.9]], 0.05)
    eraser = Stroke([[0.5, 0.45], [0.5, 1.0]], 0.1, erases=True)
    assert distance(digit_from_strokes([whole, eraser, bar]), digit_of([upper_half, bar])) < 0.05


def test_the_same_width_erases_without_a_crumb() -> None:
    line = SEVEN[0] * 0.6 + 0.2
    assert digit_from_strokes([Stroke(line, 0.02), Stroke(line, 0.02, erases=True)]) is None


def test_strokes_go_over_a_picture_and_erase_it() -> None:
    under = on_a_canvas(SEVEN[:1], 0.2, 0.1, 0.7, 0.06)
    bar = Stroke(SEVEN[1] * 0.7 + [0.2, 0.1], 0.06)
    both = digit_from_strokes([bar], under)
    assert_is_a_digit(both)
    assert distance(both, digit_from_ink(on_a_canvas(SEVEN, 0.2, 0.1, 0.7, 0.06))) < 0.1
    assert digit_from_strokes([Stroke([[0.5, 0.5]], 1.5, erases=True)], under) is None


@pytest.mark.parametrize("width", [0.0, -1.0, np.nan, np.inf])
def test_a_pen_has_a_width(width: float) -> None:
    with pytest.raises(ValueError, match="width"):
        digit_from_strokes([Stroke([[0.5, 0.5]], width)])


def test_points_are_pairs() -> None:
    with pytest.raises(ValueError, match="Points"):
        digit_from_strokes([Stroke([0.5, 0.5], 0.1)])


def test_twenty_thousand_points_draw_like_their_outline() -> None:
    dense = [
        np.stack([np.interp(np.linspace(0, len(p) - 1, 20_000), range(len(p)), p[:, i]) for i in (0, 1)], 1)
        for p in NINE
    ]
    assert distance(digit_of(at(dense, 0.1, 0.1, 0.5)), digit_of(at(NINE, 0.1, 0.1, 0.5))) < 0.03


# Ink


@bounded
@given(
    hnp.arrays(
        st.one_of(
            hnp.floating_dtypes(), hnp.integer_dtypes(), hnp.unsigned_integer_dtypes(), hnp.boolean_dtypes()
        ),
        hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=40),
    )
)
def test_any_array_is_a_digit_or_blank(array: np.ndarray) -> None:
    digit = digit_from_ink(array)
    if digit is not None:
        assert_is_a_digit(digit)


@pytest.mark.parametrize("shape", [(1, 1), (1, 1000), (1000, 1), (3, 2000), (28, 28)])
def test_ink_all_over_is_a_digit(shape: tuple[int, int]) -> None:
    assert_is_a_digit(digit_from_ink(np.ones(shape)))


def test_ink_with_a_hole_or_two_is_a_digit() -> None:
    # thinned, it is a line on one side and a shade on the other
    ink = np.ones((28, 30))
    ink[7, 14] = ink[16, 4] = 0
    assert_is_a_digit(digit_from_ink(ink))
    for row, column in np.ndindex(ink.shape):
        ink = np.ones((28, 30))
        ink[row, column] = 0
        assert_is_a_digit(digit_from_ink(ink))


@pytest.mark.parametrize("array", [np.zeros(784), np.zeros((1, 28, 28)), np.zeros((2, 2), complex), [["a"]]])
def test_anything_but_ink_is_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Ink"):
        digit_from_ink(array)


@bounded
@given(DRAWINGS, st.integers(-20, 60), st.integers(-20, 20), st.floats(0.02, 0.1))
def test_ink_makes_the_same_digit_in_any_place(
    drawing: list[NDArray[np.float64]], right: int, down: int, width: float
) -> None:
    ink = on_a_canvas(drawing, 0.2, 0.2, 0.5, width)
    digit = digit_from_ink(ink)
    assert_is_a_digit(digit)
    assert distance(digit_from_ink(np.roll(ink, (down, right), (0, 1))), digit) == 0


@bounded
@given(DRAWINGS, st.floats(0.15, 0.9), st.floats(0.05, 0.15))
def test_ink_makes_nearly_the_same_digit_in_any_size(
    drawing: list[NDArray[np.float64]], size: float, width: float
) -> None:
    whole = digit_from_ink(on_a_canvas(drawing, 0.1, 0.05, 0.7, 0.7 * width))
    assert distance(digit_from_ink(on_a_canvas(drawing, 0.05, 0.05, size, size * width)), whole) < 0.25


@pytest.mark.parametrize("width", [0.0036, 0.01, 0.05, 0.1, 0.15])
def test_pixels_and_strokes_agree_for_thin_and_thick_pens(width: float) -> None:
    from_pixels = digit_from_ink(on_a_canvas(NINE, 0.2, 0.1, 0.7, width))
    assert_is_a_digit(from_pixels)
    assert distance(from_pixels, digit_of(at(NINE, 0.2, 0.1, 0.7, width))) < 0.4


def test_a_hairline_in_a_large_picture_does_not_vanish() -> None:
    ink = np.zeros((1000, 1000))
    ink[100:900, 500] = 1
    digit = digit_from_ink(ink)
    assert_is_a_digit(digit)
    assert digit is not None
    assert digit.max() > 0.9
    assert digit.sum() > 30


def test_faint_ink_is_as_black_as_any() -> None:
    ink = on_a_canvas(SEVEN, 0.2, 0.1, 0.7, 0.06)
    assert distance(digit_from_ink(ink * 0.2), digit_from_ink(ink)) < 0.05


def test_small_ink_is_enlarged_without_steps() -> None:
    small = np.asarray(
        Image.fromarray(on_a_canvas(NINE, 0.1, 0.05, 0.9, 0.1)).resize((20, 20), Image.Resampling.BOX)
    )
    assert distance(digit_from_ink(small), digit_from_ink(on_a_canvas(NINE, 0.1, 0.05, 0.9, 0.1))) < 0.3


def test_a_signaling_nan_is_paper() -> None:
    ink = np.full((9, 9), 0x7F800001, np.uint32).view(np.float32)
    assert digit_from_ink(ink) is None
    ink[2:7, 4] = 1.0
    assert_is_a_digit(digit_from_ink(ink))
