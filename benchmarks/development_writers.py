"""Which writers are never trained on: six of PenDigits' and twenty of UNIPEN's who stand for the others.

A writer's style is, for each of the ten digits, the mean over the drawings of: strokes, aspect, slant, where
the pen first touches and last leaves, and how far it turns. It follows from the drawings' shapes alone: no
model is asked. Each of these 80 numbers is replaced by the share of writers with a smaller one, so that a
single odd trait doesn't outweigh the others. Of all choices of so many writers, the one is taken that all
writers are closest to (medoids: the least sum of Euclidean distances to the nearest of those chosen).

PenDigits: six of thirty. UNIPEN: only writers who drew every digit, of sets with at least three of them, so
that there is somebody to stand for. The twenty are shared out among the sets by the numbers of such writers
(largest remainders) and are chosen within each set.

Prints a JSON line for each group with the writers and whom each stands for; `pendigits.DEVELOPMENT_WRITERS`
and `unipen_writers.DEVELOPMENT_WRITERS` are the results. Needs PenDigits and UNIPEN (MNIST_DEMO_DATA); takes
twenty seconds.

    python -m benchmarks.development_writers
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mnist_demo.data import pendigits, unipen
from mnist_demo.data.drawing import Drawing
from mnist_demo.digits import CLASSES

SIX, TWENTY = 6, 20
#: Writers of a set of UNIPEN from which one is chosen.
MIN_WRITERS = 3


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


def styles(everything: Sequence[Drawing]) -> tuple[list[str], NDArray[np.float64]]:
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
    """The rows that all rows [N, F] are closest to, of all choices of so many; the first of equal ones."""
    distances = np.linalg.norm(style[:, None] - style[None], axis=2)
    choices = np.array(list(combinations(range(len(style)), count)))
    parts = np.array_split(choices, max(1, len(choices) // 20_000))
    sums = [distances[some].min(axis=1).sum(axis=1) for some in parts]
    # rounded: which of two equal sums comes out smaller depends on the processor
    return tuple(choices[np.concatenate(sums).round(9).argmin()].tolist())


def of_unipen(everything: Sequence[Drawing]) -> dict[str, list[str]]:
    """The twenty writers of UNIPEN, and whom of their set each stands for."""
    digits = defaultdict(set)
    for drawing in everything:
        digits[drawing.writer].add(drawing.label)
    writers, style = styles([drawing for drawing in everything if len(digits[drawing.writer]) == CLASSES])
    sets = np.array([writer.partition("/")[0] for writer in writers])
    sizes = {name: size for name, size in Counter(sets.tolist()).items() if size >= MIN_WRITERS}
    groups: dict[str, list[str]] = {}
    for name, count in shares(sizes, TWENTY).items():
        if count:
            rows = np.flatnonzero(sets == name)
            groups |= _groups([writers[row] for row in rows], style[rows], count)
    return groups


def shares(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """So many places shared out in proportion to the sizes: whole parts, then the largest remainders.

    Of equal remainders the first name in the alphabet's order gets the place.
    """
    exact = {name: count * size / sum(sizes.values()) for name, size in sorted(sizes.items())}
    given = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(exact, key=lambda name: given[name] - exact[name])
    for name in by_remainder[: count - sum(given.values())]:
        given[name] += 1
    return given


def _groups(writers: Sequence[str], style: NDArray[np.float64], count: int) -> dict[str, list[str]]:
    """So many writers, and whom each stands for."""
    chosen = medoids(style, count)
    nearest = np.linalg.norm(style[:, None] - style[list(chosen)][None], axis=2).argmin(axis=1)
    return {
        writers[row]: [writer for writer, group in zip(writers, nearest, strict=True) if group == index]
        for index, row in enumerate(chosen)
    }


def main() -> None:
    for name, groups in (
        ("PenDigits", _groups(*styles(pendigits.load()), SIX)),
        ("UNIPEN", of_unipen(unipen.load())),
    ):
        print(json.dumps({"data": name, "writers": sorted(groups), "stand_for": groups}))


if __name__ == "__main__":
    main()
