"""Strokes and pictures -> a digit the way MNIST made its own, or blank. Pure: numpy and Pillow only.

Strokes are not drawn and then shrunk: their lines are scaled and drawn once, at the digit's size and with one
pen, so that place, size and pen leave no trace. The recipe itself is in `fitting`, how paper goes in `paper`.
Knows nothing of models, files or the page.

Measured on PenDigits, drawn at random sizes (20 to 95 % of the pad), places and pens (3 to 10 %), with
models that were trained on MNIST alone and so knew no pen's strokes. Chosen on 15 of its writers (3,745
drawings) with a small CNN: the pen as it was drawn 90.6 %, between 2.2 and 3.4 pixels of the digit 96.2
%, always 2.5 96.6 %, 2.0 96.8 %, 1.4 96.6 %. Box centered instead of mass 94.2 instead of 96.2 %.
Resampling filters, softer edges and gamma changed it by less than 0.6 %. Confirmed on the other 15
writers (3,749 drawings) with larger models: pens of 1.6, 2.0, 2.5, 3.0 and 3.5 gave a CNN 96.0, 96.0,
95.8, 95.2 and 94.5 %; with 2.0 an MLP read 94.6 % and a logistic regression 77.4 %. The models shipped
now learned from 24 of the thirty writers too; `benchmarks/ink_to_digit.py` measures them on the other
six.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from mnist_demo.ink.background import ink_from_picture
from mnist_demo.ink.fitting import BOX, FINE, Digit, digit_from_raster, place, raster_of

__all__ = [
    "Digit",
    "Stroke",
    "digit_from_ink",
    "digit_from_picture",
    "digit_from_strokes",
    "ink_from_picture",
]

#: Pixels of a digit: the width at which every stroke's line is drawn.
PEN = 2.0
#: A line shorter than this share of its pen's width is a dot: the hand's tremble is not enlarged.
DOT = 0.5
#: Pixels: the side of the pad where it has to be looked at as pixels.
PAD = 448
#: At most about this many corners are drawn and this many points erased, so that time is bounded.
MAX_CORNERS, MAX_POINTS = 1500, 8_000

_Points = NDArray[np.float64]


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
        return digit_from_raster(_seen(lines, raster_of(picture)))
    lines = _left(lines)
    return _digit_from_lines(lines) if lines else None


def digit_from_picture(image: Image.Image) -> Digit | None:
    """The digit in a picture of any mode, polarity, color, transparency and paper; None if blank."""
    return digit_from_ink(ink_from_picture(image))


def digit_from_ink(ink: ArrayLike) -> Digit | None:
    """The digit of ink coverage [H, W]; None if blank.

    Values outside of [0, 1] are clipped and NaN is no ink. Raises ValueError unless it is two-dimensional.
    """
    return digit_from_raster(raster_of(ink))


class _Line(NamedTuple):
    """A stroke whose points [N, 2] are in any unit, and whose width is in the same."""

    points: _Points
    width: float
    erases: bool


def _points(points: ArrayLike) -> _Points:
    array = np.asarray(points, np.float64)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"Points of a stroke are [N, 2], not {list(array.shape)}")
    return array[np.isfinite(array).all(axis=1)].clip(-100, 100)


def _way(points: _Points) -> _Points:
    """How far each point lies along the line, [N]."""
    return np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])


def _left(lines: list[_Line]) -> list[_Line]:
    """The pens' lines, cut where they leave the pad and where a later stroke erases them."""
    if not any(line.erases or line.points.min() < 0 or line.points.max() > 1 for line in lines):
        return lines
    step = max(0.5 / PAD, sum(_way(line.points)[-1] for line in lines) / MAX_POINTS)
    erased = Image.new("L", (PAD, PAD))
    left: list[_Line] = []
    for line in reversed(lines):
        if line.erases:
            _draw(erased, [_Line(line.points * PAD, line.width * PAD, False)])
            continue
        way = _way(line.points)
        at = np.union1d(way, np.arange(0.0, way[-1], step))
        points = np.stack([np.interp(at, way, line.points[:, axis]) for axis in (0, 1)], axis=1)
        inside = ((points >= 0) & (points <= 1)).all(axis=1)
        column, row = np.minimum(points.clip(0, 1) * PAD, PAD - 1).astype(int).T
        kept = inside & (np.asarray(erased)[row, column] == 0)
        starts = np.flatnonzero(kept & ~np.concatenate([[False], kept[:-1]]))
        ends = np.flatnonzero(kept & ~np.concatenate([kept[1:], [False]])) + 1
        left += [_Line(points[i:j], line.width, False) for i, j in zip(starts, ends, strict=True)]
    return left


def _digit_from_lines(lines: list[_Line]) -> Digit:
    """Not pixels are scaled here but lines, so that their place, size and pen leave no trace."""
    low = np.min([line.points.min(axis=0) for line in lines], axis=0)
    high = np.max([line.points.max(axis=0) for line in lines], axis=0)
    scale = (BOX - PEN) / max(*(high - low), *(DOT * line.width for line in lines)) * FINE
    raster = Image.new("L", (int(BOX * FINE) + 2,) * 2)
    _draw(raster, [_Line((line.points - low) * scale + PEN / 2 * FINE, PEN * FINE, False) for line in lines])
    return place(raster)


def _seen(lines: list[_Line], picture: Image.Image) -> Image.Image:
    """The pad as it looks, PAD × PAD pixels: the picture with all strokes on it."""
    side = (PAD, PAD)
    raster = picture.resize(side, Image.Resampling.BILINEAR) if all(picture.size) else Image.new("L", side)
    _draw(raster, [_Line(line.points * PAD, line.width * PAD, line.erases) for line in lines])
    return raster


def _draw(raster: Image.Image, lines: list[_Line]) -> None:
    """Draw lines with round ends and joints, in pixels of the raster; those that erase, with no ink."""
    draw = ImageDraw.Draw(raster)
    ways = [_way(line.points) for line in lines]
    step = max(FINE / 2, sum(way[-1] for way in ways) / MAX_CORNERS)
    for (points, width, erases), way in zip(lines, ways, strict=True):
        # Of each step of the way one point; rounding errors must not decide which, nor which pixel it is.
        steps = np.floor(way / step + 1e-6)
        kept = np.concatenate([steps[1:] != steps[:-1], [True]])
        kept[0] = True
        corners = np.floor(points[kept] + 1e-6).astype(int)
        # A disc with a middle pixel is as wide as a line of odd width: joints don't show.
        ink, radius = (0 if erases else 255), round((width - 1) / 2)
        if len(corners) > 1:
            draw.line(corners.ravel().tolist(), fill=ink, width=2 * radius + 1)
        for x, y in corners.tolist():
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)
