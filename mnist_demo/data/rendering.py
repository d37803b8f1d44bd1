"""Pen drawings -> digits, drawn on the pad at random: what is trained on, and what the six writers drew.

For training, every drawing is varied as hands vary (slant, turn, aspect, tremble), for development it is left
as it was written; both are given a random size, place and pen, and go through the pad's own step from ink to
digit. A share of the training drawings goes as a picture instead of as strokes, so that lines are learned as
pictures and other pens leave them. Knows how drawings are varied and drawn, and keeps what it has drawn
beside the data; refuses to know what is done with the digits.

What is no digit (`outliers`) is drawn in the same ways as what is trained on.
"""

import contextlib
import hashlib
import inspect
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import PIL
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_demo import digits
from mnist_demo.data import outliers, pendigits
from mnist_demo.data.download import cache
from mnist_demo.data.drawing import Drawing
from mnist_demo.data.outliers import Outlier
from mnist_demo.digits import SIDE
from mnist_demo.ink import fitting, lines, strokes
from mnist_demo.ink.fitting import digit_from_raster
from mnist_demo.ink.strokes import Digit, Stroke, digit_from_strokes

Shape = TypeVar("Shape", Drawing, Outlier)

#: Shares of the pad's side: the drawing's longer side, pen included, and the pen's width.
SIZES, PENS = (0.20, 0.95), (0.03, 0.10)
#: Pixels of a picture's side, and how many times finer it is drawn.
PICTURE, FINE = 280, 4

#: Renderings of each training drawing, and the share of them that goes as a picture.
TIMES, PICTURED = 4, 1 / 3
#: Training drawings rendered, in all.
TRAINING = TIMES * (pendigits.DRAWINGS - pendigits.DEVELOPMENT_DRAWINGS)
#: Drawings of each kind that are no digits.
OUTLIERS = 2_000
#: At most so much to either side: shear (x for y), turn (radians), aspect (natural logarithm).
SLANT, TURN, ASPECT = 0.35, np.deg2rad(8), 0.15
#: The tremble's waves: their number, the lengths of the longest and the shortest, and how far each moves
#: the pen (standard deviation); in shares of the drawing's longer side.
WAVES, WAVELENGTHS, TREMBLE = 3, (0.4, 2.0), 0.012

_SEED = 0


class Rendered(NamedTuple):
    """Digits uint8 [N, 28, 28], ink bright, and their labels int64 [N]."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


class Renderings(NamedTuple):
    """What is trained on, the development writers' drawings, and what is no digit: uint8 [N, 28, 28]."""

    train: Rendered
    drawn: Rendered
    outliers: NDArray[np.uint8]


def load() -> Renderings:
    """All of PenDigits as digits: training drawings rendered `TIMES` times, development drawings once.

    They are kept beside the raw data or, where nothing can be written there, in the user's own cache; named
    after everything that they follow from. Where neither can be written they are made anew, which takes half
    a minute. Raises DataUnavailable.
    """
    text = pendigits.load_text()
    places = [
        folder / f"rendered-{_origin(text)}.npz" for folder in (pendigits.path().parent.parent, cache())
    ]
    for place in places:
        with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return _read(place)
    made = render(pendigits.drawings(text))
    for place in places:
        with contextlib.suppress(OSError):
            _keep(made, place)
            break
    return made


def render(drawings: Iterable[Drawing], seed: int = _SEED) -> Renderings:
    """Draws everything; the same seed gives the same digits. Development drawings don't change what comes of
    the others, nor the other way around.
    """
    everything = list(drawings)
    theirs = [drawing for drawing in everything if drawing.writer in pendigits.DEVELOPMENT_WRITERS]
    others = [drawing for drawing in everything if drawing.writer not in pendigits.DEVELOPMENT_WRITERS]
    training, development, besides = (np.random.default_rng([seed, part]) for part in (0, 1, 2))
    rounds = [other for _ in range(TIMES) for other in others]
    no_digits = outliers.to_train_on(OUTLIERS, others, besides) if others else []
    return Renderings(
        Rendered(_pixels(as_somebody_might(other, training) for other in rounds), _labels(rounds)),
        Rendered(_pixels(digit_from_strokes(placed(each, development)) for each in theirs), _labels(theirs)),
        _pixels(as_somebody_might(each, besides) for each in no_digits),
    )


def placed(drawing: Drawing | Outlier, random: np.random.Generator) -> list[Stroke]:
    """The drawing on the pad in a random size, place and pen; its ink, pen included, lies within the pad."""
    size, width = random.uniform(*SIZES), random.uniform(*PENS)
    points = np.concatenate(drawing.lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = (size - width) / max(extent.max(), 1e-9)
    corner = width / 2 + random.random(2) * (1 - width - extent * scale)
    return [Stroke((line - low) * scale + corner, width) for line in drawing.lines]


def varied(drawing: Shape, random: np.random.Generator) -> Shape:
    """The drawing as another hand might have made it: slanted, turned, narrower or wider, trembling."""
    slant, turn, aspect = (random.uniform(-most, most) for most in (SLANT, TURN, ASPECT))
    cosine, sine = np.cos(turn), np.sin(turn)
    # the top of the digit leans to the right where the slant is positive: y points down
    form = (
        np.array([[cosine, -sine], [sine, cosine]])
        @ np.array([[1.0, -slant], [0.0, 1.0]])
        @ np.diag([np.exp(aspect / 2), np.exp(-aspect / 2)])
    )
    lines = [line @ form.T for line in drawing.lines]
    extent = float(np.ptp(np.concatenate(lines), axis=0).max())
    return drawing._replace(lines=[line + _tremble(line, extent, random) for line in lines])


def _tremble(line: NDArray[np.float64], extent: float, random: np.random.Generator) -> NDArray[np.float64]:
    """How far the hand is off at each point [N, 2]: a sum of a few long waves along the line."""
    way = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()]) / max(extent, 1e-9)
    lengths = random.uniform(*WAVELENGTHS, WAVES)
    phases = random.uniform(0, 2 * np.pi, (WAVES, 2))
    amplitudes = random.normal(0, TREMBLE * extent, (WAVES, 2))
    waves = np.sin(2 * np.pi * way[:, None, None] / lengths[:, None] + phases)
    return np.asarray((amplitudes * waves).sum(axis=1))


def inked(strokes: Sequence[Stroke], fine: int = FINE) -> Image.Image:
    """The strokes as an anti-aliased picture of their ink, `PICTURE` pixels a side, 255 = ink."""
    image = Image.new("L", (PICTURE * fine, PICTURE * fine))
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        radius = stroke.width * image.width / 2
        corners = np.asarray(stroke.points) * image.width
        draw.line(corners.ravel().tolist(), 255, round(2 * radius))
        for x, y in corners.tolist():
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return image.reduce(fine)


def as_somebody_might(drawing: Shape, random: np.random.Generator) -> Digit | None:
    """The drawing varied, placed, and taken as strokes or as a picture."""
    strokes = placed(varied(drawing, random), random)
    if random.random() < PICTURED:
        return digit_from_raster(inked(strokes, 2))
    return digit_from_strokes(strokes)


def _pixels(made: Iterable[Digit | None]) -> NDArray[np.uint8]:
    blank = np.zeros((SIDE, SIDE), np.uint8)
    images = [blank if digit is None else np.round(digit * 255).astype(np.uint8) for digit in made]
    return np.stack(images) if images else np.zeros((0, SIDE, SIDE), np.uint8)


def _labels(drawings: Iterable[Drawing]) -> NDArray[np.int64]:
    return np.array([drawing.label for drawing in drawings], np.int64)


def _origin(text: str) -> str:
    """A short digest of all that the renderings follow from: strokes, the code that draws, its libraries."""
    origin = hashlib.sha256(text.encode())
    for module in (digits, strokes, lines, fitting, outliers, pendigits, sys.modules[__name__]):
        origin.update(inspect.getsource(module).encode())
    origin.update(f"numpy {np.__version__} Pillow {PIL.__version__}".encode())
    return origin.hexdigest()[:16]


def _read(place: Path) -> Renderings:
    with place.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        train = Rendered(arrays["train_images"], arrays["train_labels"])
        drawn = Rendered(arrays["drawn_images"], arrays["drawn_labels"])
        return Renderings(train, drawn, arrays["outliers"])


def _keep(made: Renderings, place: Path) -> None:
    """Writes the renderings whole or not at all, and removes those that came of something else."""
    arrays = {
        "train_images": made.train.images,
        "train_labels": made.train.labels,
        "drawn_images": made.drawn.images,
        "drawn_labels": made.drawn.labels,
        "outliers": made.outliers,
    }
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".rendered-", dir=place.parent) as partial:
        np.savez(Path(partial, place.name), **arrays)  # type: ignore[arg-type]
        os.replace(Path(partial, place.name), place)
    for old in place.parent.glob("rendered-*.npz"):
        if old != place:
            old.unlink()
