"""How well the models that can doubt tell digits from what is none: shares kept and flagged.

Digits: MNIST's test images and the six writers' drawings, which nobody trained on. What is none: letters of
typefaces, scribbles of a kind, symbols and pairs of digits by writers that were not trained on either
(`nondigits.to_test_with`), varied as hands vary and drawn as the pad draws. A digit is kept and anything else
flagged by the highest probability of the answer (Hendrycks and Gimpel 2017) of a model that was shown other
such things while it learned (outlier exposure, Hendrycks, Mazeika and Dietterich 2019). Prints a JSON line
for each. Needs MNIST and PenDigits (MNIST_DEMO_DATA).

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
from mnist_demo import data, nondigits, pendigits
from mnist_demo.classify import Classifier
from mnist_demo.drawing import digit_from_strokes
from mnist_demo.renderings import placed, varied


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", type=int, default=500, metavar="N", help="drawings of each kind")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    figures = Figures()
    classifier = Classifier.load()
    digits = data.load_mnist_pen()
    assert digits.drawn is not None
    kept = {"MNIST's test images": digits.test.images, "six writers' drawings": digits.drawn.images}
    random = np.random.default_rng(options.seed)
    theirs = [each for each in pendigits.load() if each.writer in pendigits.DEVELOPMENT_WRITERS]
    strange: dict[str, list[NDArray[np.float32]]] = defaultdict(list)
    for nondigit in nondigits.to_test_with(options.each, theirs, random):
        digit = digit_from_strokes(placed(varied(nondigit, random), random))
        if digit is not None:
            strange[nondigit.kind].append(digit)
    for name, card in classifier.cards.items():
        if card.least_confidence is None:
            continue
        for what, images in kept.items():
            share = 1.0 - _doubted(classifier, name, images.numpy().astype(np.float32) / np.float32(255))
            figures.say(f"{name}: {what}, kept", 100 * share, "%", "at least", 99.0)
        shares = {
            kind: 100 * _doubted(classifier, name, np.stack(drawings)) for kind, drawings in strange.items()
        }
        each = {kind: round(share, 1) for kind, share in shares.items()}
        figures.say(
            f"{name}: what is no digit, flagged",
            statistics.mean(shares.values()),
            "%",
            "at least",
            90.0,
            **each,
        )
    return figures.exit_status


def _doubted(classifier: Classifier, name: str, digits: NDArray[np.float32]) -> float:
    doubts = [
        classifier.doubts(name, row)
        for some in np.array_split(digits, max(1, len(digits) // 500))
        for row in classifier.probabilities(some, name)
    ]
    return float(np.mean(doubts))


if __name__ == "__main__":
    sys.exit(main())
