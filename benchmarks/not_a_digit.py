"""How well models tell digits from outliers: the shares of digits that they keep, and of outliers they flag.

Digits are MNIST's test images and the drawings of PenDigits' six development writers; no model was trained on
either. Outliers are letters, scribbles, symbols and several digits at once, by writers and typefaces that no
model was trained on (`outliers.for_testing`), varied as hands vary and drawn as the pad draws. A model flags
what it reads with less than a certain probability (Hendrycks and Gimpel 2017), having been shown other
outliers while it learned (outlier exposure, Hendrycks, Mazeika and Dietterich 2019). A card's threshold was
set on the six writers' drawings and so keeps enough of them; therefore each writer's are tried here at the
threshold that the other five alone would have set. Prints a JSON line for each figure. Needs MNIST and
PenDigits (MNIST_DEMO_DATA).

    python -m benchmarks.not_a_digit [--each N] [--seed N]
"""

import argparse
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figures
from mnist_demo.data import datasets, outliers, pendigits
from mnist_demo.data.drawing import split_by_writer
from mnist_demo.data.rendering import place_on_pad, vary
from mnist_demo.ink.strokes import digit_from_strokes
from mnist_demo.models.classifier import Classifier
from mnist_demo.training.scoring import RECOGNIZED_SHARE


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", type=int, default=500, metavar="N", help="drawings of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    figures = Figures()
    classifier = Classifier.load()
    digits = datasets.load_mnist_pen()
    assert digits.drawn is not None
    random = np.random.default_rng(options.seed)
    _, theirs = split_by_writer(pendigits.load(), pendigits.DEVELOPMENT_WRITERS)
    strange: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    for outlier in outliers.for_testing(options.each, theirs, random):
        digit = digit_from_strokes(place_on_pad(vary(outlier, random), random))
        if digit is not None:
            strange[outlier.kind].append(digit)
    for name, card in classifier.cards.items():
        if card.min_confidence is None:
            continue
        test, drawn = (
            _certainties(classifier, name, some.images.numpy().astype(np.float32) / np.float32(255))
            for some in (digits.test, digits.drawn)
        )
        share = 100 * float(np.mean(test >= card.min_confidence))
        figures.say(f"{name}: MNIST's test images, kept", share, "%", "at least", 99.0)
        shares = _kept_by_writer(drawn, np.array([drawing.writer for drawing in theirs]))
        _say_mean(figures, f"{name}: six writers' drawings, kept at the others' threshold", shares, 99.0)
        shares = {
            kind: 100
            * float(np.mean(_certainties(classifier, name, np.stack(drawings)) < card.min_confidence))
            for kind, drawings in strange.items()
        }
        _say_mean(figures, f"{name}: outliers, flagged", shares, 90.0)
    return figures.exit_status


def _certainties(classifier: Classifier, name: str, digits: NDArray[np.float32]) -> NDArray[np.float64]:
    """The highest probability [N] in each of the model's answers."""
    parts = np.array_split(digits, max(1, len(digits) // 500))
    return np.concatenate([classifier.probabilities(some, name).max(1) for some in parts])


def _kept_by_writer(certainties: NDArray[np.float64], writers: NDArray[np.str_]) -> dict[str, float]:
    """The percentage of each writer's drawings kept at the threshold that the others' drawings set."""
    return {
        str(writer): 100
        * float(
            np.mean(
                certainties[writers == writer]
                >= np.quantile(certainties[writers != writer], 1 - RECOGNIZED_SHARE)
            )
        )
        for writer in np.unique(writers)
    }


def _say_mean(figures: Figures, name: str, shares: dict[str, float], least: float) -> None:
    each = {of: round(share, 1) for of, share in shares.items()}
    figures.say(name, statistics.mean(shares.values()), "%", "at least", least, each=each)


if __name__ == "__main__":
    sys.exit(main())
