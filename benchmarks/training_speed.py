"""The write-ups' own loops, written out plainly on DataLoader, against ours: seconds an epoch and accuracy.

Both sides train the same architecture from the same seed with the same batch size, optimizer and epochs, in
turns, so that a machine that slows down slows both. A side's seconds are by the clock, from the first epoch's
start to the last one's end, with the validation that ends each. The plain loops are those of
`plain_loops.py`, their images read as torchvision's MNIST; the fourth write-up decodes all images before it
starts, so ours is compared with that as well. Prints JSON lines for each recipe: the median ratio of seconds
an epoch, and the gap of the mean test accuracies over the seeds.

    python -m benchmarks.training_speed [--seeds N] [--epochs N] [RECIPE ...]
"""

import dataclasses
import statistics
import sys
import time
from collections.abc import Sequence

from torch import nn

from benchmarks import runs
from benchmarks.figures import Figures
from benchmarks.plain_loops import LOOPS, held_in_memory
from mnist_demo import data
from mnist_demo.evaluation import evaluate
from mnist_demo.events import Evaluated
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import train

#: How many times faster ours has to be.
TARGETS = {**dict.fromkeys(LOOPS, 8.0), "cnn-simple": 3.0}
_HELD_IN_MEMORY = ("mlp-30", "mlp-392-30")
_NOISE = 0.01  # of accuracy between the two sides, at the least; more where the seeds differ by more


def ours(recipe: Recipe, digits: data.Data) -> tuple[float, nn.Module]:
    """One run of ours; gives the seconds an epoch and the model."""
    model = runs.built(recipe)
    times = [time.perf_counter() for event in train(model, digits, recipe) if isinstance(event, Evaluated)]
    return (times[-1] - times[0]) / recipe.epochs, model


def main(arguments: Sequence[str] | None = None) -> int:
    parser = runs.parser(__doc__, TARGETS, seeds=3)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args(arguments)
    figures = Figures()
    for name in options.recipes:
        times: dict[str, list[float]] = {"plain": [], "ours": [], "in memory": []}
        accuracies: dict[str, list[float]] = {"plain": [], "ours": []}
        for seed in range(options.seeds):
            recipe = dataclasses.replace(RECIPES[name], seed=seed, epochs=options.epochs)
            digits = data.load_for(recipe)
            for side, (seconds, model) in (("plain", LOOPS[name](recipe)), ("ours", ours(recipe, digits))):
                times[side].append(seconds)
                accuracies[side].append(evaluate(model, digits.test, recipe.normalisation).accuracy)
            if name in _HELD_IN_MEMORY:
                times["in memory"].append(held_in_memory(recipe)[0])
        ratio = statistics.median(a / b for a, b in zip(times["plain"], times["ours"], strict=True))
        gap = statistics.mean(accuracies["plain"]) - statistics.mean(accuracies["ours"])
        spread = max(max(values) - min(values) for values in accuracies.values())
        figures.say(
            f"{name}: plain loop / ours, seconds an epoch",
            ratio,
            "ratio",
            "at least",
            TARGETS[name],
            plain_seconds=times["plain"],
            our_seconds=times["ours"],
        )
        if times["in memory"]:
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
