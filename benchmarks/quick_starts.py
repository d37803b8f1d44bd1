"""The recipes to start with: the accuracy that the page promises, and the time that this host expects.

For each recipe and each number of epochs that is offered it prints a JSON line with the test accuracy of
every seed; it must be within two tenths of a point of what the page says, half a point for a single epoch.
Then the times: what a run took, on one thread, against what the calibration had expected just before. Needs
MNIST (MNIST_DEMO_DATA). Ten minutes on two cores.

    python -m benchmarks.quick_starts [--seeds N] [RECIPE ...]
"""

import dataclasses
import statistics
import sys
import time
from collections.abc import Sequence

import torch

from benchmarks.figures import Figures
from benchmarks.runs import parser, run_recipe
from mnist_demo.data import datasets
from mnist_demo.models.evaluation import evaluate
from mnist_demo.quick_starts import QUICK_STARTS
from mnist_demo.recipes import RECIPES
from mnist_demo.training.calibration import calibrate

_TOLERANCE = 0.2  # percent
_TOLERANCE_OF_ONE_EPOCH = 0.5
_MAX_RATIO = 1.5  # of the time that a run takes and the time expected, or of the latter and the former


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser(__doc__, [start.recipe for start in QUICK_STARTS], seeds=3).parse_args(arguments)
    torch.set_num_threads(1)
    figures = Figures()
    for start in QUICK_STARTS:
        if start.recipe not in options.recipes:
            continue
        recipe = RECIPES[start.recipe]
        splits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
        for epochs, promised in start.accuracy.items():
            accuracies, took = [], []
            for seed in range(options.seeds):
                expected = calibrate(start.recipe) * epochs
                began = time.perf_counter()
                run = run_recipe(dataclasses.replace(recipe, epochs=epochs, seed=seed), splits)
                took.append((time.perf_counter() - began) / expected)
                test = evaluate(run.model, splits.test, recipe.normalization, 1.0, recipe.precision)
                accuracies.append(100 * test.accuracy)
            figures.say(
                f"{start.recipe}, {epochs} epochs: mean test accuracy less what the page says",
                abs(statistics.mean(accuracies) - 100 * promised),
                "%",
                "at most",
                _TOLERANCE if epochs > 1 else _TOLERANCE_OF_ONE_EPOCH,
                mean=round(statistics.mean(accuracies), 2),
                seeds=[round(accuracy, 2) for accuracy in accuracies],
            )
            ratio = statistics.median(took)
            figures.say(
                f"{start.recipe}, {epochs} epochs: time taken against time expected, either way round",
                max(ratio, 1 / ratio),
                "times",
                "at most",
                _MAX_RATIO,
                runs=[round(each, 2) for each in took],
            )
    return figures.exit_status


if __name__ == "__main__":
    sys.exit(main())
