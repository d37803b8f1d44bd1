"""The learning-rate finder: a hundred steps at rates that grow, the loss at each, and a suggestion.

After Smith 2015, "Cyclical Learning Rates for Training Neural Networks". Knows the loop's steps and data;
nothing is kept of the model that takes them.
"""

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from mnist_demo.data.datasets import Splits
from mnist_demo.recipes import Recipe
from mnist_demo.training.loop import batches, initial_model, steps_of
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.steering import Steering
from mnist_demo.training.step import make_step

STEPS = 100

#: The rates tried are so many times the recipe's own, from the first step to the last.
LEAST, MOST = 1e-4, 1e3

_KEEP = 0.8  # what the average of the loss keeps of the steps before
_WORSE = 3.0  # a loss this many times the lowest ends the search: from there on steps are too large
_FIRST = 10  # steps whose average is still mostly noise


@dataclass(frozen=True)
class Rates:
    """The loss, averaged over the last few steps, at each rate; a rate to train with, None if none helped."""

    rates: list[float]
    losses: list[float]
    suggestion: float | None


def find_rate(recipe: Recipe, splits: Splits) -> Rates:
    """Try rates on the recipe's model, data and optimizer, without its schedule and teacher.

    Raises what `initial_model` raises.
    """
    recipe = dataclasses.replace(recipe, schedule="constant", teacher="", averaging=0.0)
    model, steering = initial_model(recipe), Steering()
    step = make_step(model, recipe, STEPS, steering)
    loss_of = LOSSES[recipe.loss].function
    model.train()
    rates, losses, average, weight = [], [], 0.0, 0.0
    for index, (images, labels) in zip(range(STEPS), _endless(splits, recipe), strict=False):
        steering.rate = LEAST * (MOST / LEAST) ** (index / (STEPS - 1))
        logits = step(images, labels, None)[: len(labels)]
        loss = float(loss_of(logits, labels, recipe.label_smoothing))
        if not math.isfinite(loss):
            break
        average = _KEEP * average + (1 - _KEEP) * loss
        weight = _KEEP * weight + (1 - _KEEP)
        rates.append(recipe.learning_rate * steering.rate)
        losses.append(average / weight)
        if index > _FIRST and losses[-1] > _WORSE * min(losses):
            break
    return Rates(rates, losses, suggest(rates, losses))


def suggest(rates: list[float], losses: list[float]) -> float | None:
    """Return the rate at which the averaged loss falls fastest, in two digits; None where it never falls."""
    if len(losses) <= _FIRST + 1:
        return None
    lowest = min(range(len(losses)), key=losses.__getitem__)
    falls = {index: losses[index - 1] - losses[index + 1] for index in range(_FIRST, max(_FIRST, lowest))}
    if not falls or losses[lowest] > 0.9 * losses[_FIRST]:
        return None
    return float(f"{rates[max(falls, key=falls.__getitem__)]:.1e}")


def _endless(splits: Splits, recipe: Recipe) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of the training split, epoch after epoch, in the order in which a run has them."""
    shuffling = torch.Generator().manual_seed(recipe.seed)
    distorting = torch.Generator().manual_seed(recipe.seed + 1)
    while True:
        yield from islice(batches(splits, recipe, shuffling, distorting), steps_of(splits, recipe))
