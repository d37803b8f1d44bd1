"""Contrast -> the digit's ink: everything else in the picture is recognized and left out.

Strips and lines along or from rim to rim, frames and axes, underlines, specks, numbers beside a plot: parts
of the ink that are the digit's lie together and are of its size; others go. What could be another digit
stays, so that the models can say that this is no digit.

Knows parts by their size, place and thickness. Knows nothing of light or files, nor what a digit looks like.
"""

import numpy as np
from numpy.typing import NDArray

from mnist_demo.ink.background import Contrast
from mnist_demo.ink.brightness import Plane
from mnist_demo.ink.components import Parts, find_parts

#: A pixel belongs to a part from this share of the ink's full contrast on.
PART = 0.4
#: Ink has an edge: over half its thickness, at least `SHARP` and at most `SOFT` of the picture's longer side,
#: it falls by this share of its contrast. What has none is light.
SHARP, SOFT, EDGE = 0.02, 0.05, 0.45
#: So does the rim of a shadow, but less: ink falls by this much within `SOFT`, or within `SHARP` by most of a
#: contrast that is several times as large as what can be told from noise.
STEP, CRISP, CLEAR = 0.16, 0.8, 2.5
#: Rounds in which strips, lines and frames are found, the strongest first.
ROUNDS = 6
#: Shares of a side: a part from rim to rim spans this much of it; a strip at least so much, this close to the
#: rim; a straight line is at most so thick.
SPAN, STRIP_SPAN, RIM, LINE = 0.9, 0.25, 0.03, 0.05
#: A frame has this share of its ink along its box's sides, each at least so many times as long as its line is
#: thick, and at least this share of the picture's.
FRAMED, FRAME_SIDE, FRAME = 0.85, 8, 0.15
#: Shares of the digit's size: what is smaller is a speck, what is smaller and further away is something else.
SPECK, SMALL, FAR = 0.12, 0.4, 0.25
#: What falls into more parts of about one size is grain.
MAX_PARTS = 30


def digit_ink(contrast: Contrast) -> Plane:
    """The coverage [H, W] in [0, 1] of the digit's ink; all 0 where there is none."""
    plane = np.maximum(contrast.plane, 0)
    for _ in range(ROUNDS):
        top = float(plane.max(initial=0))
        if top < contrast.least:
            return np.zeros_like(plane)
        full = float(np.median(plane[plane > top / 2]))
        parts = find_parts(plane > PART * full)
        foreign = _foreign(parts, contrast.inside)
        if not foreign.any():
            break
        plane = np.where(_near(parts, foreign, 2), np.float32(0), plane)
    chosen = _digits_parts(parts)
    if not chosen.any():
        return np.zeros_like(plane)
    if not chosen.all():
        plane = np.where(_near(parts, chosen, 4), plane, np.float32(0))
        top = float(plane.max())
        full = float(np.median(plane[plane > top / 2]))
    if contrast.photographed:
        thickness = float(parts.thickness[chosen].max())
        if not _has_edge(plane, top, contrast.least, thickness):
            return np.zeros_like(plane)
    none, whole = (np.float32(share * full) for share in contrast.doubt)
    return np.asarray(np.clip((plane - none) / (whole - none), 0, 1), np.float32)


def _near(parts: Parts, chosen: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Which pixels [H, W] lie within so many of the chosen parts."""
    near = np.append(chosen, False)[parts.labels]
    for axis in (0, 1):
        for _ in range(reach):
            near = near | np.roll(near, 1, axis) | np.roll(near, -1, axis)
    return near


def _foreign(parts: Parts, inside: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Which parts [N] are strips along the rim, straight lines from rim to rim, or frames around others."""
    height, width = parts.labels.shape
    left, top, right, bottom = parts.boxes.T
    across, down = right - left, bottom - top
    longer = max(height, width)
    rows, columns = round(RIM * height), round(RIM * width)
    inner = (
        slice(max(inside[1], rows), min(inside[3], height - rows)),
        slice(max(inside[0], columns), min(inside[2], width - columns)),
    )
    within = parts.labels[inner]
    within = np.bincount(within[within >= 0], minlength=len(parts.areas))
    at_rim = (left == 0) | (top == 0) | (right == width) | (bottom == height)
    long = (across >= STRIP_SPAN * width) | (down >= STRIP_SPAN * height)
    strip = at_rim & long & (np.maximum(across, down) >= 4 * parts.thickness) & (within <= 0.2 * parts.areas)
    thin = parts.thickness <= LINE * longer
    line = thin & (
        ((across >= SPAN * width) & (down <= 3 * parts.thickness + 0.05 * width))
        | ((down >= SPAN * height) & (across <= 3 * parts.thickness + 0.05 * height))
    )
    foreign = strip | line if not (strip | line).all() else strip
    large = np.minimum(across, down) >= np.maximum(FRAME_SIDE * parts.thickness, FRAME * longer)
    for part in np.flatnonzero(~foreign & large):
        foreign[part] = _is_frame(parts, int(part))
    return np.asarray(foreign)


def _is_frame(parts: Parts, part: int) -> bool:
    """Whether a part's ink lies along its box, with another part of some size within."""
    left, top, right, bottom = parts.boxes[part]
    others = parts.boxes
    within = (others[:, 0] > left) & (others[:, 1] > top) & (others[:, 2] < right) & (others[:, 3] < bottom)
    size = np.maximum(others[:, 2] - others[:, 0], others[:, 3] - others[:, 1])
    if not (within & (size >= 0.2 * max(right - left, bottom - top))).any():
        return False
    ink = parts.labels[top:bottom, left:right] == part
    # Ticks may stand out from the frame.
    band = round(max(2.5 * float(parts.thickness[part]), 0.04 * max(ink.shape))) + 1
    return bool(ink.sum() - ink[band:-band, band:-band].sum() >= FRAMED * ink.sum())


def _digits_parts(parts: Parts) -> NDArray[np.bool_]:
    """Which parts [N] are the digit's: the largest, what is near and what is as large; none if grain."""
    left, top, right, bottom = parts.boxes.T
    sizes = np.maximum(right - left, bottom - top)
    possible = ~_underlines(parts)
    main = int(np.where(possible, parts.areas, 0).argmax())
    size = sizes[main]
    possible &= sizes > max(SPECK * size, 0.8 * parts.thickness[main])
    possible[main] = True
    chosen = possible & (sizes >= SMALL * size)
    if chosen.sum() > MAX_PARTS:
        return np.zeros_like(chosen)
    while True:
        boxes = parts.boxes[chosen]
        others = np.flatnonzero(possible & ~chosen)
        gaps = np.maximum(
            np.maximum(boxes[:, 0] - right[others, np.newaxis], left[others, np.newaxis] - boxes[:, 2]),
            np.maximum(boxes[:, 1] - bottom[others, np.newaxis], top[others, np.newaxis] - boxes[:, 3]),
        ).min(axis=1)
        close = others[gaps <= FAR * size]
        if not len(close):
            return np.asarray(chosen)
        chosen[close] = True


def _underlines(parts: Parts) -> NDArray[np.bool_]:
    """Which parts [N] are level lines below all that is large, or far wider than it."""
    left, top, right, bottom = parts.boxes.T
    across, down = right - left, bottom - top
    level = (across >= 5 * parts.thickness) & (down <= np.maximum(3 * parts.thickness, 0.12 * across))
    others = ~level & (np.maximum(across, down) >= 0.25 * np.max(across, where=level, initial=0))
    if not others.any() or not level.any():
        return np.zeros_like(level)
    lowest = (bottom - down / 3)[others].max()
    widest = right[others].max() - left[others].min()
    return np.asarray(level & ((top >= lowest) | (across >= 1.3 * widest)))


def _has_edge(plane: Plane, top: float, least: float, thickness: float) -> bool:
    """Whether somewhere the plane falls as ink does, and light does not."""
    longer = max(plane.shape)
    own = min(max(thickness / 2, SHARP * longer), SOFT * longer)
    if _step(plane, own) < EDGE * top:
        return False
    return _step(plane, SOFT * longer) >= STEP or (
        top >= CLEAR * least and _step(plane, SHARP * longer) >= CRISP * top
    )


def _step(plane: Plane, distance: float) -> float:
    """The largest difference between two pixels of a row or a column that are so far apart."""
    lag = max(1, round(distance))
    down, across = plane[lag:] - plane[:-lag], plane[:, lag:] - plane[:, :-lag]
    return max(float(np.abs(steps).max(initial=0)) for steps in (down, across))
