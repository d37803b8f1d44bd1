"""The write-ups' recipes, trained with several seeds, and the figures that the write-ups report.

Prints a JSON line for each recipe and seed, then one for each figure that a write-up reports. For
`mlp-100-relu-out` the lines count the classes that the ReLU on the logits has killed: those that the model
never predicts on the test images. Needs MNIST (MNIST_DEMO_DATA); takes some minutes on two cores.

    python -m benchmarks.write_ups [--seeds N] [RECIPE ...]
"""

import dataclasses
import json
import statistics
import sys
from collections.abc import Sequence

from benchmarks.figures import Figures
from benchmarks.runs import parser, run_recipe
from mnist_demo.models.evaluation import evaluate
from mnist_demo.recipes import RECIPES, Recipe

#: What must be reached: the figure's name, the reported value, and whether less is better.
TARGETS = {
    "logistic-sgd": [
        ("val_accuracy_5", 0.7975, False),
        ("val_accuracy_20", 0.8527, False),
        ("test_accuracy", 0.8604, False),
        ("test_loss", 0.640, True),
    ],
    "mlp-100-relu-out": [("train_accuracy", 0.7628, False)],
    "cnn-simple": [("train_accuracy", 0.9898, False)],
    "mlp-30": [("val_accuracy", 0.8561, False)],
    "mlp-392-30": [("val_accuracy", 0.9183, False), ("train_loss", 0.2993, True)],
    "mlp-64-64": [("train_loss", 0.17, True), ("val_loss", 0.20, True)],
}
_WITHIN = 0.005  # half a percentage point of accuracy; of a loss, half of the second decimal


def figures_of(recipe: Recipe) -> dict[str, float]:
    """Train one recipe once and return its figures."""
    run = run_recipe(recipe)
    scores = run.scores
    test = evaluate(run.model, run.splits.test, recipe.normalization)
    return {
        "val_accuracy_0": scores[0].validation_accuracy,
        "val_accuracy_5": scores[5].validation_accuracy,
        f"val_accuracy_{recipe.epochs}": scores[-1].validation_accuracy,
        "val_accuracy": scores[-1].validation_accuracy,
        "val_loss": scores[-1].validation_loss,
        "train_accuracy": scores[-1].train_accuracy,
        "train_loss": scores[-1].train_loss,
        "test_accuracy": test.accuracy,
        "test_loss": test.loss,
        "classes_never_predicted": float((test.confusion.sum(0) == 0).sum()),
        "seconds": scores[-1].seconds,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser(__doc__, TARGETS, seeds=3).parse_args(arguments)
    figures = Figures()
    for name in options.recipes:
        runs = []
        for seed in range(options.seeds):
            runs.append(figures_of(dataclasses.replace(RECIPES[name], seed=seed)))
            print(json.dumps({"recipe": name, "seed": seed, **runs[-1]}), flush=True)
        for figure, reported, less in TARGETS[name]:
            values = [row[figure] for row in runs]
            figures.say(
                f"{name}: {figure}, mean of {len(values)} seeds",
                statistics.mean(values),
                "nats" if figure.endswith("loss") else "share",
                "at most" if less else "at least",
                reported + _WITHIN if less else reported - _WITHIN,
                reported=reported,
                seeds=[round(value, 4) for value in values],
            )
    return figures.exit_status


if __name__ == "__main__":
    sys.exit(main())
