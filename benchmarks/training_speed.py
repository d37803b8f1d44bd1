"""The write-ups' own loops, written out plainly on DataLoader, against ours: seconds an epoch and accuracy.

Both sides train the same architecture from the same seed with the same batch size, optimizer and epochs. They
take turns, so that a machine that slows down slows both. The seconds are those of the clock, from the start
of the first epoch to the end of the last, each with its validation. The plain loops are those of
`plain_loops.py`, with images read by torchvision's MNIST; the fourth write-up decodes all images before it
starts, so ours is compared with that as well. Prints JSON lines for each recipe: the median ratio of seconds
an epoch, and the difference of the mean test accuracies over the seeds.

    python -m benchmarks.training_speed [--seeds N] [--epochs N] [RECIPE ...]
"""

import dataclasses
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from torch import nn

from benchmarks.figures import Figures
from benchmarks.plain_loops import LOOPS, held_in_memory
from benchmarks.runs import parser
from mnist_demo.data import datasets
from mnist_demo.events import Evaluated
from mnist_demo.models.evaluation import evaluate
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training.loop import initial_model, train

#: How many times as fast ours must be.
TARGETS = {**dict.fromkeys(LOOPS, 8.0), "mlp-392-30": 7.0, "cnn-simple": 2.2}
_HELD_IN_MEMORY = ("mlp-30", "mlp-392-30")
_NOISE = 0.01  # of accuracy between the two sides, at the least; more where the seeds differ by more


def plain(recipe: Recipe) -> tuple[float, nn.Module]:
    """Do one run of the write-up's loop; return the seconds an epoch and the model."""
    return LOOPS[recipe.name](recipe)


def ours(recipe: Recipe) -> tuple[float, nn.Module]:
    """Do one run of ours; return the same."""
    splits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    model = initial_model(recipe)
    times = [time.perf_counter() for event in train(model, splits, recipe) if isinstance(event, Evaluated)]
    return (times[-1] - times[0]) / recipe.epochs, model


SIDES: Mapping[str, Callable[[Recipe], tuple[float, nn.Module]]] = {
    "plain": plain,
    "ours": ours,
    "in memory": held_in_memory,
}


def scored(side: str, recipe: Recipe) -> tuple[float, float]:
    """Do one run of a side; return the seconds an epoch and the test accuracy."""
    seconds, model = SIDES[side](recipe)
    return seconds, evaluate(model, datasets.load_test(recipe.dataset), recipe.normalization).accuracy


def main(arguments: Sequence[str] | None = None) -> int:
    reader = parser(__doc__, TARGETS, seeds=3)
    reader.add_argument("--epochs", type=int, default=2)
    options = reader.parse_args(arguments)
    figures = Figures()
    for name in options.recipes:
        sides = [side for side in SIDES if side != "in memory" or name in _HELD_IN_MEMORY]
        times: dict[str, list[float]] = {side: [] for side in sides}
        accuracies: dict[str, list[float]] = {side: [] for side in sides}
        for seed in range(options.seeds):
            recipe = dataclasses.replace(RECIPES[name], seed=seed, epochs=options.epochs)
            for side in sides:
                # a process for each run, because ours changes how its process allocates memory
                with ProcessPoolExecutor(1, get_context("spawn")) as alone:
                    seconds, accuracy = alone.submit(scored, side, recipe).result()
                times[side].append(seconds)
                accuracies[side].append(accuracy)
        ratio = statistics.median(a / b for a, b in zip(times["plain"], times["ours"], strict=True))
        gap = statistics.mean(accuracies["plain"]) - statistics.mean(accuracies["ours"])
        spread = max(max(accuracies[side]) - min(accuracies[side]) for side in ("plain", "ours"))
        figures.say(
            f"{name}: plain loop / ours, seconds an epoch",
            ratio,
            "ratio",
            "at least",
            TARGETS[name],
            plain_seconds=times["plain"],
            our_seconds=times["ours"],
        )
        if "in memory" in times:
            figures.say(
                f"{name}: plain loop on images decoded beforehand / ours, seconds an epoch",
                statistics.median(a / b for a, b in zip(times["in memory"], times["ours"], strict=True)),
                "ratio",
                "at least",
                1.0,
                plain_seconds=times["in memory"],
                our_seconds=times["ours"],
            )
        figures.say(
            f"{name}: accuracy of the plain loop less ours",
            abs(gap),
            "share",
            "at most",
            max(_NOISE, spread),
            plain=accuracies["plain"],
            ours=accuracies["ours"],
        )
    return figures.exit_status


if __name__ == "__main__":
    sys.exit(main())
