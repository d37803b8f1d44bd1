"""Ways of writing digits that no corpus has enough of: slashed 0, barred 7, 1 with a flag and a foot, open 4.

Each is a function from the lines of a plain digit to those of a styled one. How long and how steep the added
strokes are follows the drawings that have them: 204 slashed zeros by 18 writers and 270 barred sevens of
UNIPEN. Knows shapes; refuses to know pads, pixels and data sets.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from mnist_demo.data.drawing import Drawing, Line

#: A line whose ends lie nearly as far apart as the way between them is long counts as straight.
STRAIGHT = 0.95

Change = Callable[[Sequence[Line], np.random.Generator], list[Line]]


class Style(NamedTuple):
    """A style of a digit: its label, whether a drawing can take it, how it does, and the share that will."""

    label: int
    fits: Callable[[Sequence[Line]], bool]
    change: Change
    share: float


def slashed(lines: Sequence[Line], random: np.random.Generator) -> list[Line]:
    """A zero with a slash from near its lower left corner to its upper right; one in twelve leans back."""
    low, extent = _box(lines)
    left, right = random.normal(0.12, 0.22), random.normal(0.97, 0.22)
    if random.random() < 1 / 12:
        left, right = right, left
    bottom, top = (left, random.uniform(0.8, 1.4)), (right, random.uniform(-0.35, 0.2))
    return [*lines, low + _stroke(random, bottom, top) * extent]


def barred(lines: Sequence[Line], random: np.random.Generator) -> list[Line]:
    """A seven with a bar through its stem, at any height below its head."""
    (low, (_, height)), points = _box(lines), np.concatenate(lines)
    level = low[1] + random.uniform(0.35, 0.75) * height
    # the head may be as low as the bar on its other side: the stem is where the line comes last
    last = min(int(np.flatnonzero(points[:, 1] <= level)[-1]), len(points) - 2)
    (x, y), (next_x, next_y) = points[last : last + 2]
    crossing = np.array([x + (next_x - x) * np.clip((level - y) / max(next_y - y, 1e-9), 0, 1), level])
    left, right = random.uniform(0.12, 0.4, 2) * height
    rise = random.normal(0.08, 0.08) * height
    start, end = (-left, rise / 2), (right, -rise / 2)
    return [*lines, crossing + _stroke(random, start, end, bow=0.02 * height)]


def flagged(lines: Sequence[Line], random: np.random.Generator) -> list[Line]:
    """A one with a flag that leads up to its top; one in three has a foot as well."""
    _, (_, height) = _box(lines)
    stem = lines[0] if lines[0][0, 1] <= lines[0][-1, 1] else lines[0][::-1]
    length = random.uniform(0.2, 0.65) * height
    lean = np.arctan2(stem[0, 0] - stem[-1, 0], stem[-1, 1] - stem[0, 1])  # of its top to the right, radians
    # between the stem and what would be the head of a seven
    least = lean + np.deg2rad(25)
    angle = random.uniform(least, max(least, np.deg2rad(65)))
    tip = (-length * np.sin(angle), length * np.cos(angle))
    flag = stem[0] + _stroke(random, tip, (0.0, 0.0), bow=0.04 * height)
    if random.random() >= 1 / 3:
        return [np.vstack([flag, stem])]
    left, right = random.uniform(0.15, 0.4, 2) * height
    foot = stem[-1] + _stroke(random, (-left, 0.0), (right, 0.0), bow=0.02 * height)
    return [np.vstack([flag, stem]), foot]


def open_four(lines: Sequence[Line], random: np.random.Generator) -> list[Line]:
    """A four as large as the one given, of a corner or a bow and a stem whose tops don't meet."""
    low, extent = _box(lines)
    extent = np.maximum(extent, 0.4 * extent.max())
    level = random.uniform(0.5, 0.7)
    start, corner = (random.uniform(0.05, 0.3), random.uniform(0.0, 0.15)), (0.0, level)
    end = (1.0, level + random.normal(0, 0.04))
    left = _bent(start, corner, end, sharp=random.random() < 0.6)
    stem = random.uniform(0.6, 0.85)
    top, bottom = (stem + random.uniform(0, 0.1), random.uniform(-0.05, 0.3)), (stem, 1.0)
    return [low + left * extent, low + _stroke(random, top, bottom) * extent]


def styled(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """The drawing, in one of the styles of its digit as often as the style's share says."""
    for style in STYLES.values():
        if style.label == drawing.label and style.fits(drawing.lines) and random.random() < style.share:
            return drawing._replace(lines=style.change(drawing.lines, random))
    return drawing


def _is_one_line(lines: Sequence[Line]) -> bool:
    return len(lines) == 1 and len(lines[0]) > 1


def _is_straight(lines: Sequence[Line]) -> bool:
    """Whether it is one straight line that is steep."""
    if not _is_one_line(lines):
        return False
    across, down = np.abs(lines[0][-1] - lines[0][0])
    way = np.hypot(*np.diff(lines[0], axis=0).T).sum()
    return bool(np.hypot(across, down) > STRAIGHT * way and down > 1.2 * across)


def _box(lines: Sequence[Line]) -> tuple[Line, Line]:
    """The corner with the least x and y, and the extents."""
    points = np.concatenate(lines)
    return points.min(axis=0), np.ptp(points, axis=0)


def _stroke(
    random: np.random.Generator, start: tuple[float, float], end: tuple[float, float], bow: float = 0.03
) -> Line:
    """A nearly straight stroke [12, 2]; `bow` says how far to a side its middle is (standard deviation)."""
    t = np.linspace(0, 1, 12)[:, None]
    first, last = np.array(start), np.array(end)
    across = np.array([first[1] - last[1], last[0] - first[0]]) / max(float(np.hypot(*(last - first))), 1e-9)
    return np.asarray(first + (last - first) * t + random.normal(0, bow) * 4 * t * (1 - t) * across)


def _bent(
    start: tuple[float, float], corner: tuple[float, float], end: tuple[float, float], sharp: bool
) -> Line:
    """From start to end by way of a corner, or as a bow drawn towards it."""
    t = np.linspace(0, 1, 16)[:, None]
    first, middle, last = map(np.array, (start, corner, end))
    if sharp:
        return np.vstack([first + (middle - first) * t, middle + (last - middle) * t[1:]])
    return np.asarray((1 - t) ** 3 * first + 3 * t * (1 - t) * middle + t**3 * last)


#: Shares are of the drawings that can take a style, on top of those that have it already. Of UNIPEN's writers
#: 7% slash their zeros and 30% bar their sevens, and 26 of PenDigits' thirty bar them.
STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "slashed 0": Style(0, _is_one_line, slashed, 0.1),
        "barred 7": Style(7, _is_one_line, barred, 0.2),
        "flagged 1": Style(1, _is_straight, flagged, 0.2),
        "open 4": Style(4, lambda lines: True, open_four, 0.1),
    }
)
