"""Which six of PenDigits' thirty writers are never trained on: those that stand for all thirty styles.

A writer's style is, for each of the ten digits, the mean over the drawings of: strokes, aspect, slant, where
the pen first touches and last leaves, and how far it turns; from the drawings' shapes alone. Each of these 80
numbers is replaced by the share of writers with a smaller one, so that a single odd trait does not outweigh
the others. Of all 593,775 choices of six, the one is taken that the thirty are closest to (6-medoids: the
least sum of Euclidean distances to the nearest of the six). Prints a JSON line with the six and whom each
stands for; `pendigits.DEVELOPMENT_WRITERS` is its result. Needs PenDigits; takes two seconds.

    python -m benchmarks.development_writers
"""

import json
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mnist_demo.data import pendigits
from mnist_demo.data.pendigits import Drawing
from mnist_demo.digits import CLASSES

SIX = 6


def shape(drawing: Drawing) -> list[float]:
    """Eight numbers that say how a drawing was made, whatever its size and place."""
    points = np.concatenate(drawing.lines)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    boxed = (points - low) / max(extent.max(), 1e-9)
    x, y = (boxed - boxed.mean(axis=0)).T
    steps = [np.diff(line, axis=0) for line in drawing.lines]
    moved = [step[np.hypot(*step.T) > 0] for step in steps]
    headings = [np.unwrap(np.arctan2(step[:, 1], step[:, 0])) for step in moved if len(step)]
    turned = sum(heading[-1] - heading[0] for heading in headings)
    return [
        len(drawing.lines),
        (extent[0] - extent[1]) / max(extent.max(), 1e-9),
        float((x * y).sum() / max((y * y).sum(), 1e-9)),
        *boxed[0],
        *boxed[-1],
        float(turned),
    ]


def styles(everything: Sequence[Drawing]) -> tuple[list[int], NDArray[np.float64]]:
    """The writers, and the style of each in [0, 1], [N, 80]."""
    writers = sorted({drawing.writer for drawing in everything})
    style = [
        np.concatenate(
            [
                np.mean([shape(d) for d in everything if (d.writer, d.label) == (writer, label)], axis=0)
                for label in range(CLASSES)
            ]
        )
        for writer in writers
    ]
    array = np.array(style)
    below, equal = array[:, None] > array, array[:, None] == array
    return writers, (below + equal / 2).mean(axis=1)


def medoids(style: NDArray[np.float64], count: int) -> tuple[int, ...]:
    """The rows that all rows [N, F] are closest to, of all choices of so many."""
    distances = np.linalg.norm(style[:, None] - style[None], axis=2)
    choices = np.array(list(combinations(range(len(style)), count)))
    sums = [distances[some].min(axis=1).sum(axis=1) for some in np.array_split(choices, 30)]
    return tuple(choices[np.concatenate(sums).argmin()].tolist())


def main() -> None:
    writers, style = styles(pendigits.load())
    chosen = medoids(style, SIX)
    nearest = np.linalg.norm(style[:, None] - style[list(chosen)][None], axis=2).argmin(axis=1)
    stands_for = {
        writers[row]: [writer for writer, group in zip(writers, nearest, strict=True) if group == index]
        for index, row in enumerate(chosen)
    }
    print(json.dumps({"writers": [writers[row] for row in chosen], "stand_for": stands_for}))


if __name__ == "__main__":
    main()
