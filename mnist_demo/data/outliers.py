"""Outliers: what people draw that isn't a digit. Letters, scribbles, symbols and several digits, as strokes.

Models are tested with other outliers than they are trained on: with other typefaces, other symbols, other
hands, and scribbles made in another way. Letters that look like digits in handwriting are left out (D, I, J,
O, Q, S, T, Z, b, g, i, l, o, q, s and z), and so are the digits of other scripts. Knows shapes; refuses to
know pixels and models.

Source of the letters: the Hershey fonts (A. V. Hershey, *Calligraphy for Computers*, 1967), made of strokes.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from HersheyFonts import HersheyFonts

from mnist_demo.data.drawing import Drawing, Line

Shape = Callable[[np.random.Generator], list[Line]]

LETTERS = "ABCEFGHKLMNPRUVWXYacdefhjkmnprtuvwxy"
#: Typefaces. The Hershey fonts have some letters under two names; no two of these share a letter's strokes.
TRAINING_FONTS = ("futuram", "rowmans", "rowmand", "rowmant", "scriptc", "timesr", "timesib")
TESTING_FONTS = ("scripts", "timesi", "gothgbt", "gothgrt", "gothicita")


class Outlier(NamedTuple):
    """A drawing that isn't a digit: its kind, and its lines."""

    kind: str  # "letter", "scribble", "symbol" or "several digits"
    lines: list[Line]


def for_training(each: int, drawings: Sequence[Drawing], random: np.random.Generator) -> list[Outlier]:
    """So many outliers of each kind. Several digits are put together from `drawings`."""
    return _of_every_kind(each, drawings, random, TRAINING_FONTS, True, _SYMBOLS)


def for_testing(each: int, drawings: Sequence[Drawing], random: np.random.Generator) -> list[Outlier]:
    """So many outliers of each kind, none of which is trained on if no one trains on `drawings`."""
    return _of_every_kind(each, drawings, random, TESTING_FONTS, False, _OTHER_SYMBOLS)


def _of_every_kind(
    each: int,
    drawings: Sequence[Drawing],
    random: np.random.Generator,
    fonts: Sequence[str],
    wandering: bool,
    symbols: Mapping[str, Shape],
) -> list[Outlier]:
    return [
        outlier
        for _ in range(each)
        for outlier in (
            Outlier("letter", _letter(fonts, random)),
            Outlier("scribble", _scribble(random, wandering)),
            Outlier("symbol", _pick(symbols, random)),
            Outlier("several digits", _several(drawings, random)),
        )
    ]


@cache
def _font(name: str) -> HersheyFonts:
    font = HersheyFonts()
    font.load_default_font(name)
    return font


def _letter(fonts: Sequence[str], random: np.random.Generator) -> list[Line]:
    font, letter = fonts[int(random.integers(len(fonts)))], LETTERS[int(random.integers(len(LETTERS)))]
    return [np.array(line, float) for line in _font(font).strokes_for_text(letter)]


def _scribble(random: np.random.Generator, wandering: bool) -> list[Line]:
    """One to three smooth lines: the path of a random walk if `wandering`, or through random points."""
    lines = []
    for _ in range(random.integers(1, 4)):
        size = (random.integers(6, 14), 2)
        lines.append(
            _smooth(np.cumsum(random.normal(size=size), axis=0) if wandering else random.random(size))
        )
    return lines


def _smooth(knots: Line, points: int = 12) -> Line:
    """A curve through the knots, with `points` points from each to the next (a Catmull-Rom spline)."""
    ends = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    t = np.linspace(0, 1, points, endpoint=False)[:, None]
    a, b, c, d = (ends[start : len(knots) - 1 + start, None] for start in range(4))
    curves = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    return np.vstack([curves.reshape(-1, 2) / 2, knots[-1:]])


def _several(drawings: Sequence[Drawing], random: np.random.Generator) -> list[Line]:
    """Two or sometimes three digits side by side, of about the same height."""
    lines: list[Line] = []
    left = 0.0
    for _ in range(2 if random.random() < 0.8 else 3):
        theirs = drawings[int(random.integers(len(drawings)))].lines
        points = np.concatenate(theirs)
        low, (width, height) = points.min(axis=0), np.ptp(points, axis=0)
        scale = random.uniform(0.85, 1.15) / max(height, 0.7 * width, 1.0)
        lines += [(line - low) * scale + (left, random.uniform(-0.08, 0.08)) for line in theirs]
        left += width * scale + random.uniform(0.08, 0.4)
    return lines


def _pick(shapes: Mapping[str, Shape], random: np.random.Generator) -> list[Line]:
    return list(shapes.values())[int(random.integers(len(shapes)))](random)


def _line(*points: tuple[float, float]) -> Line:
    return np.array(points, float)


def _arc(
    x: float = 0.0,
    y: float = 0.0,
    width: float = 1.0,
    height: float = 1.0,
    start: float = 0.0,
    end: float = 1.0,
) -> Line:
    """An arc of an ellipse; start and end are in full turns, clockwise from the right."""
    t = 2 * np.pi * np.linspace(start, end, 30)
    return np.stack([x + width * np.cos(t), y + height * np.sin(t)], axis=1)


def _polygon(corners: int, step: int = 1, turn: float = 0.0) -> Line:
    """A regular polygon, or a star if `step` isn't 1, with a corner at the top; `turn` is in full turns."""
    t = 2 * np.pi * (np.arange(corners + 1) * step / corners - 0.25 + turn)
    return np.stack([np.cos(t), np.sin(t)], axis=1)


def _spiral(random: np.random.Generator) -> list[Line]:
    t = np.linspace(0, 2 * np.pi * random.uniform(2.6, 4.0), 140)
    return [np.stack([t * np.cos(t), t * np.sin(t)], axis=1)]


def _waves(random: np.random.Generator) -> list[Line]:
    x = np.linspace(0, 1, 80)
    y = 0.25 * np.sin(2 * np.pi * random.uniform(2.0, 4.0) * x)
    return [np.stack([x, y + down], axis=1) for down in (0.0, 0.4)[: random.integers(1, 3)]]


def _heart(random: np.random.Generator) -> list[Line]:
    t = np.linspace(0, 2 * np.pi, 60)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return [np.stack([16 * np.sin(t) ** 3, -y], axis=1)]


def _rays(count: int, inner: float) -> list[Line]:
    directions = _polygon(count)[:-1]
    return [np.stack([inner * direction, direction]) for direction in directions]


_CROSS = [_line((-0.7, -0.7), (0.7, 0.7)), _line((0.7, -0.7), (-0.7, 0.7))]
_SQUARE = _polygon(4, turn=0.125)

_SYMBOLS: Mapping[str, Shape] = MappingProxyType(
    {
        "cross": lambda random: _CROSS,
        "circle with a cross": lambda random: [_arc(), *_CROSS],
        "hash": lambda random: [
            _line((-0.33, -1), (-0.33, 1)),
            _line((0.33, -1), (0.33, 1)),
            _line((-1, -0.33), (1, -0.33)),
            _line((-1, 0.33), (1, 0.33)),
        ],
        "star": lambda random: [_polygon(5, step=2)],
        "triangle": lambda random: [_polygon(3)],
        "square": lambda random: [_SQUARE],
        "smile": lambda random: [
            _arc(),
            _arc(-0.4, -0.3, 0.1, 0.15),
            _arc(0.4, -0.3, 0.1, 0.15),
            _arc(0.0, 0.1, 0.5, 0.45, 0.05, 0.45),
        ],
        "spiral": _spiral,
        "heart": _heart,
        "arrow": lambda random: [_line((-1, 0), (1, 0)), _line((0.5, -0.4), (1, 0), (0.5, 0.4))],
        "waves": _waves,
        "dots": lambda random: [random.random((1, 2)) for _ in range(random.integers(2, 7))],
        "bars": lambda random: [_line((x, 0), (x, 1)) for x in np.linspace(0, 1, random.integers(3, 6))],
        "question mark": lambda random: [
            np.vstack([_arc(0, 0, 0.5, 0.5, -0.5, 0.1), _line((0, 0.9), (0, 1.1))]),
            _line((0, 1.5)),
        ],
    }
)
_OTHER_SYMBOLS: Mapping[str, Shape] = MappingProxyType(
    {
        "square with a cross": lambda random: [_SQUARE, *_CROSS],
        "circle with a plus": lambda random: [_arc(), _line((-1, 0), (1, 0)), _line((0, -1), (0, 1))],
        "house": lambda random: [_line((0, 1), (0, 0.4), (0.5, 0), (1, 0.4), (1, 1), (0, 1))],
        "hexagram": lambda random: [_polygon(3), _polygon(3, turn=0.5)],
        "asterisk": lambda random: _rays(6, 0.0),
        "flower": lambda random: [_arc(0.55 * x, 0.55 * y, 0.4, 0.4) for x, y in _polygon(5)[:-1]],
        "zigzag": lambda random: [np.stack([np.linspace(0, 2, 7), np.arange(7) % 2 * 1.0], axis=1)],
        "stick figure": lambda random: [
            _arc(0, -0.7, 0.3, 0.3),
            _line((0, -0.4), (0, 0.4)),
            _line((-0.5, -0.1), (0.5, -0.1)),
            _line((-0.4, 1), (0, 0.4), (0.4, 1)),
        ],
        "sun": lambda random: [_arc(0, 0, 0.5, 0.5), *_rays(8, 0.7)],
        "equals sign": lambda random: [_line((0, 0), (1, 0)), _line((0, 0.4), (1, 0.4))],
        "percent sign": lambda random: [
            _arc(-0.6, -0.6, 0.3, 0.35),
            _arc(0.6, 0.6, 0.3, 0.35),
            _line((0.7, -1), (-0.7, 1)),
        ],
        "at sign": lambda random: [_arc(0, 0, 0.35, 0.4), _arc(0, 0, 1, 1, 0.15, 1.03)],
    }
)
