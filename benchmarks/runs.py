"""One training run of a recipe as the benchmarks do it, and the arguments of benchmarks that do several.

Knows how a run is done; which figures matter and what they must reach is known by each benchmark.
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
    """What a run produced."""

    splits: Splits
    model: nn.Module
    scores: list[Evaluated]  # before training, then after every epoch


def run_recipe(recipe: Recipe, splits: Splits | None = None) -> Run:
    """Train the recipe once to its last epoch, on its own data or on other splits. Raises DataUnavailable."""
    splits = splits or datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    model = initial_model(recipe)
    events = train(model, splits, recipe)
    return Run(splits, model, [event for event in events if isinstance(event, Evaluated)])


def parser(description: str | None, recipes: Iterable[str], seeds: int) -> argparse.ArgumentParser:
    """Return a parser of `[--seeds N] [RECIPE ...]`, by default so many seeds of all these recipes."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipes", nargs="*", default=list(recipes), metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=seeds)
    return parser
