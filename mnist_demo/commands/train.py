"""The command `train`: trains a recipe, reports on stderr, and writes a checkpoint.

Knows what to say of a run; how it is trained and scored is known in `training`.
"""

import argparse
import dataclasses
import math
from pathlib import Path

import torch

from mnist_demo.commands import output
from mnist_demo.data import datasets, picture_folder
from mnist_demo.data.datasets import Splits
from mnist_demo.events import Evaluated, Finished, Progress
from mnist_demo.models import checkpoints
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training.loop import initial_model
from mnist_demo.training.loop import train as train_model
from mnist_demo.training.scoring import score_run


def _device(name: str) -> torch.device:
    if name == "cuda" and not torch.cuda.is_available():
        output.refuse("There is no CUDA device here.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _read_folder(recipe: Recipe, folder: Path) -> tuple[Recipe, Splits]:
    """The recipe as it fits the pictures of a folder, and these, split. Raises DataUnavailable."""
    corpus = picture_folder.load(folder)
    held_out = 0
    if corpus.validation is None:
        usual = datasets.DATASETS[recipe.dataset].training_images
        held_out = math.ceil(recipe.validation_size * len(corpus.train) / usual)
        held = (
            f"{held_out:,} of the {len(corpus.train):,} training images, the share that the recipe holds out"
        )
        output.say(f"Validation images: {held if held_out else 'the test images, as in the recipe'}")
    recipe = dataclasses.replace(recipe, dataset="folder", validation_size=held_out)
    return recipe, datasets.split(corpus, held_out)


def train(options: argparse.Namespace) -> int:
    """Run the command; return its exit status. Raises DataUnavailable and CheckpointError."""
    changes = {name: value for name in ("epochs", "seed") if (value := getattr(options, name)) is not None}
    recipe = dataclasses.replace(RECIPES[options.recipe], **changes)
    device = _device(options.device)
    if options.data_folder:
        recipe, splits = _read_folder(recipe, options.data_folder)
    else:
        splits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    splits = splits.to(device)
    model = initial_model(recipe).to(device)
    for event in train_model(model, splits, recipe):
        match event:
            case Progress():
                output.say(
                    f"epoch {event.epoch}/{event.epochs}  step {event.step}/{event.steps}  "
                    f"{event.images_per_second:,.0f} images/s  loss {event.loss:.4f}"
                )
            case Evaluated():
                evaluated = event
                output.say(
                    f"epoch {event.epoch}/{event.epochs}  train loss {event.train_loss:.4f}, accuracy "
                    f"{event.train_accuracy:.4f}  validation loss {event.validation_loss:.4f}, accuracy "
                    f"{event.validation_accuracy:.4f}  {event.seconds:.1f} s"
                )
            case Finished():
                finished = event
    if evaluated.epoch == 0:
        # a checkpoint that is already there may be a good one
        output.say("The loss stopped being finite in the first epoch, so there is nothing to keep.")
        return 1
    card, _ = score_run(recipe, splits, model, evaluated)
    path = checkpoints.save(options.out / f"{recipe.name}.safetensors", card, evaluated.weights)
    output.write_line(
        {
            "recipe": recipe.name,
            "model": recipe.model,
            "epochs": finished.epochs,
            "seconds": round(finished.seconds, 3),
            "train_accuracy": evaluated.train_accuracy,
            "val_accuracy": evaluated.validation_accuracy,
            "val_loss": evaluated.validation_loss,
            "test_accuracy": card.test_accuracy,
            "test_loss": card.test_loss,
            "checkpoint": str(path),
            **({} if card.drawn_accuracy is None else {"drawn_accuracy": card.drawn_accuracy}),
        }
    )
    if finished.diverged:
        failed = finished.epochs + 1
        output.say(
            f"The loss stopped being finite in epoch {failed}; the weights are those of the epoch before."
        )
        return 1
    return 0
