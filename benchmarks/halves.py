"""Two-fold cross-validation of a recipe on all training images of its data set.

Five thousand validation images can't tell two good recipes apart: a tenth of a point is five of them. Here
every training image is classified by a network that never saw it, alone and averaged over distorted copies:
shifted by a pixel (`shifts`), rotated by 9° (`turns`), scaled by 8% (`scales`). Prints a JSON line for each
half and way, with the misclassified images, and then one for each way over both halves, with those that it
corrects and spoils. The tiny CNN is alone only with `--set 'arguments={"shift": 0}'`. A teacher has seen all
images, so the recipe is trained without one. Needs MNIST and, by recipe, PenDigits (MNIST_DEMO_DATA); on one
core the CNN takes a quarter of an hour for 18 epochs of one half.

    python -m benchmarks.halves [--seeds N] [--set FIELD=JSON ...] [RECIPE ...]
"""

import dataclasses
import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import affine

from benchmarks.runs import parser, run_recipe
from mnist_demo.data.datasets import DATASETS, LabeledDigits, Splits, load_splits
from mnist_demo.digits import Normalization
from mnist_demo.models.evaluation import logits_of
from mnist_demo.recipes import RECIPES, Recipe

#: Way -> the copies beside the image itself, each rotated (degrees), shifted (pixels) and scaled.
WAYS: dict[str, list[tuple[float, tuple[int, int], float]]] = {
    "alone": [],
    "shifts": [(0.0, move, 1.0) for move in ((1, 0), (-1, 0), (0, 1), (0, -1))],
    "turns": [(angle, (0, 0), 1.0) for angle in (9.0, -9.0)],
    "scales": [(0.0, (0, 0), scale) for scale in (0.92, 1.08)],
}


def halves(recipe: Recipe) -> Iterator[Splits]:
    """Yield one half of the training images to train on, the other for validation; then the reverse."""
    count = DATASETS[recipe.dataset].training_images // 2
    first = load_splits(recipe.dataset, count, recipe.pen_share)
    yield first
    learned, held_out = first.train, first.validation
    half, drawings = learned[:count], learned[count:]  # pen drawings are always trained on
    images = torch.cat([held_out.images, drawings.images])
    labels = torch.cat([held_out.labels, drawings.labels])
    yield dataclasses.replace(first, train=LabeledDigits(images, labels), validation=half)


def mean_logits(module: nn.Module, digits: LabeledDigits, normalization: Normalization, way: str) -> Tensor:
    """Return the mean of the logits, float32 [N, 10], over the images and their copies."""
    total = logits_of(module, digits, normalization)
    for angle, move, scale in WAYS[way]:
        copies = affine(digits.images, angle, list(move), scale, [0.0], InterpolationMode.BILINEAR)
        total += logits_of(module, dataclasses.replace(digits, images=copies), normalization)
    return total / (1 + len(WAYS[way]))


def cross_validate(recipe: Recipe) -> dict[str, Tensor]:
    """Return way -> which images the network trained on the other half classifies correctly, bool [N]."""
    right: dict[str, list[Tensor]] = {way: [] for way in WAYS}
    for number, splits in enumerate(halves(recipe)):
        run = run_recipe(recipe, splits)
        run.model.load_state_dict(run.scores[-1].weights)
        for way in WAYS:
            answers = mean_logits(run.model, splits.validation, recipe.normalization, way).argmax(1)
            right[way].append(answers == splits.validation.labels)
            line = {"recipe": recipe.name, "seed": recipe.seed, "half": number, "way": way}
            print(json.dumps({**line, **_misclassified(right[way][-1])}), flush=True)
    return {way: torch.cat(parts) for way, parts in right.items()}


def _misclassified(right: Tensor) -> dict[str, int]:
    return {"misclassified": int((~right).sum()), "of": len(right)}


def _setting(text: str) -> tuple[str, Any]:
    field, _, value = text.partition("=")
    if field not in {known.name for known in dataclasses.fields(Recipe)}:
        raise ArgumentTypeError(f"a recipe has no {field!r}")
    try:
        return field, json.loads(value)
    except ValueError as error:
        raise ArgumentTypeError(f"{value!r} is not JSON") from error


def main(arguments: Sequence[str] | None = None) -> int:
    reader = parser(__doc__, ["cnn", "cnn-tiny"], seeds=1)
    reader.add_argument("--set", type=_setting, action="append", default=[], metavar="FIELD=JSON")
    options = reader.parse_args(arguments)
    for name in options.recipes:
        for seed in range(options.seeds):
            recipe = dataclasses.replace(RECIPES[name], **dict(options.set), seed=seed, teacher="")
            right = cross_validate(recipe)
            for way, every in right.items():
                corrected, spoiled = every & ~right["alone"], right["alone"] & ~every
                changed = {"corrected": int(corrected.sum()), "spoiled": int(spoiled.sum())}
                line = {"recipe": name, "seed": seed, "way": way}
                print(json.dumps({**line, **_misclassified(every), **changed}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
