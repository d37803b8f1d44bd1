"""One step of training: a batch in, its logits out, the parameters moved.

Knows models, losses and optimizers. Which batches, how many and what is told of them is the loop's affair.

Under plain gradient descent on the processor the gradients are written out (`gradients`): for models this
small, autograd's and the optimizer's bookkeeping costs as much as the arithmetic, or more. What they learn is
the same up to rounding, which the tests hold.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from mnist_demo.evaluation import precise
from mnist_demo.gradients import (
    Affine,
    AffineInBfloat16,
    BatchNorm,
    Convolution,
    Dropout,
    Flatten,
    Link,
    MaxPool,
    ReLU,
)
from mnist_demo.losses import LOSSES, Loss, surprise
from mnist_demo.models import CNN, MLP, Logistic
from mnist_demo.optimization import OPTIMIZERS, SCHEDULES
from mnist_demo.recipes import Recipe

#: Takes normalised images [B + N, 1, 28, 28] and labels [B]; gives the logits [B, 10] from before the update.
#: The N last images, where there are any, are no digits.
Step = Callable[[Tensor, Tensor], Tensor]

#: Multiplications a product from which on bfloat16 gains more than it costs to round weights and gradients.
_WORTH_ROUNDING = 2**25


def step_of(model: nn.Module, recipe: Recipe, steps: int) -> Step:
    """The step that a recipe asks for, for a model in training mode; `steps` are those of the whole run."""
    if is_written_out(model, recipe):
        return written_out(model, recipe)
    return by_autograd(model, recipe, steps)


def is_written_out(model: nn.Module, recipe: Recipe) -> bool:
    """Whether the step of this run is one whose gradients are written out."""
    return (
        isinstance(model, Logistic | MLP | CNN)
        and next(model.parameters()).device.type == "cpu"
        and (recipe.optimizer == "plain-sgd" or (recipe.optimizer == "sgd" and not recipe.weight_decay))
        and recipe.schedule == "constant"
        and not recipe.exposure
    )


def by_autograd(model: nn.Module, recipe: Recipe, steps: int) -> Step:
    """The step of any recipe."""
    parameters = list(model.parameters())
    device = parameters[0].device
    optimizer = OPTIMIZERS[recipe.optimizer](model, recipe)
    scheduled = SCHEDULES[recipe.schedule]
    schedule = scheduled and scheduled(optimizer, recipe.learning_rate, max(1, steps))
    loss_of = LOSSES[recipe.loss].function

    def step(images: Tensor, labels: Tensor) -> Tensor:
        for parameter in parameters:
            parameter.grad = None
        with precise(recipe.precision, device):
            every: Tensor = model(images).float()
        logits, exposed = every[: len(labels)], every[len(labels) :]
        loss = loss_of(logits, labels, recipe.label_smoothing)
        (loss + recipe.exposure * surprise(exposed) if len(exposed) else loss).backward()
        optimizer.step()
        if schedule:
            schedule.step()
        return logits.detach()

    return step


def written_out(model: nn.Module, recipe: Recipe) -> Step:
    """The step of a recipe that `is_written_out`."""
    links = list(_links(model, recipe))
    # images have no use for a gradient: the way back ends with the first weights
    earliest = next(link for link in links if isinstance(link, Affine | Convolution))
    backwards = links[: links.index(earliest) : -1]
    loss = LOSSES[recipe.loss]

    @torch.no_grad()
    def step(images: Tensor, labels: Tensor) -> Tensor:
        values = images
        for link in links:
            values = link.forward(values)
        gradient = _gradient(loss, values, labels, recipe.label_smoothing)
        for link in backwards:
            gradient = link.backward(gradient)
        earliest.update(gradient)
        return values

    return step


def _links(model: nn.Module, recipe: Recipe) -> Iterator[Link]:
    """A link for each layer that does something, in the order that images pass: models are plain chains."""
    rate, is_rounded = recipe.learning_rate, recipe.precision == "bfloat16"
    for layer in (module for module in model.modules() if not list(module.children())):
        match layer:
            case nn.Linear():
                is_large = recipe.batch_size * layer.weight.numel() >= _WORTH_ROUNDING
                yield AffineInBfloat16(layer, rate) if is_rounded and is_large else Affine(layer, rate)
            case nn.Conv2d():
                yield Convolution(layer, rate, torch.bfloat16 if is_rounded else torch.float32)
            case nn.BatchNorm1d() | nn.BatchNorm2d():
                yield BatchNorm(layer, rate)
            case nn.MaxPool2d():
                yield MaxPool()
            case nn.ReLU():
                yield ReLU()
            case nn.Flatten():
                yield Flatten()
            case nn.Dropout() if layer.p:
                yield Dropout(layer.p)


def _gradient(loss: Loss, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Of the loss by the logits [B, 10]; by autograd where it is not written out."""
    if loss.gradient:
        return loss.gradient(logits, labels, smoothing)
    leaf = logits.detach().requires_grad_()
    with torch.enable_grad():
        value = loss.function(leaf, labels, smoothing)
    return torch.autograd.grad(value, leaf)[0]
