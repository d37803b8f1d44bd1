"""How long an epoch takes on this host, measured on a small sample of made-up images.

Knows the loop and times it. Nothing is downloaded or read, and what the images show makes no difference to
the time.
"""

import dataclasses
import statistics
import time
from itertools import pairwise

import torch

from mnist_demo.data.datasets import DATASETS, LabeledDigits, Splits
from mnist_demo.digits import CLASSES, SIDE
from mnist_demo.events import Evaluated
from mnist_demo.recipes import RECIPES
from mnist_demo.training.loop import initial_model, train

_SHARE = 32  # one in so many images of an epoch is timed
_EPOCHS = 5


def calibrate(name: str) -> float:
    """Return how many seconds an epoch of a recipe of the registry takes here, its validation included.

    Takes about a sixth of that; the median of several short epochs counts. Works on the torch threads that
    are set, and reseeds torch's generator as training does.
    """
    recipe = dataclasses.replace(RECIPES[name], epochs=_EPOCHS)
    whole = DATASETS[recipe.dataset].training_images
    splits = Splits(
        _made_up((whole - recipe.validation_size) // _SHARE),
        _made_up(recipe.validation_size // _SHARE),
        _made_up(1),
    )
    events = train(initial_model(recipe), splits, recipe)
    ended = [time.perf_counter() for event in events if isinstance(event, Evaluated)]
    return _SHARE * statistics.median(after - before for before, after in pairwise(ended))


def _made_up(count: int) -> LabeledDigits:
    images = torch.randint(256, (count, SIDE, SIDE), dtype=torch.uint8)
    return LabeledDigits(images, torch.arange(count) % CLASSES)
