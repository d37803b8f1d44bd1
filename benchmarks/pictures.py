"""How well pictures are read as they come: on paper, in bad light, blurred, noisy, with other things in them.

Every kind of picture is made by code from drawings of the development writers (PenDigits), each of a random
size, place, pen, brightness and number of pixels:

- *clean*: ink of one level on paper of another;
- *paper*: rough paper, faint ink; *light*: slopes, vignettes, spots and shadows;
- *blur*: out of focus by up to half a pen's width, from 28 pixels a side on; *noise*: a sensor's, or JPEG's;
- *rims*: strips of another surface along one to three sides, or a scanner's dark border;
- *lines*: an underline, a line from rim to rim, a ruled sheet; *frames*: a box around the digit, axes;
- *specks*: salt, dust;
- *blank*: paper, light, noise, cloth and rims without any ink.

Prints a JSON line for each kind: the share that the CNN reads (of blank ones, the share found blank) and its
target, and how many of the wrong answers aren't flagged as doubtful; then, for pictures of 12 megapixels as a
phone's camera writes them, pictures a second on one core and the memory that they take. Exit status 1 where a
target is missed.

    python -m benchmarks.pictures [--most N] [--seed N]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.figures import Figures
from benchmarks.processes import ROOT
from mnist_demo.data import pendigits
from mnist_demo.data.drawing import Drawing
from mnist_demo.ink.pad import digit_from_picture
from mnist_demo.models.classifier import Classifier

Plane = NDArray[np.float64]
Random = np.random.Generator

#: Pictures are drawn so many times finer, then averaged.
_FINE = 3


class Sheet:
    """A picture in the making: how bright its paper is, how much ink lies on it, in what light."""

    def __init__(self, drawing: Drawing | None, random: Random, sides: tuple[int, int], room: float) -> None:
        self.random = random
        self.side = int(np.exp(random.uniform(*np.log(sides))))
        self.ink = Image.new("L", (self.side * _FINE,) * 2)
        self.pen = 0.0
        #: Left, top, right, bottom of the ink in shares of the side.
        self.box = (0.5, 0.5, 0.5, 0.5)
        if drawing:
            self._place(drawing, room)
        self.paper = random.uniform(0.75, 0.98)
        self.contrast = random.uniform(0.45, 0.9) * self.paper
        self.turned = random.random() < 0.2  # light ink on dark paper

    def _place(self, drawing: Drawing, room: float) -> None:
        size = self.random.uniform(0.3, room)
        self.pen = size * self.random.uniform(0.06, 0.14)
        points = np.concatenate(drawing.lines)
        low, extent = points.min(axis=0), np.ptp(points, axis=0)
        scale = (size - self.pen) / max(extent.max(), 1e-9)
        spare = room - self.pen - extent * scale
        corner = (1 - room + self.pen) / 2 + self.random.random(2) * spare
        for line in drawing.lines:
            self.line((line - low) * scale + corner, self.pen)
        self.box = (*(corner - self.pen / 2), *(corner + extent * scale + self.pen / 2))

    def line(self, points: Plane, width: float, level: int = 255) -> None:
        """Ink along corners [N, 2], in shares of the side."""
        draw, unit = ImageDraw.Draw(self.ink), self.side * _FINE
        radius = width * unit / 2
        draw.line((points * unit).ravel().tolist(), level, max(1, round(2 * radius)))
        for x, y in (points * unit).tolist():
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), level)

    def dot(self, x: float, y: float, radius: float, level: int = 255) -> None:
        """Ink in a disc."""
        self.line(np.array([[x, y]] * 2), 2 * radius, level)

    def pixels(self, light: Plane | float = 1.0, blur: float = 0.0, noise: float = 0.0) -> Image.Image:
        """The sheet in a light [side, side] where 1 is full, out of focus by `blur` sides, noisy."""
        ink = self.ink.reduce(_FINE)
        if blur:
            ink = ink.filter(ImageFilter.GaussianBlur(blur * self.side))
        level = (self.paper - self.contrast * np.asarray(ink) / 255) * light
        if self.turned:
            level = 1 - level
        level = level + self.random.normal(0, noise, level.shape) if noise else level
        return Image.fromarray((level.clip(0, 1) * 255).round().astype(np.uint8))


def _smooth(random: Random, side: int, scale: float) -> Plane:
    """Noise [side, side] of deviation 1 whose blotches are so many shares of the side wide."""
    cells = max(2, min(side, round(1 / scale)))
    coarse = Image.fromarray(random.normal(0, 1, (cells, cells)).astype(np.float32))
    fine = np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC), np.float64)
    return np.asarray((fine - fine.mean()) / max(fine.std(), 1e-9))


def _light(random: Random, side: int) -> Plane:
    """A slope, a vignette, a spot or a soft shadow."""
    y, x = np.mgrid[0:side, 0:side] / side
    depth, turn = random.uniform(0.15, 0.5), random.uniform(0, 2 * np.pi)
    along = (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn)
    away = (x - random.uniform(0.2, 0.8)) ** 2 + (y - random.uniform(0.2, 0.8)) ** 2
    kind = random.integers(4)
    if kind == 0:
        return np.asarray(1 - depth * (along + 0.7) / 1.4)
    if kind == 1:
        return np.asarray(1 - depth * away * 1.5)
    if kind == 2:
        return np.asarray(1 - depth * np.exp(-away / random.uniform(0.05, 0.3)))
    return np.asarray(1 - depth / (1 + np.exp(-(along - random.uniform(-0.3, 0.3)) * random.uniform(8, 30))))


def clean(drawing: Drawing | None, random: Random) -> Image.Image:
    """One level on another; some cropped to the ink, most with room around it."""
    sheet = Sheet(drawing, random, (60, 900), 0.95)
    picture = sheet.pixels()
    if drawing and random.random() < 0.2:
        left, top, right, bottom = (round(edge * sheet.side) for edge in sheet.box)
        margin = round(sheet.pen * sheet.side * random.uniform(0.2, 1.5))
        picture = picture.crop(
            (
                max(0, left - margin),
                max(0, top - margin),
                min(sheet.side, right + margin),
                min(sheet.side, bottom + margin),
            )
        )
    return picture


def paper(drawing: Drawing | None, random: Random) -> Image.Image:
    """Rough or blotchy paper, often faint ink."""
    sheet = Sheet(drawing, random, (100, 900), 0.9)
    sheet.contrast *= random.uniform(0.5, 1)
    grain = random.uniform(0.01, 0.03) * _smooth(random, sheet.side, random.uniform(0.003, 0.02))
    blotches = random.uniform(0.01, 0.04) * _smooth(random, sheet.side, random.uniform(0.15, 0.5))
    return sheet.pixels(1 + grain + blotches, noise=0.008)


def light(drawing: Drawing | None, random: Random) -> Image.Image:
    """A photograph in uneven light."""
    sheet = Sheet(drawing, random, (100, 900), 0.9)
    return sheet.pixels(_light(random, sheet.side), 0.002, random.uniform(0.005, 0.02))


def blur(drawing: Drawing | None, random: Random) -> Image.Image:
    """Out of focus, too close or small."""
    sheet = Sheet(drawing, random, (28, 500), 0.9)
    light = _light(random, sheet.side) if random.random() < 0.5 else 1.0
    return sheet.pixels(light, sheet.pen * random.uniform(0.1, 0.5), random.uniform(0.004, 0.02))


def noise(drawing: Drawing | None, random: Random) -> Image.Image:
    """A sensor's noise, sometimes what JPEG makes of it."""
    sheet = Sheet(drawing, random, (60, 700), 0.9)
    picture = sheet.pixels(1.0, 0.002, random.uniform(0.02, 0.08))
    if random.random() < 0.5:
        file = BytesIO()
        picture.save(file, "JPEG", quality=int(random.integers(30, 90)))
        picture = Image.open(file)
        picture.load()
    return picture


def rims(drawing: Drawing | None, random: Random) -> Image.Image:
    """Strips of something darker or lighter along one to three sides; a scanner's border."""
    sheet = Sheet(drawing, random, (60, 900), 0.7)
    photo = random.random() < 0.7
    light = _light(random, sheet.side) ** 0.5 if photo else np.ones((sheet.side, sheet.side))
    level = random.uniform(0.05, 0.85)
    for turn in random.permutation(4)[: random.integers(1, 4)]:
        deep = max(1, round(sheet.side * random.uniform(0.005, 0.08)))
        tilt = random.uniform(-0.02, 0.02) * photo
        reach = deep + tilt * (np.arange(sheet.side) - sheet.side / 2)
        strip = np.rot90(np.arange(sheet.side)[:, np.newaxis] < reach, turn)
        light = np.where(strip, level, light)
    return sheet.pixels(light, 0.002 * photo, random.uniform(0.005, 0.02) * photo)


def lines(drawing: Drawing | None, random: Random) -> Image.Image:
    """An underline, a line from rim to rim, or ruled paper that the digit stands between."""
    sheet = Sheet(drawing, random, (100, 900), 0.6)
    left, top, right, bottom = sheet.box
    width, gap = random.uniform(0.004, 0.02), random.uniform(0.04, 0.12)
    level = int(random.integers(120, 256))
    kind = random.integers(3)
    if kind == 0:
        tilt, over = random.uniform(-0.02, 0.02), random.uniform(0, 0.15)
        y = bottom + gap
        sheet.line(np.array([[left - over, y + tilt], [right + over, y - tilt]]), width, level)
    elif kind == 1:
        at = random.choice([left - gap, right + gap])
        ends = np.array([[at, -0.1], [at + random.uniform(-0.01, 0.01), 1.1]])
        below = np.array([[-0.1, bottom + gap], [1.1, bottom + gap]])
        sheet.line(ends if random.random() < 0.5 else below, width, level)
    else:
        step = bottom - top + 2 * gap
        for y in np.arange(top - gap - 2 * step, 1.1, step):
            sheet.line(np.array([[-0.1, y], [1.1, y]]), width / 2, int(level * 0.7))
    photo = random.random() < 0.5
    return sheet.pixels(
        _light(random, sheet.side) ** 0.5 if photo else 1.0, 0.002 * photo, random.uniform(0, 0.015) * photo
    )


def frames(drawing: Drawing | None, random: Random) -> Image.Image:
    """The box of a form, or a plot's axes with ticks and numbers."""
    sheet = Sheet(drawing, random, (120, 900), 0.55)
    left, top, right, bottom = sheet.box
    gaps = random.uniform(0.05, 0.15, 4)
    left, top, right, bottom = np.clip(np.array(sheet.box) + [-1, -1, 1, 1] * gaps, 0.01, 0.99)
    width = random.uniform(0.004, 0.018)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]])
    if random.random() < 0.6:
        sheet.line(corners, width)
    else:
        left, bottom, right, top = 0.12, 0.88, 0.95, 0.05
        box = np.array([[left, top], [left, bottom], [right, bottom], [right, top], [left, top]])
        sheet.line(box if random.random() < 0.5 else box[:3], width / 2)
        draw, unit = ImageDraw.Draw(sheet.ink), sheet.side * _FINE
        for number, share in enumerate(np.linspace(0.05, 0.95, 5)):
            x, y = left + share * (right - left), bottom - share * (bottom - top)
            sheet.line(np.array([[x, bottom], [x, bottom + 0.012]]), width / 2)
            sheet.line(np.array([[left, y], [left - 0.012, y]]), width / 2)
            draw.text((x * unit, (bottom + 0.02) * unit), str(5 * number), 255, font_size=0.035 * unit)
            draw.text(((left - 0.07) * unit, (y - 0.02) * unit), str(5 * number), 255, font_size=0.035 * unit)
    photo = random.random() < 0.4
    return sheet.pixels(1.0, 0.002 * photo, random.uniform(0, 0.015) * photo)


def specks(drawing: Drawing | None, random: Random) -> Image.Image:
    """Salt, or some dust."""
    sheet = Sheet(drawing, random, (150, 900), 0.9)
    if random.random() < 0.5:
        ink = np.array(sheet.ink.reduce(_FINE))
        ink[random.random(ink.shape) < np.exp(random.uniform(np.log(1e-4), np.log(4e-3)))] = 255
        sheet.ink = Image.fromarray(ink).resize(sheet.ink.size, Image.Resampling.NEAREST)
    else:
        for x, y in random.random((random.integers(1, 7), 2)):
            sheet.dot(x, y, sheet.pen * random.uniform(0.1, 0.35), int(random.integers(120, 256)))
    photo = random.random() < 0.4
    return sheet.pixels(1.0, 0.002 * photo, random.uniform(0, 0.01) * photo)


def blank(drawing: Drawing | None, random: Random) -> Image.Image:
    """Nothing to read: paper, light, noise, strips along the rim, or cloth."""
    kind = random.integers(5)
    if kind < 4:
        return (paper, light, noise, rims)[kind](None, random)
    side = int(random.integers(100, 700))
    y, x = np.mgrid[0:side, 0:side] / side
    waves, turn = random.uniform(8, 60), random.uniform(0, np.pi)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    weave = np.sin(2 * np.pi * waves * along) * np.sin(2 * np.pi * waves * across)
    cloth = 0.5 + random.uniform(0.02, 0.15) * weave + random.normal(0, 0.02, (side, side))
    return Image.fromarray((cloth * _light(random, side) * 255).clip(0, 255).astype(np.uint8))


KINDS: dict[str, Callable[[Drawing | None, Random], Image.Image]] = {
    each.__name__: each for each in (clean, paper, light, blur, noise, rims, lines, frames, specks, blank)
}

#: Of a hundred pictures of a kind, how many have to be read, or found blank.
_TARGETS = dict.fromkeys(KINDS, 95.0) | {"clean": 99.0, "blank": 99.0}
_MODEL = "cnn"


def _measure(
    kind: str, drawings: list[Drawing], seed: int, classifier: Classifier, figures: Figures
) -> tuple[int, int]:
    """Say how many pictures of a kind are read; return how many answers are wrong, and unflagged."""
    random = np.random.default_rng([seed, list(KINDS).index(kind)])
    right = lost = flagged = 0
    for drawing in drawings:
        digit = digit_from_picture(KINDS[kind](None if kind == "blank" else drawing, random))
        if digit is None:
            right += kind == "blank"
            lost += kind != "blank"
            continue
        answer = classifier.classify(digit, [_MODEL])[_MODEL]
        if kind != "blank" and int(np.argmax(answer.probabilities)) == drawing.label:
            right += 1
        else:
            flagged += answer.doubtful
    wrong = len(drawings) - right - lost
    figures.say(
        f"{kind}: {'found blank' if kind == 'blank' else 'read'}",
        100 * right / len(drawings),
        "%",
        "at least",
        _TARGETS[kind],
        pictures=len(drawings),
        wrong=wrong,
        unflagged=wrong - flagged,
        found_blank=right if kind == "blank" else lost,
    )
    return wrong, wrong - flagged


#: Reads a file again and again in a process of its own; prints seconds of processor time and megabytes.
_READER = """
import sys, time
from pathlib import Path
from mnist_demo.ink.pad import digit_from_picture
from mnist_demo.ink.pictures import read_picture

def most_kilobytes():  # of this program; getrusage counts the one that started it as well
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])

path = Path(sys.argv[1])
before = most_kilobytes()
seconds = []
for _ in range(20):
    started = time.process_time()
    digit_from_picture(read_picture(path))
    seconds.append(time.process_time() - started)
print(sorted(seconds)[10], (most_kilobytes() - before) / 1024)
"""


def _measure_speed(drawing: Drawing, figures: Figures) -> None:
    """Say how many photographs of 12 megapixels are read in a second on one core, and in what memory."""
    random = np.random.default_rng(0)
    sheet = Sheet(drawing, random, (4000, 4001), 0.9)
    photo = sheet.pixels(_light(random, sheet.side), 0.001, 0.01).crop((0, 0, 4000, 3000)).convert("RGB")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "photo.jpg")
        photo.save(path, quality=80)
        megabytes = path.stat().st_size / 1e6
        command = [sys.executable, "-c", _READER, str(path)]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        printed = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE)
    seconds, grown = map(float, printed.stdout.split())
    more = {"file_megabytes": round(megabytes, 1)}
    figures.say("12 megapixels, JPEG", 1 / seconds, "pictures/s", "at least", 40, **more)
    figures.say("12 megapixels, JPEG: memory", grown, "MB", "at most", 60, **more)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--most", type=int, default=500, metavar="N", help="pictures of a kind (default: 500)"
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    theirs = [each for each in pendigits.load() if each.writer in pendigits.DEVELOPMENT_WRITERS]
    random = np.random.default_rng(arguments.seed)
    chosen = [theirs[i] for i in random.permutation(len(theirs))[: arguments.most]]
    classifier, figures = Classifier.load(), Figures()
    counts = [_measure(kind, chosen, arguments.seed, classifier, figures) for kind in KINDS]
    wrong, unflagged = (sum(each) for each in zip(*counts, strict=True))
    share = 100 * unflagged / max(1, wrong)
    figures.say("wrong answers that aren't flagged", share, "%", "at most", 20, wrong=wrong)
    _measure_speed(chosen[0], figures)
    return figures.exit_status


if __name__ == "__main__":
    sys.exit(main())
