"""Strokes -> ink, and ink -> a digit the way MNIST made its own, or blank. Pure: numpy and Pillow only.

MNIST's recipe (LeCun, Cortes, Burges, http://yann.lecun.com/exdb/mnist): the ink's bounding box is fitted
into 20×20 keeping its aspect, anti-aliased, and its centre of mass goes to the centre of 28×28. Added here:
pens of any width are brought to widths that MNIST's writers had, so that thin ones don't vanish and thick
ones don't clog. Knows nothing of models, files or the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

from mnist_demo.digits import SIDE
from mnist_demo.paper import ink_from_picture

__all__ = [
    "Digit",
    "Stroke",
    "digit_from_ink",
    "digit_from_picture",
    "digit_from_strokes",
    "ink_from_picture",
]

#: [28, 28] in [0, 1], ink = 1, its centre of mass within a pixel of the centre.
Digit = NDArray[np.float32]

#: Pixels of a digit: the longer side of the ink's bounding box.
BOX = 20.0
#: Pixels of a digit: the thinnest and the thickest pen.
PEN = (2.2, 3.4)
#: Ink is worked on at this many pixels for each pixel of the digit.
FINE = 8
#: Ink whose centre line is shorter than this share of the pen's width is a dot: its tremble is not enlarged.
DOT = 0.5
#: Coverage under which nothing can be seen.
FAINTEST = 0.04
#: At most this many corners are drawn; more are thinned out, so that the time for a digit is bounded.
MOST_CORNERS = 1500

_Bounds = tuple[float, float, float, float]


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

    Only ink within the pad's square counts. Points that are not finite are left out; raises ValueError for
    points that are not [N, 2] or a width that is not a positive number.
    """
    lines = [(_points(stroke), float(stroke.width), stroke.erases) for stroke in strokes]
    if not all(0 < width < np.inf for _, width, _ in lines):
        raise ValueError("A stroke's width has to be a positive number")
    lines = [line for line in lines if len(line[0])]
    pens = [(points, width) for points, width, erases in lines if not erases]
    inside = all(points.min() >= 0 and points.max() <= 1 for points, _ in pens)
    if picture is None and inside and len(pens) == len(lines):
        return _digit_from_pens(pens) if pens else None
    return _digit_from_pad(lines, picture)


def digit_from_picture(image: Image.Image) -> Digit | None:
    """The digit in a picture of any mode, polarity, colour, transparency and paper; None if blank."""
    return digit_from_ink(ink_from_picture(image))


def digit_from_ink(ink: ArrayLike) -> Digit | None:
    """The digit of ink coverage [H, W]; None if blank.

    Values outside of [0, 1] are clipped and NaN is no ink. Raises ValueError unless it is two-dimensional.
    """
    coverage = np.asarray(ink)
    if coverage.ndim != 2:
        raise ValueError(f"Ink has rows and columns, not {coverage.ndim} dimensions")
    coverage = np.nan_to_num(coverage.astype(np.float32), posinf=1.0).clip(0, 1)
    if not coverage.size or coverage.max() < FAINTEST:
        return None
    raster = Image.fromarray((coverage / coverage.max() * 255).round().astype(np.uint8))
    bounds = _bounds(raster)
    extent = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    return _placed(_with_pen(_resampled(raster, bounds, BOX * FINE / extent)))


def _points(stroke: Stroke) -> NDArray[np.float64]:
    points = np.asarray(stroke.points, np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"Points of a stroke are [N, 2], not {list(points.shape)}")
    return points[np.isfinite(points).all(axis=1)]


def _digit_from_pens(pens: list[tuple[NDArray[np.float64], float]]) -> Digit | None:
    """Pens alone: their lines are scaled, not their pixels, so place and size leave no trace."""
    low = np.array([points.min(axis=0) for points, _ in pens])
    high = np.array([points.max(axis=0) for points, _ in pens])
    width = np.array([width for _, width in pens])
    scale = BOX / ((high + width[:, None] / 2).max(axis=0) - (low - width[:, None] / 2).min(axis=0)).max()
    drawn = np.clip(width * scale, *PEN)
    # With the pens' widths settled, the lines fill what the pens leave of the box.
    length = (high.max(axis=0) - low.min(axis=0)).max()
    scale = (BOX - drawn.max()) / max(length, DOT * width.max())
    origin = low.min(axis=0) - drawn.max() / 2 / scale
    raster = Image.new("L", (round(BOX * FINE) + 1,) * 2)
    _draw(
        raster,
        [
            ((points - origin) * scale * FINE, pen * FINE, False)
            for (points, _), pen in zip(pens, drawn, strict=True)
        ],
    )
    return _placed(raster)


def _digit_from_pad(
    lines: list[tuple[NDArray[np.float64], float, bool]], picture: NDArray[np.float32] | None
) -> Digit | None:
    """The pad as it looks, pixel by pixel: for what was erased, lies under a picture or leaves the pad."""
    side, origin, extent = round(2 * BOX * FINE), np.zeros(2), 1.0
    while True:
        raster = Image.new("L", (side, side))
        scale = side / extent
        if picture is not None:
            under = Image.fromarray((np.nan_to_num(picture).clip(0, 1) * 255).round().astype(np.uint8))
            per = np.array(under.size)
            raster = under.resize(
                (side, side), Image.Resampling.BILINEAR, box=(*(origin * per), *((origin + extent) * per))
            )
        _draw(raster, [((points - origin) * scale, width * scale, erases) for points, width, erases in lines])
        box = raster.getbbox()
        if box is None:
            return None
        longer = max(box[2] - box[0], box[3] - box[1])
        if longer > side / 2 or extent < 0.02:
            return digit_from_ink(np.asarray(raster, np.float32) / 255)
        # What is left fills little of the pad: look again, closer.
        middle = origin + np.array([box[0] + box[2], box[1] + box[3]]) / 2 / scale
        extent = min(1.0, (longer + 8) / scale)
        origin = np.clip(middle - extent / 2, 0, 1 - extent)


def _draw(raster: Image.Image, lines: list[tuple[NDArray[np.float64], float, bool]]) -> None:
    """Draw lines with round ends and joints, in pixels of the raster; those that erase, with no ink."""
    draw = ImageDraw.Draw(raster)
    total = sum(float(np.hypot(*np.diff(points, axis=0).T).sum()) for points, _, _ in lines)
    step = max(FINE / 2, total / MOST_CORNERS)
    for points, width, erases in lines:
        corners = _thinned(points, step)
        ink, radius = (0 if erases else 255), width / 2
        if len(corners) > 1:
            draw.line(corners.round().ravel().tolist(), fill=ink, width=round(width))
        for x, y in corners.tolist():
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)


def _thinned(points: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """The first and the last point, and between them one for each step of the way."""
    way = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()]) // step
    kept = np.concatenate([way[1:] != way[:-1], [True]])
    kept[0] = True
    return points[kept]


def _bounds(raster: Image.Image) -> _Bounds:
    """Left, top, right, bottom of the ink, where it is at least half as dark as the darkest."""
    left, top, right, bottom = raster.point([0] * 128 + [255] * 128).getbbox() or (0, 0, *raster.size)
    return left, top, right, bottom


def _resampled(raster: Image.Image, bounds: _Bounds, scale: float) -> Image.Image:
    """The part of a raster within bounds, scaled; beyond the raster there is no ink."""
    left, top, right, bottom = bounds
    size = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    return raster.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR, box=bounds)


def _with_pen(raster: Image.Image) -> Image.Image:
    """The ink at FINE pixels a pixel, thickened or thinned until its pen is within `PEN`."""
    ink = np.pad(np.asarray(raster, np.int16), 2 * FINE)
    edges = np.abs(np.diff(ink, axis=0)).sum() + np.abs(np.diff(ink, axis=1)).sum()
    # Area is length × width, edges are 2 × length; π/4 makes up for counting them in rows and columns.
    width = 2 * float(ink.sum()) / (np.pi / 4 * float(edges)) / FINE
    wanted = float(np.clip(width, *PEN))
    # The box grows or shrinks with the pen and is fitted again afterwards.
    change = BOX * (wanted - width) / (BOX - wanted) / 2 * FINE
    flip = 255 if change < 0 else 0
    grown = np.abs(flip - ink).astype(np.uint8)
    for turn in range(int(np.ceil(abs(change)))):
        more = _grown(grown, turn % 2 == 0)
        part = min(1.0, abs(change) - turn)
        grown = more if part == 1 else ((1 - part) * grown + part * more).round().astype(np.uint8)
    return Image.fromarray(np.abs(flip - grown.astype(np.int16)).astype(np.uint8))


def _grown(ink: NDArray[np.uint8], to_corners: bool) -> NDArray[np.uint8]:
    """Every pixel becomes the darkest of its neighbours: of 4 and of 8 in turn grows an octagon."""
    wide = np.pad(ink, 1)
    rows = np.maximum(np.maximum(wide[:-2], wide[2:]), wide[1:-1])
    if to_corners:
        return np.maximum(np.maximum(rows[:, :-2], rows[:, 2:]), rows[:, 1:-1])
    return np.maximum(np.maximum(wide[1:-1, :-2], wide[1:-1, 2:]), rows[:, 1:-1])


def _placed(raster: Image.Image) -> Digit:
    """Ink at any scale -> the digit: the box in 20×20, the centre of mass in the middle of 28×28."""
    left, top, right, bottom = _bounds(raster)
    ink = np.asarray(raster, np.float32)
    mass = ink.sum()
    x = float((ink.sum(axis=0) * (np.arange(raster.width) + 0.5)).sum() / mass)
    y = float((ink.sum(axis=1) * (np.arange(raster.height) + 0.5)).sum() / mass)
    # Ink that would reach over the digit's edge, its mass all at one end, is made smaller instead of cut.
    half = (
        max(
            (right - left) / BOX,
            (bottom - top) / BOX,
            max(x - left, right - x, y - top, bottom - y) * 2 / (SIDE - 1),
        )
        * SIDE
        / 2
    )
    margin = int(2 * half) + 1
    wide = raster.crop((-margin, -margin, raster.width + margin, raster.height + margin))
    box = (x + margin - half, y + margin - half, x + margin + half, y + margin + half)
    return np.asarray(wide.resize((SIDE, SIDE), Image.Resampling.HAMMING, box=box), np.float32) / 255
