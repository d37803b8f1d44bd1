"""The write-ups' own loops, written out plainly on DataLoader, against ours: seconds an epoch and accuracy.

Both sides train the same architecture from the same seed with the same batch size, optimizer and epochs, in
turns, so that a machine that slows down slows both. The plain loops are what the write-ups do: torchvision's
MNIST with ToTensor (and Normalize), a DataLoader, and a step an image batch. Prints a JSON line for each
recipe: the median ratio of seconds an epoch, and the mean test accuracy of both over the seeds.

    python -m benchmarks.training_speed [--seeds N] [--epochs N] [RECIPE ...]
"""

import argparse
import dataclasses
import statistics
import sys
import time
from collections.abc import Sequence

import torch
from torch import nn
from torch.utils.data import DataLoader, random_split
from torchvision import transforms
from torchvision.datasets import MNIST

from benchmarks.figures import Figures
from mnist_demo import data
from mnist_demo.digits import UNIT
from mnist_demo.evaluation import evaluate
from mnist_demo.events import Evaluated
from mnist_demo.models import build
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import train

#: How many times faster ours has to be.
TARGETS = {"logistic-sgd": 8.0, "mlp-100-relu-out": 8.0, "mlp-64-64": 8.0, "cnn-simple": 3.0}
_NOISE = 0.01  # of accuracy between the two sides, at the least; more where the seeds differ by more


def plain(recipe: Recipe) -> tuple[float, nn.Module]:
    """One plain run; gives the seconds an epoch and the model."""
    steps: list[object] = [transforms.ToTensor()]
    if recipe.normalisation != UNIT:
        mean, deviation = recipe.normalisation
        steps.append(transforms.Normalize((mean,), (deviation,)))
    dataset = MNIST(data.directory(), train=True, transform=transforms.Compose(steps))
    torch.manual_seed(recipe.seed)
    model = build(recipe.model, recipe.arguments)
    if recipe.validation_size:
        dataset, _ = random_split(dataset, [len(dataset) - recipe.validation_size, recipe.validation_size])
    loader = DataLoader(dataset, batch_size=recipe.batch_size, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=recipe.learning_rate)
    loss_function = nn.CrossEntropyLoss()
    started = time.perf_counter()
    for _ in range(recipe.epochs):
        model.train()
        losses, right = [], 0
        for images, labels in loader:
            logits = model(images)
            loss = loss_function(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            right += (logits.argmax(dim=1) == labels).sum().item()
    return (time.perf_counter() - started) / recipe.epochs, model


def ours(recipe: Recipe, digits: data.Data) -> tuple[float, nn.Module]:
    """One run of ours; likewise."""
    torch.manual_seed(recipe.seed)
    model = build(recipe.model, recipe.arguments)
    last = [event for event in train(model, digits, recipe) if isinstance(event, Evaluated)][-1]
    return last.seconds / recipe.epochs, model


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipes", nargs="*", default=list(TARGETS), metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    options = parser.parse_args(arguments)
    figures = Figures()
    for name in options.recipes:
        times: dict[str, list[float]] = {"plain": [], "ours": []}
        accuracies: dict[str, list[float]] = {"plain": [], "ours": []}
        for seed in range(options.seeds):
            recipe = dataclasses.replace(RECIPES[name], seed=seed, epochs=options.epochs)
            digits = data.load(recipe.dataset, recipe.validation_size, seed)
            for side, (seconds, model) in (("plain", plain(recipe)), ("ours", ours(recipe, digits))):
                times[side].append(seconds)
                accuracies[side].append(evaluate(model, digits.test, recipe.normalisation).accuracy)
        ratio = statistics.median(a / b for a, b in zip(times["plain"], times["ours"], strict=True))
        gap = statistics.mean(accuracies["plain"]) - statistics.mean(accuracies["ours"])
        spread = max(max(values) - min(values) for values in accuracies.values())
        figures.say(
            f"{name}: plain loop / ours, seconds an epoch",
            ratio,
            "ratio",
            "at least",
            TARGETS[name],
            plain_seconds=times["plain"],
            our_seconds=times["ours"],
        )
        figures.say(
            f"{name}: accuracy of the plain loop less ours",
            abs(gap),
            "share",
            "at most",
            max(_NOISE, spread),
            plain=accuracies["plain"],
            ours=accuracies["ours"],
        )
    return figures.exit_status


if __name__ == "__main__":
    sys.exit(main())
