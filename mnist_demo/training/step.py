"""One step of training: a batch in, its logits out, the parameters moved.

Knows models, losses and optimizers. Which batches, how many and what is told of them is the loop's affair.

Under plain gradient descent on the processor the gradients are written out (`gradients`): for models this
small, autograd's and the optimizer's bookkeeping costs as much as the arithmetic, or more. What they learn is
the same up to rounding, which the tests hold.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from mnist_demo.models.evaluation import autocast
from mnist_demo.models.modules import CNN, MLP, BlurredMaxPool, Logistic
from mnist_demo.recipes import Recipe
from mnist_demo.training.losses import LOSSES, Loss, distillation, surprise
from mnist_demo.training.manual_gradients import (
    Affine,
    AffineInBfloat16,
    BatchNorm,
    Convolution,
    Dropout,
    Entry,
    Flatten,
    Link,
    MaxPool,
    ReLU,
)
from mnist_demo.training.optimizers import OPTIMIZERS, SCHEDULES
from mnist_demo.training.windows import NormalizedConvolution


class Step(Protocol):
    """Moves a model's parameters by one batch."""

    def __call__(self, images: Tensor, labels: Tensor, taught: Tensor | None = None) -> Tensor:
        """Normalized images [B + N, 1, 28, 28], labels [B] → the logits [B, 10] from before the update.

        The N last images, where there are any, are no digits. `taught` [B, 10] are the logits of the recipe's
        teacher, where it has one.
        """


#: Of the loss of a student, the share that its teacher has; the labels have the rest.
_TAUGHT = 0.7

#: Multiplications a product from which on bfloat16 gains more than it costs to round weights and gradients.
_WORTH_ROUNDING = 2**25


def make_step(model: nn.Module, recipe: Recipe, steps: int) -> Step:
    """The step that a recipe asks for, for a model in training mode; `steps` are those of the whole run."""
    if is_manual(model, recipe):
        return manual(model, recipe)
    return autograd_step(model, recipe, steps)


def is_manual(model: nn.Module, recipe: Recipe) -> bool:
    """Whether the step of this run is one whose gradients are written out."""
    return (
        isinstance(model, Logistic | MLP | CNN)
        and not any(isinstance(layer, BlurredMaxPool) for layer in model.modules())
        and next(model.parameters()).device.type == "cpu"
        and recipe.optimizer in ("sgd", "plain-sgd")
        and not recipe.weight_decay
        and recipe.schedule == "constant"
        and not recipe.exposure
        and not recipe.teacher
    )


def autograd_step(model: nn.Module, recipe: Recipe, steps: int) -> Step:
    """The step of any recipe."""
    parameters = list(model.parameters())
    device = parameters[0].device
    optimizer = OPTIMIZERS[recipe.optimizer](model, recipe)
    scheduled = SCHEDULES[recipe.schedule]
    schedule = scheduled and scheduled(optimizer, recipe.learning_rate, max(1, steps))
    loss_of = LOSSES[recipe.loss].function

    def step(images: Tensor, labels: Tensor, taught: Tensor | None = None) -> Tensor:
        for parameter in parameters:
            parameter.grad = None
        with autocast(recipe.precision, device):
            every: Tensor = model(images).float()
        logits, exposed = every[: len(labels)], every[len(labels) :]
        loss = loss_of(logits, labels, recipe.label_smoothing)
        if taught is not None:
            loss = torch.lerp(loss, distillation(logits, taught), _TAUGHT)
        (loss + recipe.exposure * surprise(exposed) if len(exposed) else loss).backward()
        optimizer.step()
        if schedule:
            schedule.step()
        return logits.detach()

    return step


def manual(model: nn.Module, recipe: Recipe) -> Step:
    """The step of a recipe that `is_manual`."""
    # a model is a plain chain, and its layers are in the order that images pass
    layers = [layer for layer in model.modules() if not list(layer.children())]
    first = next(at for at, layer in enumerate(layers) if isinstance(layer, nn.Linear | nn.Conv2d))
    lead = list(_links(layers[:first], recipe))
    entry, behind = _entry(layers[first:], recipe)
    links = list(_links(behind, recipe))
    loss = LOSSES[recipe.loss]

    @torch.no_grad()
    def step(images: Tensor, labels: Tensor, taught: Tensor | None = None) -> Tensor:
        assert taught is None, "its gradient is not written out"
        values = images
        for link in lead:
            values = link.forward(values)
        values = entry.forward(values)
        for link in links:
            values = link.forward(values)
        gradient = _gradient(loss, values, labels, recipe.label_smoothing)
        for link in reversed(links):
            gradient = link.backward(gradient)
        entry.update(gradient)
        return values

    return step


def _entry(layers: Sequence[nn.Module], recipe: Recipe) -> tuple[Entry, Sequence[nn.Module]]:
    """The first layers that have weights, as one link, and those behind it."""
    match layers:
        case [nn.Conv2d(in_channels=1) as layer, nn.BatchNorm2d() as norm, *behind] if _is_wide(layer):
            return NormalizedConvolution(layer, norm, recipe.learning_rate, _precision(recipe, layer)), behind
        case [nn.Conv2d() as layer, *behind]:
            return Convolution(layer, recipe.learning_rate, _precision(recipe, layer)), behind
        case [nn.Linear() as layer, *behind]:
            return _affine(layer, recipe), behind
    raise NotImplementedError(f"{layers[0]} has no gradient written out.")


def _links(layers: Sequence[nn.Module], recipe: Recipe) -> Iterator[Link]:
    """A link for each layer that does something."""
    match layers:
        case []:
            return
        case [nn.ReLU(), nn.MaxPool2d(), *behind]:
            # the other way about they give the same for a quarter of the work
            yield MaxPool()
            yield ReLU()
        case [nn.Linear() as layer, *behind]:
            yield _affine(layer, recipe)
        case [nn.Conv2d() as layer, *behind]:
            yield Convolution(layer, recipe.learning_rate, _precision(recipe, layer))
        case [nn.BatchNorm1d() | nn.BatchNorm2d() as layer, *behind]:
            yield BatchNorm(layer, recipe.learning_rate)
        case [nn.MaxPool2d(), *behind]:
            yield MaxPool()
        case [nn.ReLU(), *behind]:
            yield ReLU()
        case [nn.Flatten(), *behind]:
            yield Flatten()
        case [nn.Dropout() as layer, *behind]:
            if layer.p:
                yield Dropout(layer.p)
        case _:
            raise NotImplementedError(f"{layers[0]} has no gradient written out.")
    yield from _links(behind, recipe)


def _is_wide(layer: nn.Conv2d) -> bool:
    """Whether its outputs are more than the windows that its kernels see, and so dearer to go through."""
    return layer.out_channels > layer.weight[0].numel()


def _affine(layer: nn.Linear, recipe: Recipe) -> Affine:
    is_large = recipe.batch_size * layer.weight.numel() >= _WORTH_ROUNDING
    is_rounded = recipe.precision == "bfloat16" and is_large
    return (AffineInBfloat16 if is_rounded else Affine)(layer, recipe.learning_rate)


def _precision(recipe: Recipe, layer: nn.Conv2d) -> torch.dtype:
    return torch.bfloat16 if recipe.precision == "bfloat16" else layer.weight.dtype


def _gradient(loss: Loss, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Of the loss by the logits [B, 10]; by autograd where it is not written out."""
    if loss.gradient:
        return loss.gradient(logits, labels, smoothing)
    leaf = logits.detach().requires_grad_()
    with torch.enable_grad():
        value = loss.function(leaf, labels, smoothing)
    return torch.autograd.grad(value, leaf)[0]
