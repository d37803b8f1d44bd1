"""The shipped recipes over several seeds: accuracy and calibration on MNIST and on the six writers' drawings.

Prints a JSON line for each recipe and seed as it is done, then one for each figure that is promised: the mean
over the seeds, with their spread. Everything is selected on validation images and on the six writers;
the test images are scored once a run. `logistic` is also trained on MNIST alone. Needs MNIST and PenDigits
(MNIST_DEMO_DATA); on two cores five seeds of `logistic` take ten minutes, of the others hours.

    python -m benchmarks.seeds [--seeds N] [RECIPE ...]
"""

import dataclasses
import json
import statistics
import sys
from collections.abc import Sequence

from benchmarks.figures import Figures
from benchmarks.runs import parser, trained
from mnist_demo.checkpoints import Card
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import card_of

#: Recipe -> what its mean has to reach, in per cent.
TARGETS = {
    "logistic on MNIST alone": {"test_accuracy": 92.7},
    "logistic": {"test_accuracy": 92.0, "drawn_accuracy": 88.0, "expected_calibration_error": 1.0},
    "mlp": {
        "test_accuracy": 99.45,
        "drawn_accuracy": 98.5,
        "expected_calibration_error": 0.3,
        "drawn_calibration_error": 1.0,
    },
    "cnn": {
        "test_accuracy": 99.72,
        "drawn_accuracy": 99.2,
        "expected_calibration_error": 0.3,
        "drawn_calibration_error": 1.0,
    },
}


def recipe_of(name: str) -> Recipe:
    """The recipe that one of the targets' names stands for."""
    if name == "logistic on MNIST alone":
        return dataclasses.replace(RECIPES["logistic"], dataset="mnist")
    return RECIPES[name]


def result_of(recipe: Recipe) -> Card:
    """Trains one recipe once; gives the card of its result."""
    run = trained(recipe)
    return card_of(recipe, run.digits, run.model, run.scores[-1])[0]


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser(__doc__, TARGETS, seeds=5).parse_args(arguments)
    figures = Figures()
    for name in options.recipes:
        cards = []
        for seed in range(options.seeds):
            cards.append(result_of(dataclasses.replace(recipe_of(name), seed=seed)))
            told = {figure: getattr(cards[-1], figure) for figure in (*TARGETS[name], "validation_accuracy")}
            print(json.dumps({"recipe": name, "seed": seed, **told}), flush=True)
        for figure, target in TARGETS[name].items():
            values = [100.0 * getattr(card, figure) for card in cards]
            figures.say(
                f"{name}: {figure}, mean of {len(values)} seeds",
                statistics.mean(values),
                "%",
                "at most" if figure.endswith("error") else "at least",
                target,
                deviation=round(statistics.stdev(values), 3) if len(values) > 1 else None,
                seeds=[round(value, 3) for value in values],
            )
    return figures.exit_status


if __name__ == "__main__":
    sys.exit(main())
