"""One step of training: a batch in, its logits out, the parameters moved.

Knows models, losses and optimizers. Which batches, how many and what is told of them is the loop's affair.

Chains of affine maps under plain gradient descent have their gradients written out by hand: for models this
small, autograd's and the optimizer's bookkeeping costs more than the arithmetic. What they learn is the same
up to rounding, which the tests hold.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from mnist_demo.evaluation import precise
from mnist_demo.losses import LOSSES, Loss, surprise
from mnist_demo.models import MLP, Logistic
from mnist_demo.optimization import OPTIMIZERS, SCHEDULES
from mnist_demo.recipes import Recipe

#: Takes normalised images [B + N, 1, 28, 28] and labels [B]; gives the logits [B, 10] from before the update.
#: The N last images, where there are any, are no digits.
Step = Callable[[Tensor, Tensor], Tensor]


def step_of(model: nn.Module, recipe: Recipe, steps: int) -> Step:
    """The step that a recipe asks for, for a model in training mode; `steps` are those of the whole run."""
    if is_written_out(model, recipe):
        return written_out(model, recipe)
    return by_autograd(model, recipe, steps)


def is_written_out(model: nn.Module, recipe: Recipe) -> bool:
    """Whether the step of this run is one whose gradients are written out here."""
    return (
        isinstance(model, Logistic | MLP)
        and all(isinstance(layer, nn.Flatten | nn.Linear | nn.ReLU | nn.Dropout) for layer in _layers(model))
        and (recipe.optimizer == "plain-sgd" or (recipe.optimizer == "sgd" and not recipe.weight_decay))
        and recipe.schedule == "constant"
        and not recipe.exposure
    )


def _layers(model: nn.Module) -> Iterator[nn.Module]:
    """The layers in the order that images pass through them: both models are plain chains."""
    return (module for module in model.modules() if not list(module.children()))


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
    links: list[_Affine | _ReLU | _Dropout] = []
    for layer in _layers(model):
        if isinstance(layer, nn.Linear):
            affine = _AffineInBfloat16 if recipe.precision == "bfloat16" else _Affine
            links.append(affine(layer, recipe.learning_rate))
        elif isinstance(layer, nn.ReLU):
            links.append(_ReLU())
        elif isinstance(layer, nn.Dropout) and layer.p:
            links.append(_Dropout(layer.p))
    # images have no use for a gradient: the way back ends with the first weights
    earliest = next(link for link in links if isinstance(link, _Affine))
    backwards = links[: links.index(earliest) : -1]
    loss = LOSSES[recipe.loss]

    @torch.no_grad()
    def step(images: Tensor, labels: Tensor) -> Tensor:
        values = images.flatten(1)
        for link in links:
            values = link.forward(values)
        gradient = _gradient(loss, values, labels, recipe.label_smoothing)
        for link in backwards:
            gradient = link.backward(gradient)
        earliest.update(gradient)
        return values

    return step


def _gradient(loss: Loss, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Of the loss by the logits [B, 10]; by autograd where it is not written out."""
    if loss.gradient:
        return loss.gradient(logits, labels, smoothing)
    leaf = logits.detach().requires_grad_()
    with torch.enable_grad():
        value = loss.function(leaf, labels, smoothing)
    return torch.autograd.grad(value, leaf)[0]


class _Affine:
    """y = x Wᵀ + b, which moves its weights while gradients pass."""

    def __init__(self, layer: nn.Linear, rate: float) -> None:
        # the layer's own memory: whoever reads the model sees every update
        self._weight, self._bias = layer.weight.detach(), layer.bias.detach()
        self._transposed = self._weight.t()
        self._rate = rate
        self._inputs = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs
        return torch.addmm(self._bias, inputs, self._transposed)

    def backward(self, gradient: Tensor) -> Tensor:
        by_inputs = gradient @ self._weight
        self.update(gradient)
        return by_inputs

    def update(self, gradient: Tensor) -> None:
        self._weight.addmm_(gradient.t(), self._inputs, alpha=-self._rate)
        self._bias.add_(gradient.sum(0), alpha=-self._rate)


class _AffineInBfloat16(_Affine):
    """The same with its products in bfloat16, as autocast takes them; weights and sums stay float32."""

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs.bfloat16()
        self._rounded = self._weight.bfloat16()
        return (self._inputs @ self._rounded.t()).float().add_(self._bias)

    def backward(self, gradient: Tensor) -> Tensor:
        by_inputs = (gradient.bfloat16() @ self._rounded).float()
        self.update(gradient)
        return by_inputs

    def update(self, gradient: Tensor) -> None:
        self._weight.sub_(gradient.bfloat16().t() @ self._inputs, alpha=self._rate)
        self._bias.sub_(gradient.sum(0), alpha=self._rate)


class _ReLU:
    """Overwrites its inputs, which the layer before has just made."""

    def __init__(self) -> None:
        self._outputs = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._outputs = inputs.relu_()
        return self._outputs

    def backward(self, gradient: Tensor) -> Tensor:
        passed: Tensor = torch.ops.aten.threshold_backward(gradient, self._outputs, 0)
        return passed


class _Dropout:
    """Draws as nn.Dropout does on the CPU: the same seed drops the same units."""

    def __init__(self, share: float) -> None:
        self._kept = 1.0 - share
        self._scales = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._scales = torch.empty_like(inputs).bernoulli_(self._kept).div_(self._kept)
        return inputs * self._scales

    def backward(self, gradient: Tensor) -> Tensor:
        return gradient * self._scales
