"""The write-ups' own training loops, written out plainly: a DataLoader, a step per batch, then a validation.

What the write-ups do differently is kept: what is accumulated during training, how it is validated, whether
images are shuffled. Images come from torchvision's MNIST through ToTensor (and Normalize), except in
`held_in_memory`. Each function trains a new model of a recipe and returns the seconds an epoch, validation
included, and the model. Knows nothing of our loop.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, random_split
from torchvision import transforms
from torchvision.datasets import MNIST

from mnist_demo.data import datasets
from mnist_demo.data.download import directory
from mnist_demo.digits import UNIT
from mnist_demo.recipes import Recipe
from mnist_demo.training.loop import initial_model

Images = Dataset[Any]
Loop = Callable[[Recipe], tuple[float, nn.Module]]


def _images(recipe: Recipe, train: bool) -> Images:
    steps: list[object] = [transforms.ToTensor()]
    if recipe.normalization != UNIT:
        mean, std = recipe.normalization
        steps.append(transforms.Normalize((mean,), (std,)))
    images: Images = MNIST(directory(), train=train, transform=transforms.Compose(steps))
    return images


def _split(recipe: Recipe) -> list[Any]:
    dataset = _images(recipe, train=True)
    if not recipe.validation_size:
        return [dataset, _images(recipe, train=False)]
    return random_split(dataset, [60_000 - recipe.validation_size, recipe.validation_size])


def _timed(recipe: Recipe, epoch: Callable[[], object]) -> float:
    started = time.perf_counter()
    for _ in range(recipe.epochs):
        epoch()
    return (time.perf_counter() - started) / recipe.epochs


def with_accuracy(recipe: Recipe) -> tuple[float, nn.Module]:
    """Write-ups 1 and 2: loss and correct answers are accumulated, in training and testing."""
    model = initial_model(recipe)
    train, test = _split(recipe)
    train_loader = DataLoader(train, batch_size=recipe.batch_size, shuffle=True)
    test_loader = DataLoader(test, batch_size=recipe.batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=recipe.learning_rate)
    loss_function = nn.CrossEntropyLoss()

    def epoch() -> None:
        model.train()
        train_loss, right = 0.0, 0.0
        for images, labels in train_loader:
            logits = model(images)
            loss = loss_function(logits, labels)
            train_loss += loss.item()
            right += (logits.argmax(dim=1) == labels).type(torch.float).sum().item()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        test_loss, right = 0.0, 0.0
        with torch.no_grad():
            for images, labels in test_loader:
                logits = model(images)
                test_loss += loss_function(logits, labels).item()
                right += torch.eq(labels, logits.argmax(dim=1)).sum().item()

    return _timed(recipe, epoch), model


def with_history(recipe: Recipe) -> tuple[float, nn.Module]:
    """Write-up 3: nothing is accumulated in training; the validation's losses and accuracies are kept."""
    model = initial_model(recipe)
    train, validation = _split(recipe)
    train_loader = DataLoader(train, recipe.batch_size, shuffle=True)
    validation_loader = DataLoader(validation, recipe.batch_size)
    optimizer = torch.optim.SGD(model.parameters(), recipe.learning_rate)

    def epoch() -> None:
        for images, labels in train_loader:
            loss = functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        losses, accuracies = [], []
        for images, labels in validation_loader:
            logits = model(images)
            losses.append(functional.cross_entropy(logits, labels))
            accuracies.append(torch.tensor((logits.argmax(1) == labels).sum().item() / len(labels)))
        torch.stack(losses).mean().item()
        torch.stack(accuracies).mean().item()

    return _timed(recipe, epoch), model


def from_scratch(recipe: Recipe) -> tuple[float, nn.Module]:
    """Write-up 4: an optimizer from scratch, losses kept in a growing tensor; no shuffling."""
    train, validation = _split(recipe)
    return _from_scratch(recipe, train, validation)


def held_in_memory(recipe: Recipe) -> tuple[float, nn.Module]:
    """Write-up 4 exactly: all images are decoded beforehand, into a list of float tensors."""
    everything = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    train, validation = (
        list(zip(digits.images.float() / 255, digits.labels, strict=True))
        for digits in (everything.train, everything.validation)
    )
    return _from_scratch(recipe, train, validation)


def _from_scratch(recipe: Recipe, train: Any, validation: Any) -> tuple[float, nn.Module]:
    model = initial_model(recipe)
    train_loader = DataLoader(train, batch_size=recipe.batch_size)
    validation_loader = DataLoader(validation, batch_size=recipe.batch_size)
    loss_function = nn.CrossEntropyLoss()
    parameters = list(model.parameters())

    def epoch() -> None:
        losses = torch.tensor([])
        for images, labels in train_loader:
            loss = loss_function(model(images), labels)
            losses = torch.cat((losses, torch.tensor([loss.item()])))
            loss.backward()
            for parameter in parameters:
                parameter.data -= _gradient(parameter) * recipe.learning_rate
            for parameter in parameters:
                parameter.grad = None
        accuracies = [
            (model(images).argmax(dim=1) == labels).float().mean() for images, labels in validation_loader
        ]
        torch.stack(accuracies).mean().item()

    return _timed(recipe, epoch), model


def _gradient(parameter: nn.Parameter) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad.data


def in_five_steps(recipe: Recipe) -> tuple[float, nn.Module]:
    """Write-up 5: losses are kept, of training and of validation; no shuffling."""
    model = initial_model(recipe)
    train, validation = _split(recipe)
    train_loader = DataLoader(train, batch_size=recipe.batch_size)
    validation_loader = DataLoader(validation, batch_size=recipe.batch_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=recipe.learning_rate)
    loss_function = nn.CrossEntropyLoss()

    def epoch() -> None:
        losses = []
        for images, labels in train_loader:
            loss = loss_function(model(images), labels)
            model.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        torch.tensor(losses).mean()
        losses = []
        for images, labels in validation_loader:
            with torch.no_grad():
                logits = model(images)
            losses.append(loss_function(logits, labels).item())
        torch.tensor(losses).mean()

    return _timed(recipe, epoch), model


#: The write-up's loop of each recipe.
LOOPS: Mapping[str, Loop] = {
    "logistic-sgd": with_history,
    "mlp-100-relu-out": with_accuracy,
    "cnn-simple": with_accuracy,
    "mlp-30": from_scratch,
    "mlp-392-30": from_scratch,
    "mlp-64-64": in_five_steps,
}
