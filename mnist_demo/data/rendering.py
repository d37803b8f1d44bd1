"""Pen drawings -> digits, each drawn on the pad at a random size, in a random place, with a random pen.

A training drawing is also varied as hands vary (slant, rotation, aspect, tremor), and a share of them is
turned into digits by way of a picture instead of strokes, so that models learn the lines that pictures and
other pens leave. Outliers are treated in the same way. A development drawing keeps the shape that its writer
gave it. All go through the same steps from ink to digit as what visitors draw. Knows how drawings are varied
and drawn; refuses to know which drawings there are, and where digits are kept.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_demo.data import outliers
from mnist_demo.data.drawing import Drawing, Line
from mnist_demo.data.outliers import Outlier
from mnist_demo.data.styles import styled
from mnist_demo.digits import SIDE
from mnist_demo.ink.fitting import Digit, digit_from_raster, pixels_of
from mnist_demo.ink.strokes import Stroke, digit_from_strokes

Shape = TypeVar("Shape", Drawing, Outlier)

#: Shares of the pad's side: the drawing's longer side, pen included, and the pen's width.
SIZES, PENS = (0.20, 0.95), (0.03, 0.10)
#: Pixels of a picture's side, and how many times finer it is drawn.
PICTURE, FINE = 280, 4
#: The share of training drawings that are rendered as pictures.
PICTURE_SHARE = 1 / 3
#: Outliers of each kind.
OUTLIERS = 2_000
#: The largest variation to either side: shear (x for y), rotation (radians), aspect (natural logarithm).
MAX_SLANT, MAX_ROTATION, MAX_ASPECT = 0.35, np.deg2rad(8), 0.15
#: Tremor is a sum of waves along the line: how many, the shortest and the longest wavelength, and the
#: standard deviation of each wave's amplitude; lengths are shares of the drawing's longer side.
WAVES, WAVELENGTHS, TREMOR = 3, (0.4, 2.0), 0.012


class Rendered(NamedTuple):
    """Digits uint8 [N, 28, 28], ink bright, and their labels int64 [N]."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


class Renderings(NamedTuple):
    """Digits to train on, digits of the development writers, and outliers to train on: uint8 [N, 28, 28]."""

    train: Rendered
    development: Rendered
    outliers: NDArray[np.uint8]


def render(
    training: Sequence[Drawing],
    development: Sequence[Drawing],
    times: int,
    with_styles: bool = False,
    seed: int = 0,
) -> Renderings:
    """All training drawings so many times, each development drawing once, and `OUTLIERS` of each kind.

    The rounds follow each other, so that a first part of the training digits has as many of each writer. With
    styles, training drawings take the styles that corpora lack as often as `styles.STYLES` says. The same
    seed gives the same digits; training and development drawings don't change each other's.
    """
    for_training, for_development, for_outliers = (np.random.default_rng([seed, part]) for part in range(3))
    rounds = [drawing for _ in range(times) for drawing in training]
    digits = (
        render_varied(styled(drawing, for_training) if with_styles else drawing, for_training)
        for drawing in rounds
    )
    strange = outliers.for_training(OUTLIERS, training, for_outliers) if training else []
    return Renderings(
        Rendered(_pixels(digits), _labels(rounds)),
        Rendered(
            _pixels(digit_from_strokes(place_on_pad(each, for_development)) for each in development),
            _labels(development),
        ),
        _pixels(render_varied(each, for_outliers) for each in strange),
    )


def render_varied(drawing: Shape, random: np.random.Generator) -> Digit | None:
    """The digit of the drawing varied and placed at random, by way of strokes or of a picture."""
    strokes = place_on_pad(vary(drawing, random), random)
    if random.random() < PICTURE_SHARE:
        return digit_from_raster(draw_picture(strokes, 2))
    return digit_from_strokes(strokes)


def place_on_pad(drawing: Drawing | Outlier, random: np.random.Generator) -> list[Stroke]:
    """The drawing at a random size and place, with a random pen. All of its ink lies within the pad."""
    size, width = random.uniform(*SIZES), random.uniform(*PENS)
    points = np.concatenate(drawing.lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = (size - width) / max(extent.max(), 1e-9)
    corner = width / 2 + random.random(2) * (1 - width - extent * scale)
    return [Stroke((line - low) * scale + corner, width) for line in drawing.lines]


def vary(drawing: Shape, random: np.random.Generator) -> Shape:
    """The drawing as another hand might have made it: slanted, rotated, narrower or wider, with a tremor."""
    slant, rotation, aspect = (random.uniform(-most, most) for most in (MAX_SLANT, MAX_ROTATION, MAX_ASPECT))
    cosine, sine = np.cos(rotation), np.sin(rotation)
    # a positive slant moves the top of the digit to the right, as y points down
    form = (
        np.array([[cosine, -sine], [sine, cosine]])
        @ np.array([[1.0, -slant], [0.0, 1.0]])
        @ np.diag([np.exp(aspect / 2), np.exp(-aspect / 2)])
    )
    lines = [line @ form.T for line in drawing.lines]
    extent = float(np.ptp(np.concatenate(lines), axis=0).max())
    return drawing._replace(lines=[line + _tremor(line, extent, random) for line in lines])


def draw_picture(strokes: Sequence[Stroke], fine: int = FINE) -> Image.Image:
    """An anti-aliased picture of the strokes' ink, `PICTURE` pixels a side, 255 = ink."""
    image = Image.new("L", (PICTURE * fine, PICTURE * fine))
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        radius = stroke.width * image.width / 2
        corners = np.asarray(stroke.points) * image.width
        draw.line(corners.ravel().tolist(), 255, round(2 * radius))
        for x, y in corners.tolist():
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return image.reduce(fine)


def _tremor(line: Line, extent: float, random: np.random.Generator) -> Line:
    """How far the hand is off at each point [N, 2]."""
    distances = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()]) / max(extent, 1e-9)
    lengths = random.uniform(*WAVELENGTHS, WAVES)
    phases = random.uniform(0, 2 * np.pi, (WAVES, 2))
    amplitudes = random.normal(0, TREMOR * extent, (WAVES, 2))
    waves = np.sin(2 * np.pi * distances[:, None, None] / lengths[:, None] + phases)
    return np.asarray((amplitudes * waves).sum(axis=1))


def _pixels(digits: Iterable[Digit | None]) -> NDArray[np.uint8]:
    blank = np.zeros((SIDE, SIDE), np.uint8)
    images = [blank if digit is None else pixels_of(digit) for digit in digits]
    return np.stack(images) if images else np.zeros((0, SIDE, SIDE), np.uint8)


def _labels(drawings: Iterable[Drawing]) -> NDArray[np.int64]:
    return np.array([drawing.label for drawing in drawings], np.int64)
