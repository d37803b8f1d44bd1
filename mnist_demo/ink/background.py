"""Brightness -> contrast: how far every pixel stands out from its paper, light and grain taken away.

Knows planes of brightness, paper, light and noise. Knows nothing of colors, digits or files; what else may
lie on the paper is for `clutter`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_demo.ink.brightness import Plane

#: Contrast between ink and paper (0..1) under which there is nothing to see.
FAINTEST = 0.06
#: Contrast of ink, in deviations of the smoothed noise, under which it can't be told from that noise.
CLEAREST_NOISE = 6.0
#: Anything wider than this share of the picture's longer side is paper or shadow, never a stroke.
WIDEST_STROKE = 0.3
#: Shares of a photographed ink's contrast between which a pixel is partly ink: less is dirt, more is ink.
DOUBT = (0.3, 0.8)
#: Pixels: the side of the small copy on which the paper's brightness is estimated.
PAPER_SIDE = 48
#: Shares of a side: how far in from the rim a strip of another surface is looked for, and how soft its edge
#: may be.
STRIP, STRIP_EDGE = 0.15, 0.02
#: A strip's edge is one along this share of the rim, and at least this bright a step.
STRIP_LENGTH, STRIP_STEP = 0.8, 0.04
#: The share of neighbors along the margin that are alike in a drawing on a screen; in noise clipped at white
#: they aren't.
STEADY = 0.7
#: Pixels: pictures whose longer side is shorter aren't smoothed: their lines are hardly wider than that.
MIN_SMOOTHED = 96


class Contrast(NamedTuple):
    """How far every pixel [H, W] stands out from its paper, and what that takes to be ink."""

    plane: Plane
    #: The least contrast that can be ink.
    least: float
    #: Shares of the ink's contrast: what has less is no ink, what has more is nothing but ink.
    doubt: tuple[float, float]
    #: Left, top, right, bottom of what lies within the strips along the picture's rim.
    inside: tuple[int, int, int, int]
    #: Whether it is a photograph, in which what has no edge is light.
    photographed: bool


def contrast_to_paper(plane: Plane) -> Contrast:
    """The contrast of brightness [H, W] in [0, 1] to its paper, towards the ink's side."""
    inside = _within_strips(plane)
    left, top, right, bottom = inside
    inner = plane[top:bottom, left:right]
    margin = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
    levels, counts = np.unique(margin, return_counts=True)
    if 2 * counts.max() > margin.size and (np.diff(margin) == 0).mean() > STEADY:
        # A margin mostly of one level is a drawing on a screen: whatever differs from that is ink.
        return Contrast(np.abs(plane - levels[counts.argmax()]), FAINTEST, (0.0, 1.0), inside, False)
    paper, sign = _paper(inner)
    height, width = plane.shape
    paper = np.pad(paper, ((top, height - bottom), (left, width - right)), mode="edge")
    plane = np.float32(sign) * (plane - paper)
    if max(plane.shape) >= MIN_SMOOTHED:
        plane = _smoothed(plane)
    level, grain = _level_and_grain(plane[top:bottom, left:right])
    return Contrast(plane - np.float32(level), max(CLEAREST_NOISE * grain, FAINTEST), DOUBT, inside, True)


def _within_strips(plane: Plane) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the plane without strips of another surface along its rim."""
    top, left = _strip(plane), _strip(plane.T)
    bottom, right = _strip(plane[::-1]), _strip(plane.T[::-1])
    return left, top, plane.shape[1] - right, plane.shape[0] - bottom


def _strip(plane: Plane) -> int:
    """How many rows at the top are another surface's: up to the last edge there that goes all along."""
    lag = max(1, round(STRIP_EDGE * len(plane)))
    deep = int(STRIP * len(plane))
    rows = plane[: deep + lag, :: max(1, plane.shape[1] // 100)]
    if deep < 1:
        return 0
    steps = rows[lag:] - rows[:-lag]
    step = np.median(steps, axis=1, keepdims=True)
    along = (steps * np.sign(step) >= np.abs(step) / 2).mean(axis=1)
    noise = float(np.median(np.abs(steps - step)))
    edges = np.flatnonzero((np.abs(step[:, 0]) >= max(STRIP_STEP, 3 * noise)) & (along >= STRIP_LENGTH))
    return int(edges[-1]) + lag if len(edges) else 0


def _paper(plane: Plane) -> tuple[Plane, int]:
    """The paper's brightness at every pixel of a photograph, and 1 for light ink or -1 for dark ink.

    The paper is the picture with everything narrower than `WIDEST_STROKE` leveled out (an opening), so that
    shadows and slopes of light belong to it and go.
    """
    longer = max(plane.shape)
    side = min(PAPER_SIDE, longer)
    height, width = (max(1, round(length * side / longer)) for length in plane.shape)
    small = _resized(plane, (width, height), Image.Resampling.BOX)
    # Strokes are narrow and few: what stands out most from its surroundings is ink.
    sign = -1 if ((small - _mean_around(small, side // 4)) ** 3).sum() < 0 else 1
    small = sign * small
    # Light's slope has to go first: at the picture's rim an opening would take it for ink.
    slope = _slope(small)
    reach = max(1, round(WIDEST_STROKE * side / 2))
    paper = small - slope
    for pick in (np.minimum, np.maximum):
        paper = _running(pick, _running(pick, paper, reach).T, reach).T
    return sign * _resized(paper + slope, plane.shape[::-1], Image.Resampling.BILINEAR), sign


def _resized(plane: Plane, size: tuple[int, ...], how: Image.Resampling) -> Plane:
    return np.asarray(Image.fromarray(plane).resize((size[0], size[1]), how), np.float32)


def _mean_around(plane: Plane, reach: int) -> NDArray[np.float64]:
    """The mean of (2·reach + 1)² pixels around each; the edge repeats itself."""
    span = 2 * reach + 1
    sums = np.pad(plane.astype(np.float64), ((reach + 1, reach), (reach + 1, reach)), mode="edge")
    sums = sums.cumsum(axis=0).cumsum(axis=1)
    return (sums[span:, span:] - sums[:-span, span:] - sums[span:, :-span] + sums[:-span, :-span]) / span**2


def _slope(plane: Plane) -> Plane:
    """The surface of second degree through all pixels (least squares)."""
    y, x = (np.linspace(-1, 1, length) for length in plane.shape)
    terms = np.stack(np.broadcast_arrays(1.0, x, y[:, None], x**2, y[:, None] ** 2, x * y[:, None]), axis=-1)
    weights = np.linalg.lstsq(terms.reshape(-1, 6), plane.ravel(), rcond=None)[0]
    return np.asarray(terms @ weights, np.float32)


def _running(pick: np.ufunc, plane: Plane, reach: int) -> Plane:
    """The running minimum or maximum of 2·reach + 1 pixels down the columns; the edge repeats itself."""
    wide = np.pad(plane, ((reach, reach), (0, 0)), mode="edge")
    picked = plane
    for step in range(2 * reach + 1):
        picked = pick(picked, wide[step : step + len(plane)])
    return picked


def _level_and_grain(plane: Plane) -> tuple[float, float]:
    """The paper's level and the deviation of its noise, whatever the ink's blurred rims cover.

    The paper is where most of what isn't half as dark as the darkest lies closest together.
    """
    step = max(1, max(plane.shape) // 96)
    values = np.sort(plane[::step, ::step], axis=None)
    values = values[: max(2, int(np.searchsorted(values, values[-1] / 2)))]
    half = max(1, len(values) // 2)
    first = int((values[half:] - values[:-half]).argmin())
    level = float(values[first : first + half + 1].mean())
    below = values[values <= level]
    return level, float(np.sqrt(((below - level) ** 2).mean())) if len(below) else 0.0


def _smoothed(plane: Plane) -> Plane:
    """The mean of every 3×3 pixels."""
    wide = np.pad(plane, 1, mode="edge")
    rows = wide[:-2] + wide[1:-1] + wide[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / np.float32(9), np.float32)
