"""Strokes, alone or over a picture's ink -> a digit the way MNIST made its own, or blank.

Strokes are not drawn and then shrunk: their lines are scaled and drawn once, at the digit's size and with one
pen, so that place, size and pen leave no trace. Strokes alone become a digit by arithmetic that any language
can repeat to the last bit, in float64 and whole numbers, in this order:

1. *What counts.* Points that are not finite are left out, then strokes without points; coordinates are
   clipped to -100 .. 100. If no stroke erases and all points lie on the pad (0 .. 1), all lines stay. Else
   each line that draws is walked (`lines`, rule 1) on a pad of 448 × 448 pixels with a longest step p = 0.5,
   `every` = max(1, ceil(n / 16,000)) with n steps in all strokes; the steps are divided by 448 again. From
   the last stroke to the first, one that erases covers pixels with discs of radius r = max(0.5, min(width, 3)
   · 224); `every` = max(1, ceil(w / 300,000)), where w adds up steps · (2 · floor(r) + 1) over all that
   erase, and each counts its steps anew. Of one that draws those steps remain that lie on the pad and not in
   a pixel covered so far, min(floor(x · 448), 447) and likewise y. Neighbors that remain are a line.
2. *Scale.* `low` is the smallest x and the smallest y of all corners left; `extent` is the larger of the two
   spans; `least` is half the width of the widest stroke left. On a grid that is eight times as fine as the
   digit, the scale is 143 / max(extent, least): a box of 20 pixels of the digit less a pen of 17 fine ones.
   `zoom` is 1, or 160 / (extent · scale + 17) if extent < least.
3. *Lines.* Corners ((corner - low) · (scale · zoom)) are walked and drawn on 160 × 160 fine pixels, with
   discs of radius r = 17 · zoom / 2 - 0.4375, each step moved by 17 · zoom / 2 + 0.000001 to the right and
   down; `every` = max(1, ceil(n · (2 · floor(r) + 1) / 300,000)) with n steps.
4. *Center of mass.* Of all covered pixels x = Σ column / count + 0.5, and y likewise with rows. `reach` is
   the largest of x, y, largest column + 1 - x and largest row + 1 - y. Above 108, rules 3 and 4 are applied
   once more with zoom · (108 / reach).
5. *Filter.* The grid is laid into 232 × 232 empty pixels, its first pixel at floor(116.5 - x), floor(116.5 -
   y). The digit's pixel in row a, column b is the sum s of FILTER[i] · FILTER[j] over the covered pixels in
   row 8a + i, column 8b + j, for i and j of 0 .. 15; its value is floor((255 · s + 131,072) / 262,144) of
   255.

Over a picture they are drawn into its ink by the same rules for lines, and `fitting` makes the digit. Knows
nothing of paper, models, files or the page.

Measured on PenDigits, drawn at random sizes (20 to 95% of the pad), places and pens (3 to 10%), with models
that were trained on MNIST alone and so knew no pen's strokes. Chosen on 15 of its writers (3,745 drawings)
with a small CNN: the pen as it was drawn 90.6%, between 2.2 and 3.4 pixels of the digit 96.2%, always 2.5
96.6%, 2.0 96.8%, 1.4 96.6%. Box centered instead of mass 94.2 instead of 96.2%. Resampling filters, softer
edges and gamma changed it by less than 0.6%. Confirmed on the other 15 writers (3,749 drawings) with larger
models: pens of 1.6, 2.0, 2.5, 3.0 and 3.5 gave a CNN 96.0, 96.0, 95.8, 95.2 and 94.5%; with 2.0 an MLP read
94.6% and a logistic regression 77.4%. The models shipped now learned from 24 of the thirty writers too;
`benchmarks/ink_to_digit.py` measures them on the other six.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from mnist_demo.digits import SIDE
from mnist_demo.ink.fitting import BOX, FINE, Digit, digit_from_raster, raster_of
from mnist_demo.ink.lines import Points, count_steps, draw, longest_step, walk

#: Fine pixels, `FINE` for each of a digit's: how wide every line is drawn, with a pixel in the middle.
PEN = 17
#: A line shorter than this share of its pen's width is a dot: the hand's tremble is not enlarged.
DOT = 0.5
#: Fine pixels: how far ink may reach from its center of mass, half a digit's pixel less than to the edge.
MAX_REACH = (SIDE // 2) * FINE - FINE // 2
#: Pixels: the side of the pad where it has to be looked at as pixels.
PAD = 448
#: Sides of the pad: a disc of this width covers the pad from anywhere on it; wider ones are no different.
WIDEST = 3.0
#: About so many rows of discs are drawn and so many steps of lines are cut at most, so that time is bounded.
MAX_ROWS, MAX_CUT_STEPS = 300_000, 16_000
#: Weights of 16 fine pixels in a row, of which a digit's pixel is the middle 8: for x from -15/16 to 15/16 of
#: a digit's pixel sinc(x) · (0.54 + 0.46 cos πx), as whole numbers whose sum is 512.
FILTER = np.array([0, 3, 8, 19, 34, 51, 66, 75, 75, 66, 51, 34, 19, 8, 3, 0], np.float32)
#: Rounding errors must not decide which pixel a point that lies between two belongs to.
NUDGE = 1e-6


@dataclass(frozen=True, slots=True)
class Stroke:
    """One movement of the pen: points [N, 2] of x, y (y down) and the pen's width, in sides of the pad.

    One point is a dot. A stroke that erases takes away the ink of the strokes and the picture before it.
    """

    points: ArrayLike
    width: float
    erases: bool = False


def digit_from_strokes(strokes: Sequence[Stroke], picture: NDArray[np.float32] | None = None) -> Digit | None:
    """Strokes in their order, over a picture's ink [H, W] in [0, 1] that covers the pad; None if blank.

    A pen's ink is where the middle of the pen is: what leaves the pad's square or is erased there doesn't
    count, and the pen's own width doesn't matter. Over a picture it does, and what counts is what is seen.
    Points that are not finite are left out. Raises ValueError for points that are not [N, 2], for a width
    that is not a positive number and for a picture that is not two-dimensional.
    """
    if not all(0 < stroke.width < np.inf for stroke in strokes):
        raise ValueError("A stroke's width has to be a positive number")
    lines = [_Line(_points(stroke.points), float(stroke.width), stroke.erases) for stroke in strokes]
    lines = [line for line in lines if len(line.points)]
    if picture is not None:
        under = raster_of(picture)
        return digit_from_raster(_seen(lines, under) if lines else under)
    lines = _left(lines)
    return _digit_from_lines(lines) if lines else None


class _Line(NamedTuple):
    """A stroke whose points [N, 2] and width are in sides of the pad."""

    points: Points
    width: float
    erases: bool

    def radius(self) -> float:
        """Half the width in pixels of the pad."""
        return max(0.5, min(self.width, WIDEST) * (PAD / 2))


def _points(points: ArrayLike) -> Points:
    array = np.asarray(points, np.float64)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"Points of a stroke are [N, 2], not {list(array.shape)}")
    return array[np.isfinite(array).all(axis=1)].clip(-100, 100)


def _left(lines: list[_Line]) -> list[_Line]:
    """The pens' lines, cut where they leave the pad and where a later stroke erases them (rule 1)."""
    if not any(line.erases or line.points.min() < 0 or line.points.max() > 1 for line in lines):
        return lines
    erasers_every = _thinning([line for line in lines if line.erases])
    every = _every(sum(count_steps([line.points * PAD], 0.5) for line in lines), MAX_CUT_STEPS)
    erased = np.zeros((PAD, PAD), bool)
    left: list[_Line] = []
    for line in reversed(lines):
        if line.erases:
            _draw_on_pad(erased, line, erasers_every, True)
            continue
        points = walk([line.points * PAD], 0.5, every) / PAD
        inside = ((points >= 0) & (points <= 1)).all(axis=1)
        column, row = np.minimum(points.clip(0, 1) * PAD, PAD - 1).astype(int).T
        kept = inside & ~erased[row, column]
        starts = np.flatnonzero(kept & ~np.concatenate([[False], kept[:-1]]))
        ends = np.flatnonzero(kept & ~np.concatenate([kept[1:], [False]])) + 1
        left += [_Line(points[i:j], line.width, False) for i, j in zip(starts, ends, strict=True)]
    return left


def _every(steps: int, most: int) -> int:
    """Of how many steps one remains, so that there are about `most` of them at most."""
    return max(1, -(-steps // most))


def _thinning(lines: list[_Line]) -> int:
    """Of how many steps one remains when these lines are drawn on the pad, a wide disc being more work."""
    rows = 0
    for line in lines:
        radius = line.radius()
        rows += count_steps([line.points * PAD], longest_step(radius)) * (2 * int(radius) + 1)
    return _every(rows, MAX_ROWS)


def _draw_on_pad(pixels: NDArray[np.generic], line: _Line, every: int, value: float) -> None:
    radius = line.radius()
    draw(pixels, walk([line.points * PAD], longest_step(radius), every), radius, value)


def _digit_from_lines(lines: list[_Line]) -> Digit:
    """Lines are scaled here, not pixels, so that place, size and pen leave no trace (rules 2 to 5)."""
    low = np.min([line.points.min(axis=0) for line in lines], axis=0)
    high = np.max([line.points.max(axis=0) for line in lines], axis=0)
    extent = max(high - low)
    least = max(DOT * line.width for line in lines)
    scale = (BOX * FINE - PEN) / max(extent, least)
    # A dot's box is smaller than its pen would be: it is enlarged, and the pen with it.
    zoom = BOX * FINE / (extent * scale + PEN) if extent < least else 1.0
    corners = [line.points - low for line in lines]
    grid = _drawn(corners, scale, zoom)
    x, y, reach = _middle(grid)
    if reach > MAX_REACH:
        # Ink that would reach over the digit's edge, its mass all at one end, is made smaller instead of cut.
        grid = _drawn(corners, scale, zoom * (MAX_REACH / reach))
        x, y, _ = _middle(grid)
    return _filtered(grid, x, y)


def _drawn(corners: list[Points], scale: float, zoom: float) -> NDArray[np.bool_]:
    """The fine pixels [160, 160] that the lines cover; `zoom` enlarges their pen as well."""
    lines = [points * (scale * zoom) for points in corners]
    radius = PEN * zoom / 2 - 0.4375
    longest = longest_step(radius)
    every = _every(count_steps(lines, longest) * (2 * int(radius) + 1), MAX_ROWS)
    grid = np.zeros((BOX * FINE, BOX * FINE), bool)
    draw(grid, walk(lines, longest, every) + (PEN * zoom / 2 + NUDGE), radius, True)
    return grid


def _middle(grid: NDArray[np.bool_]) -> tuple[float, float, float]:
    """The center of mass x, y and how far the ink's box reaches from there, in fine pixels."""
    middles, reaches = [], []
    for axis in (0, 1):
        sums = grid.sum(axis=axis)
        size = int(np.flatnonzero(sums)[-1]) + 1
        middle = int((sums * np.arange(len(sums))).sum()) / int(sums.sum()) + 0.5
        middles.append(middle)
        reaches += [middle, size - middle]
    return middles[0], middles[1], max(reaches)


def _filtered(grid: NDArray[np.bool_], x: float, y: float) -> Digit:
    """The digit whose middle is the fine pixel x, y, each of its pixels the mean of fine ones by `FILTER`."""
    side = SIDE * FINE + len(FILTER) - FINE
    wide = np.zeros((2 * side, 2 * side), bool)
    across, down = (int(side + 0.5 - middle) for middle in (x, y))
    wide[down : down + len(grid), across : across + len(grid)] = grid
    part = slice(side // 2, side // 2 + side)
    # Sums of whole numbers below 2^24 are exact in float32, whatever their order.
    pixels = wide[part, part].astype(np.float32)
    for _ in range(2):
        blocks = FILTER.reshape(2, FINE) @ pixels.reshape(SIDE + 1, FINE, -1)
        pixels = (blocks[:-1, 0] + blocks[1:, 1]).T
    whole = float(FILTER.sum()) ** 2
    return np.floor((pixels.astype(np.float64) * 255 + whole / 2) / whole).astype(np.float32) / np.float32(
        255
    )


def _seen(lines: list[_Line], picture: Image.Image) -> Image.Image:
    """The pad as it looks, PAD × PAD pixels: the picture with all strokes on it."""
    side = (PAD, PAD)
    raster = picture.resize(side, Image.Resampling.BILINEAR) if all(picture.size) else Image.new("L", side)
    pixels = np.array(raster)
    every = _thinning(lines)
    for line in lines:
        _draw_on_pad(pixels, line, every, 0 if line.erases else 255)
    return Image.fromarray(pixels)
