"""Lines with round ends on a grid of pixels, drawn by a rule that any language can repeat exactly.

A line is a row of corners. It is walked from corner to corner in short steps, a disc is drawn at every step,
and a pixel is covered if any disc covers it. With x to the right, y down, pixels named by whole numbers and
everything else in float64:

1. *Steps.* A disc's radius r gives the longest step, p = max(1, r / 4). From corner a to the next corner b
   lead n = max(1, ceil(max(|bx - ax|, |by - ay|) / p)) steps; number i of 0 .. n - 1 stands at a + (b - a) ·
   (i / n). Where lines are thinned, `every` is a whole number above 1: the steps of all lines are counted
   from 0 on, and those remain whose number is a multiple of `every`. The last corner of each line is always a
   step.
2. *Discs.* A step in the pixel (floor x, floor y) covers those pixels (floor x + i, floor y + j) for which i²
   + j² ≤ r².

Knows corners, steps and pixels. Knows nothing of pens, erasers, digits or the pad.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: Corners or steps of a line, [N, 2] of x and y.
Points = NDArray[np.float64]


def longest_step(radius: float) -> float:
    """Pixels: how far discs of this radius may be apart without a trace of it in the line."""
    return max(1.0, radius / 4)


def count_steps(lines: Sequence[Points], longest: float) -> int:
    """How many steps lead along lines, each of at least one corner, without those at their last corners."""
    return int(_parts(lines, longest)[2].sum())


def walk(lines: Sequence[Points], longest: float, every: int = 1) -> Points:
    """The steps along lines, each of at least one corner; one of so many, and each line's last corner.

    Those of a single line are in its order; of several lines, the last corners come after all others.
    """
    starts, ways, counts, lasts = _parts(lines, longest)
    ends = counts.cumsum()
    steps = np.arange(0, counts.sum(), every)
    part = np.searchsorted(ends, steps, side="right")
    share = (steps - (ends - counts)[part]) / counts[part]
    return np.concatenate([starts[part] + ways[part] * share[:, np.newaxis], lasts])


def _parts(lines: Sequence[Points], longest: float) -> tuple[Points, Points, NDArray[np.int64], Points]:
    """Where the straight parts of lines start, where they lead, their steps, and the lines' last corners."""
    corners = np.concatenate(lines)
    last = np.cumsum([len(line) for line in lines]) - 1
    ways = np.delete(corners[1:] - corners[:-1], last[:-1], axis=0)
    counts = np.maximum(1, np.ceil(np.abs(ways).max(axis=1, initial=0) / longest)).astype(np.int64)
    return np.delete(corners, last, axis=0), ways, counts, corners[last]


def draw(pixels: NDArray[np.generic], steps: Points, radius: float, value: float) -> None:
    """Give the value to all pixels [H, W] that discs at the steps cover; steps may lie outside."""
    x, y = np.floor(steps).astype(np.int64).T[:, :, np.newaxis]
    reach = int(radius)
    (top, bottom), (left, right) = (
        (max(0, int(at.min()) - reach), min(length, int(at.max()) + reach + 1))
        for at, length in zip((y, x), pixels.shape, strict=True)
    )
    if top >= bottom or left >= right:
        return
    across = np.arange(-reach, reach + 1)
    half = np.floor(np.sqrt(radius * radius - across * across)).astype(np.int64)
    # Each row of a disc opens at its first pixel and closes after its last: where more are open than closed
    # is covered. What lies above or below goes to a row of its own that is dropped.
    row = np.clip(y + (across - top), -1, bottom - top) + 1
    row *= right - left + 1
    edges = np.zeros((bottom - top + 2, right - left + 1), np.int32)
    flat, one = edges.reshape(-1), np.int32(1)  # of the same type as the array: a hundred times quicker
    np.add.at(flat, (row + np.clip(x - half - left, 0, right - left)).reshape(-1), one)
    np.subtract.at(flat, (row + np.clip(x + half + 1 - left, 0, right - left)).reshape(-1), one)
    covered = edges.cumsum(axis=1, dtype=np.int32)[1:-1, :-1] > 0
    np.copyto(pixels[top:bottom, left:right], np.asarray(value, pixels.dtype), where=covered)
