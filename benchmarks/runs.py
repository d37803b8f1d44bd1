"""One training run of a recipe as the benchmarks do it, and the arguments of those that do several.

Knows how a run comes about; which figures of it matter and what they have to reach is each benchmark's own.
"""

import argparse
from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from mnist_demo.data import datasets
from mnist_demo.data.datasets import Splits
from mnist_demo.events import Evaluated
from mnist_demo.recipes import Recipe
from mnist_demo.training.loop import initial_model, train


@dataclass(frozen=True)
class Run:
    """What a run leaves."""

    digits: Splits
    model: nn.Module
    scores: list[Evaluated]  # before training, then after every epoch


def trained(recipe: Recipe, digits: Splits | None = None) -> Run:
    """Trains the recipe once to its last epoch, on its own data or on others. Raises DataUnavailable."""
    digits = digits or datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    model = initial_model(recipe)
    return Run(
        digits, model, [event for event in train(model, digits, recipe) if isinstance(event, Evaluated)]
    )


def parser(description: str | None, recipes: Iterable[str], seeds: int) -> argparse.ArgumentParser:
    """Reads `[--seeds N] [RECIPE ...]`; so many seeds of all these recipes where nothing is said."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipes", nargs="*", default=list(recipes), metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=seeds)
    return parser
