"""How well the models read real pen strokes, and what a digit costs: PenDigits, drawn at random on the pad.

The 1,499 drawings are those of the six writers that no model is trained on. Each is given a random size (20
to 95% of the pad), place and pen (3 to 10% of the pad) and read three ways: as strokes; as a picture of
280×280 of the same drawing, black on white; and as that picture merely resized to 28×28, for comparison.
Prints a JSON line for each way and model with its accuracy, and with the median and 95th percentile of the
milliseconds from ink to digit. Needs PenDigits (MNIST_DEMO_DATA); takes a quarter of a minute.

When this was written the logistic regression, the MLP, the tiny CNN and the CNN read 90.2, 99.6, 99.4 and
99.7% as strokes, 88.0, 98.5, 99.0 and 99.1% as pictures. Three of the six (1, 3 and 19) are among the 15
writers that pens and boxes were chosen on in `strokes` and `fitting`.

    python -m benchmarks.ink_to_digit [--most N] [--seed N]
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps

from mnist_demo.data import pendigits
from mnist_demo.data.rendering import draw_picture, place_on_pad
from mnist_demo.digits import SIDE
from mnist_demo.ink.fitting import Digit
from mnist_demo.ink.pad import digit_from_picture
from mnist_demo.ink.strokes import Stroke, digit_from_strokes
from mnist_demo.models.classifier import Classifier

Ink = TypeVar("Ink")


def pictured(strokes: list[Stroke]) -> Image.Image:
    """The strokes as an anti-aliased picture, black on white."""
    return ImageOps.invert(draw_picture(strokes)).convert("RGB")


def resized(picture: Image.Image) -> Digit:
    """What is left of a picture by resizing alone."""
    small = picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return 1 - np.asarray(small).astype(np.float32) / np.float32(255)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--most", type=int, help="drawings at most (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    random = np.random.default_rng(arguments.seed)
    theirs = [each for each in pendigits.load() if each.writer in pendigits.DEVELOPMENT_WRITERS]
    chosen = [theirs[i] for i in random.permutation(len(theirs))[: arguments.most]]
    on_pad = [place_on_pad(drawing, random) for drawing in chosen]
    labels = np.array([drawing.label for drawing in chosen])
    classifier = Classifier.load()

    def measure(way: str, inks: Iterator[Ink], read: Callable[[Ink], Digit | None]) -> None:
        digits, milliseconds = [], []
        for ink in inks:
            started = time.perf_counter()
            digit = read(ink)
            milliseconds.append((time.perf_counter() - started) * 1e3)
            digits.append(np.zeros((SIDE, SIDE), np.float32) if digit is None else digit)
        median, slow = np.percentile(milliseconds, (50, 95))
        for name in classifier.cards:
            answers = [
                classifier.probabilities(np.stack(digits[i : i + 500]), name).argmax(axis=1)
                for i in range(0, len(digits), 500)
            ]
            line = {
                "ink": way,
                "model": name,
                "accuracy": round(float((np.concatenate(answers) == labels).mean()), 4),
                "drawings": len(labels),
                "writers": len({drawing.writer for drawing in chosen}),
                "median_ms": round(float(median), 3),
                "p95_ms": round(float(slow), 3),
            }
            print(json.dumps(line), flush=True)

    measure("strokes", iter(on_pad), digit_from_strokes)
    measure("picture", map(pictured, on_pad), digit_from_picture)
    measure("picture, merely resized", map(pictured, on_pad), resized)


if __name__ == "__main__":
    main()
