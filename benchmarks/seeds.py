"""The shipped recipes with several seeds: accuracy and calibration on MNIST and on the six writers' drawings.

Prints a JSON line for each recipe and seed as it is done, then one for each promised figure: the mean over
the seeds, with its standard deviation. The test images are scored once in each run and select nothing here;
`LOG.md` says how the recipes were selected. `logistic` is also trained on MNIST alone. Needs MNIST and
PenDigits (MNIST_DEMO_DATA); on two cores five seeds of `logistic` take ten minutes, of the others hours.

Seed N's checkpoint is kept as OUT/N/RECIPE, where `python -m mnist_demo train RECIPE --seed N --out OUT/N`
would put it, and is not trained again if it is there: runs can be done one by one, or side by side. Delete
them when a recipe or its teacher changes. `--record` writes the figures into the shipped cards.

    python -m benchmarks.seeds [--seeds N] [--out OUT] [--record] [RECIPE ...]
"""

import dataclasses
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figures
from benchmarks.runs import parser, run_recipe
from mnist_demo.models import checkpoints
from mnist_demo.models.cards import Card
from mnist_demo.models.checkpoints import CheckpointError
from mnist_demo.models.modules import MODELS
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training.scoring import score_run

#: Recipe -> what its mean must reach, in percent.
TARGETS = {
    "logistic-mnist": {"test_accuracy": 92.7},
    "logistic": {"test_accuracy": 92.0, "drawn_accuracy": 88.0, "expected_calibration_error": 1.0},
    "mlp": {
        "test_accuracy": 99.50,
        "drawn_accuracy": 98.8,
        "expected_calibration_error": 0.5,
        "drawn_calibration_error": 0.5,
    },
    "cnn": {
        "test_accuracy": 99.68,
        "drawn_accuracy": 99.0,
        "expected_calibration_error": 0.5,
        "drawn_calibration_error": 0.5,
    },
    "cnn-tiny": {"test_accuracy": 99.55},
}

#: Of the cards, what is recorded over seeds.
RECORDED = ("test_accuracy", "expected_calibration_error", "drawn_accuracy", "drawn_calibration_error")


def recipe_of(name: str) -> Recipe:
    """Return the recipe that one of the targets' names stands for."""
    if name == "logistic-mnist":
        return dataclasses.replace(RECIPES["logistic"], name=name, dataset="mnist")
    return RECIPES[name]


def result_of(recipe: Recipe, out: Path) -> Card:
    """Return the card of a recipe's run with its seed; train and keep it if it is not there yet."""
    path = out / str(recipe.seed) / f"{recipe.name}.json"
    try:
        return checkpoints.read_card(path)
    except CheckpointError:
        run = run_recipe(recipe)
        card, _ = score_run(recipe, run.splits, run.model, run.scores[-1])
        checkpoints.save(path, card, run.model.state_dict())
        return card


def record(name: str, cards: Sequence[Card]) -> None:
    """Write the figures of the seeds into the card of the shipped checkpoint."""
    path = checkpoints.DIRECTORY / f"{name}.json"
    shipped = checkpoints.load(path)
    values = {
        figure: [getattr(card, figure) for card in cards]
        for figure in RECORDED
        if getattr(shipped.card, figure) is not None
    }
    card = shipped.card.model_copy(update={"over_seeds": values})
    checkpoints.save(path, card, shipped.module.state_dict())


def main(arguments: Sequence[str] | None = None) -> int:
    reader = parser(__doc__, TARGETS, seeds=5)
    reader.add_argument("--out", type=Path, default=Path("runs/seeds"))
    reader.add_argument("--record", action="store_true")
    options = reader.parse_args(arguments)
    figures = Figures()
    for name in options.recipes:
        cards = []
        for seed in range(options.seeds):
            cards.append(result_of(dataclasses.replace(recipe_of(name), seed=seed), options.out))
            line = {figure: getattr(cards[-1], figure) for figure in (*RECORDED, "validation_accuracy")}
            print(json.dumps({"recipe": name, "seed": seed, **line}), flush=True)
        for figure, target in TARGETS[name].items():
            values = [100.0 * getattr(card, figure) for card in cards]
            figures.say(
                f"{name}: {figure}, mean of {len(values)} seeds",
                statistics.mean(values),
                "%",
                "at most" if figure.endswith("error") else "at least",
                target,
                std=round(statistics.stdev(values), 3) if len(values) > 1 else None,
                seeds=[round(value, 3) for value in values],
            )
        if options.record and name in MODELS:
            record(name, cards)
    return figures.exit_status


if __name__ == "__main__":
    sys.exit(main())
