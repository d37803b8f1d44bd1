"""How well the shipped models read writers that no model is trained on, and styles that training hardly has.

Three groups of drawings: by PenDigits' six development writers, by UNIPEN's twenty, and slashed zeros by the
same 26 writers, which are those that they wrote and their plain zeros with a slash made by `styles`. Each is
drawn on the pad at a random size (20 to 95% of the pad) and place, with a random pen (3 to 10%). Prints a
JSON line for each model and group with the accuracy, its mean over the writers, and how many were misread;
then one for each style made from the plain drawings of these writers, without a target. Exit status 1 where a
target is missed.
Needs PenDigits and UNIPEN (MNIST_DEMO_DATA); takes half a minute.

    python -m benchmarks.hands [--seed N]
"""

import argparse
import json
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figures
from mnist_demo.data import pendigits, unipen, unipen_writers
from mnist_demo.data.drawing import Drawing, split_by_writer
from mnist_demo.data.rendering import place_on_pad
from mnist_demo.data.styles import STYLES
from mnist_demo.digits import SIDE
from mnist_demo.ink.strokes import digit_from_strokes
from mnist_demo.models.classifier import Classifier

#: Percent of the drawings read correctly, at least.
TARGETS = {
    "six writers": {"cnn": 99.4, "mlp": 99.3, "cnn-tiny": 99.2, "logistic": 88.0},
    "twenty writers": {"cnn": 98.5, "mlp": 98.1, "cnn-tiny": 98.1, "logistic": 82.0},
    "slashed zeros": {"cnn": 96.0},
}


def is_slashed(drawing: Drawing) -> bool:
    """Whether it is a zero of two lines of which the second is nearly straight and not much smaller."""
    if drawing.label != 0 or len(drawing.lines) != 2:
        return False
    ring, slash = drawing.lines
    length = np.hypot(*np.diff(slash, axis=0).T).sum()
    return bool(
        np.hypot(*(slash[-1] - slash[0])) > 0.7 * max(length, 1e-9)
        and np.ptp(slash, axis=0).max() > 0.5 * np.ptp(ring, axis=0).max()
    )


def restyled(drawings: Sequence[Drawing], name: str, random: np.random.Generator) -> list[Drawing]:
    """Those of the drawings that can take a style, in that style."""
    style = STYLES[name]
    return [
        drawing._replace(lines=style.change(drawing.lines, random))
        for drawing in drawings
        if drawing.label == style.label and style.fits(drawing.lines)
    ]


def digits_of(drawings: Sequence[Drawing], random: np.random.Generator) -> NDArray[np.float32]:
    """The drawings as digits [N, 28, 28], each at a random size and place with a random pen."""
    digits = [digit_from_strokes(place_on_pad(drawing, random)) for drawing in drawings]
    return np.stack([np.zeros((SIDE, SIDE), np.float32) if digit is None else digit for digit in digits])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0)
    random = np.random.default_rng(parser.parse_args(arguments).seed)
    _, six = split_by_writer(pendigits.load(), pendigits.DEVELOPMENT_WRITERS)
    _, twenty = split_by_writer(unipen.load(), unipen_writers.DEVELOPMENT_WRITERS)
    everything = six + twenty
    groups = {"six writers": six, "twenty writers": twenty}
    groups["slashed zeros"] = list(filter(is_slashed, everything)) + restyled(everything, "slashed 0", random)
    groups |= {f"{name}, made": restyled(everything, name, random) for name in STYLES}
    classifier, figures = Classifier.load(), Figures()
    for group, drawings in groups.items():
        digits = digits_of(drawings, random)
        labels, writers = (np.array([getattr(each, of) for each in drawings]) for of in ("label", "writer"))
        for model in classifier.cards:
            parts = np.array_split(digits, max(1, len(digits) // 250))
            answers = np.concatenate([classifier.probabilities(part, model).argmax(1) for part in parts])
            right = answers == labels
            by_writer = [100 * float(right[writers == writer].mean()) for writer in np.unique(writers)]
            more = {
                "drawings": len(right),
                "misread": int((~right).sum()),
                "mean_over_writers": round(float(np.mean(by_writer)), 2),
            }
            name, accuracy = f"{model}: {group}", 100 * float(right.mean())
            if target := TARGETS.get(group, {}).get(model):
                figures.say(name, accuracy, "%", "at least", target, **more)
            else:
                print(
                    json.dumps({"name": name, "value": round(accuracy, 3), "unit": "%", **more}), flush=True
                )
    return figures.exit_status


if __name__ == "__main__":
    sys.exit(main())
