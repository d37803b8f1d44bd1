"""One step of training: takes a batch, moves the parameters, returns the logits from before.

Knows models, losses and optimizers. The loop decides which batches there are, how many, and what is reported.

Logistic regression and perceptrons under plain gradient descent on the processor use `manual_gradients`: for
models this small the bookkeeping of autograd and of the optimizer costs as much as the arithmetic, or more.
The result is the same up to rounding, which the tests check.
"""

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from mnist_demo.models.evaluation import autocast
from mnist_demo.models.modules import MLP, Logistic
from mnist_demo.recipes import Recipe
from mnist_demo.training.losses import LOSSES, Loss, distillation, uniform_cross_entropy
from mnist_demo.training.manual_gradients import Affine, AffineInBfloat16, Dropout, Layer, ReLU
from mnist_demo.training.optimizers import OPTIMIZERS, SCHEDULES
from mnist_demo.training.steering import Steering

#: The teacher's share of a student's loss; the labels have the rest.
_TEACHER_SHARE = 0.7

#: Of the peak learning rate, what steps after the end of a schedule are made at.
_RATE_AFTER = 0.1

#: From this many multiplications in a product on, bfloat16 gains more than rounding the operands costs.
_MIN_ROUNDED_PRODUCT = 2**25


class Step(Protocol):
    """Moves a model's parameters by one batch."""

    def __call__(self, images: Tensor, labels: Tensor, teacher_logits: Tensor | None = None) -> Tensor:
        """Return the logits [B, 10] from before the update.

        `images` are normalized, [B + N, 1, 28, 28]; the last N, where there are any, are outliers, which
        belong to no class. `labels` are int64 [B], `teacher_logits` [B, 10] where the recipe has a teacher.
        """


def make_step(model: nn.Module, recipe: Recipe, steps: int, steering: Steering | None = None) -> Step:
    """Return the recipe's step for a model in training mode.

    steps: in the whole run, as far as the recipe goes. If there are more, and the schedule has an end, they
    are made at a tenth of its peak.
    """
    steering = steering or Steering()
    if is_manual(model, recipe):
        return manual_step(model, recipe, steering)
    return autograd_step(model, recipe, steps, steering)


def is_manual(model: nn.Module, recipe: Recipe) -> bool:
    """Tell whether `manual_step` can train this model by this recipe."""
    return (
        isinstance(model, Logistic | MLP)
        and not any(isinstance(layer, nn.BatchNorm1d) for layer in model.modules())
        and next(model.parameters()).device.type == "cpu"
        and recipe.optimizer in ("sgd", "plain-sgd")
        and not recipe.weight_decay
        and recipe.schedule == "constant"
        and not recipe.exposure
        and not recipe.teacher
    )


def autograd_step(model: nn.Module, recipe: Recipe, steps: int, steering: Steering) -> Step:
    """Return a step by autograd, which takes any model and any recipe."""
    parameters = list(model.parameters())
    device = parameters[0].device
    optimizer = OPTIMIZERS[recipe.optimizer].make(model, recipe)
    make_schedule = SCHEDULES[recipe.schedule].make
    schedule = make_schedule and make_schedule(optimizer, recipe.learning_rate, max(1, steps))
    loss_function = LOSSES[recipe.loss].function

    def step(images: Tensor, labels: Tensor, teacher_logits: Tensor | None = None) -> Tensor:
        for parameter in parameters:
            parameter.grad = None
        with autocast(recipe.precision, device):
            all_logits: Tensor = model(images).float()
        logits, outlier_logits = all_logits[: len(labels)], all_logits[len(labels) :]
        loss = loss_function(logits, labels, recipe.label_smoothing)
        if teacher_logits is not None:
            loss = torch.lerp(loss, distillation(logits, teacher_logits), _TEACHER_SHARE)
        if len(outlier_logits):
            loss = loss + recipe.exposure * uniform_cross_entropy(outlier_logits)
        loss.backward()
        _move(optimizer, steering.rate)
        if schedule and schedule.last_epoch < steps:
            schedule.step()
            if schedule.last_epoch == steps:
                for group in optimizer.param_groups:
                    group["lr"] = _RATE_AFTER * recipe.learning_rate
        return logits.detach()

    return step


def _move(optimizer: Optimizer, rate: float) -> None:
    """Make an optimizer's step at so many times its learning rates."""
    if rate == 1.0:
        optimizer.step()
        return
    rates = [group["lr"] for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        group["lr"] *= rate
    optimizer.step()
    for group, usual in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = usual


def manual_step(model: nn.Module, recipe: Recipe, steering: Steering) -> Step:
    """Return a step without autograd, for a model and a recipe for which `is_manual` holds."""
    modules = [module for module in model.modules() if not list(module.children())]
    layers = [layer for module in modules if (layer := _manual_layer(module, recipe))]
    # the gradient goes back to the first layer that has weights and no further
    first = next(place for place, layer in enumerate(layers) if isinstance(layer, Affine))
    before, entry, behind = layers[:first], layers[first], layers[first + 1 :]
    assert isinstance(entry, Affine)
    affine = [layer for layer in layers if isinstance(layer, Affine)]
    loss = LOSSES[recipe.loss]

    @torch.no_grad()
    def step(images: Tensor, labels: Tensor, teacher_logits: Tensor | None = None) -> Tensor:
        for each in affine:
            each.learning_rate = recipe.learning_rate * steering.rate
        values = images.flatten(1)
        for layer in (*before, entry, *behind):
            values = layer.forward(values)
        gradient = _loss_gradient(loss, values, labels, recipe.label_smoothing)
        for layer in reversed(behind):
            gradient = layer.backward(gradient)
        entry.update(gradient)
        return values

    return step


def _manual_layer(module: nn.Module, recipe: Recipe) -> Layer | None:
    """The written-out counterpart of a module; None for one that leaves rows of pixels as they are."""
    match module:
        case nn.Linear():
            is_large = recipe.batch_size * module.weight.numel() >= _MIN_ROUNDED_PRODUCT
            is_rounded = recipe.precision == "bfloat16" and is_large
            return (AffineInBfloat16 if is_rounded else Affine)(module, recipe.learning_rate)
        case nn.ReLU():
            return ReLU()
        case nn.Dropout():
            return Dropout(module.p) if module.p else None
        case nn.Flatten():
            return None
    raise NotImplementedError(f"The gradient of {module} isn't written out.")


def _loss_gradient(loss: Loss, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """The gradient of the loss with respect to the logits [B, 10]; by autograd where it isn't written out."""
    if loss.gradient:
        return loss.gradient(logits, labels, smoothing)
    leaf = logits.detach().requires_grad_()
    with torch.enable_grad():
        value = loss.function(leaf, labels, smoothing)
    return torch.autograd.grad(value, leaf)[0]
