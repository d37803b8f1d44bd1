"""The connected components of a mask, with the area, bounding box and line thickness of each.

Knows masks and rectangles. Knows nothing of ink, paper or digits.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_Counts = NDArray[np.int64]


class Parts(NamedTuple):
    """N parts, eight-connected, in the order in which their first pixels come, row by row."""

    #: int64 [H, W]: the part's number, -1 where there is none.
    labels: _Counts
    #: Pixels of each part [N].
    areas: _Counts
    #: Left, top, right, bottom of each part [N, 4]; right and bottom are the first pixels outside.
    boxes: _Counts
    #: How wide each part's lines are, in pixels [N]: the mean length of its runs, across or down.
    thickness: NDArray[np.float64]


def find_parts(mask: NDArray[np.bool_]) -> Parts:
    """The parts of a mask [H, W]."""
    height, width = mask.shape
    # Runs of pixels, in a row of rows each of which ends with an empty pixel.
    span = width + 1
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, ends = (np.flatnonzero(edges == sign) for sign in (1, -1))
    lengths = ends - starts
    # The runs of the next row that each run touches, corners included, stand in a row.
    first = np.searchsorted(ends, starts + span, side="left")
    counts = np.maximum(0, np.searchsorted(starts, ends + span, side="right") - first)
    above = np.repeat(np.arange(len(starts)), counts)
    below = np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts - first, counts)
    of_run = _roots(len(starts), above, below)
    _, of_run = np.unique(of_run, return_inverse=True)
    number = int(of_run.max(initial=-1)) + 1

    labels = np.full(mask.shape, -1, np.int64)
    labels[mask] = np.repeat(of_run, lengths)
    areas = np.bincount(of_run, lengths, number).astype(np.int64)
    boxes = np.tile(np.array([width, height, 0, 0], np.int64), (number, 1))
    row, column = starts // span, starts % span
    for side, values, pick in (
        (0, column, np.minimum),
        (1, row, np.minimum),
        (2, column + lengths, np.maximum),
        (3, row + 1, np.maximum),
    ):
        pick.at(boxes[:, side], of_run, values)
    tops = labels[mask & ~np.pad(mask, ((1, 0), (0, 0)))[:-1]]
    runs_down = np.bincount(tops, minlength=number)
    thickness = areas / np.maximum(np.bincount(of_run, minlength=number), runs_down)
    return Parts(labels, areas, boxes, thickness)


def _roots(number: int, one: _Counts, other: _Counts) -> _Counts:
    """For each of so many things the first one that it hangs together with, given pairs that touch."""
    roots = np.arange(number)
    while True:
        mine, theirs = roots[one], roots[other]
        least = np.minimum(mine, theirs)
        if (mine == theirs).all():
            return roots
        np.minimum.at(roots, mine, least)
        np.minimum.at(roots, theirs, least)
        while not np.array_equal(roots, roots[roots]):
            roots = roots[roots]
