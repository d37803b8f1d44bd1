"""How long `make checkpoints` takes on this machine: all shipped weights trained again, with all cores.

The first epochs of each recipe and the scoring of its result are timed. The remaining epochs are assumed to
take as long as the median of those, without the first, which is a bit slower, where there are others.
`--epochs 0` trains all to the end. Prints a JSON line for each recipe, then one for the total. Needs MNIST
and PenDigits (MNIST_DEMO_DATA).

    python -m benchmarks.rebuilding [--epochs N]
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import pairwise

import torch

from benchmarks.figures import Figures
from mnist_demo.data import datasets
from mnist_demo.events import Evaluated
from mnist_demo.models import checkpoints
from mnist_demo.models.evaluation import effective_precision
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training.loop import initial_model, train
from mnist_demo.training.scoring import score_run


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=3, metavar="N", help="timed of each recipe; 0: all")
    options = parser.parse_args(arguments)
    shipped = [RECIPES[path.stem] for path in sorted(checkpoints.DIRECTORY.glob("*.json"))]
    minutes = [minutes_of(recipe, options.epochs or recipe.epochs) for recipe in shipped]
    figures = Figures()
    figures.say(
        "all shipped weights trained again",
        sum(minutes),
        "min",
        "at most",
        120,
        cores=torch.get_num_threads(),
        precision=effective_precision(torch.device("cpu"), "bfloat16"),
    )
    return figures.exit_status


def minutes_of(recipe: Recipe, timed: int) -> float:
    """Return the minutes that the recipe's whole run takes, estimated from so many epochs."""
    begun = time.perf_counter()
    splits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    model = initial_model(recipe)
    ends = []
    for event in train(model, splits, recipe):
        if isinstance(event, Evaluated):
            ends.append(time.perf_counter())
            last = event
            if event.epoch >= timed:
                break
    score_run(recipe, splits, model, last)
    ran = time.perf_counter() - begun
    lengths = [end - start for start, end in pairwise(ends)]
    epoch = statistics.median(lengths[1:] or lengths)
    minutes = (ran + epoch * (recipe.epochs - last.epoch)) / 60
    line = {"recipe": recipe.name, "minutes": round(minutes, 1), "seconds_an_epoch": round(epoch, 2)}
    print(json.dumps({**line, "epochs": recipe.epochs, "timed": last.epoch}), flush=True)
    return minutes


if __name__ == "__main__":
    sys.exit(main())
