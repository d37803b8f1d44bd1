"""The layers of a perceptron with their gradients written out, for plain gradient descent on the processor.

A layer's `forward` keeps what its `backward` needs. `backward` takes the gradient of the loss with respect to
the layer's outputs, moves the layer's own weights and returns the gradient with respect to its inputs. Knows
these layers only; refuses to know models, losses, recipes and convolutions, for which autograd is as quick.
"""

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional


class Layer(Protocol):
    """One layer of a chain, in training mode."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Inputs [B, features] → outputs [B, units]."""

    def backward(self, gradient: Tensor) -> Tensor:
        """Gradient with respect to the outputs → gradient with respect to the inputs."""


class Affine:
    """y = x Wᵀ + b. Moves its weights by `learning_rate` against the gradient as that passes."""

    def __init__(self, layer: nn.Linear, learning_rate: float) -> None:
        # the layer's own memory, so that every update shows in the model
        self._weight, self._bias = layer.weight.detach(), layer.bias.detach()
        self.learning_rate = learning_rate
        self._inputs = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs
        return functional.linear(inputs, self._weight, self._bias)

    def backward(self, gradient: Tensor) -> Tensor:
        input_gradient = gradient @ self._weight
        self.update(gradient)
        return input_gradient

    def update(self, gradient: Tensor) -> None:
        """Move the weights only: the images themselves need no gradient."""
        self._weight.addmm_(gradient.t(), self._inputs, alpha=-self.learning_rate)
        self._bias.add_(gradient.sum(0), alpha=-self.learning_rate)


class AffineInBfloat16(Affine):
    """The same with its products in bfloat16, as autocast computes them; weights and sums stay float32."""

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs.bfloat16()
        self._rounded_weight = self._weight.bfloat16()
        return (self._inputs @ self._rounded_weight.t()).float().add_(self._bias)

    def backward(self, gradient: Tensor) -> Tensor:
        input_gradient = (gradient.bfloat16() @ self._rounded_weight).float()
        self.update(gradient)
        return input_gradient

    def update(self, gradient: Tensor) -> None:
        self._weight.sub_(gradient.bfloat16().t() @ self._inputs, alpha=self.learning_rate)
        self._bias.sub_(gradient.sum(0), alpha=self.learning_rate)


class ReLU:
    """max(0, x). Overwrites its inputs, which the layer before it has just made."""

    def __init__(self) -> None:
        self._outputs = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._outputs = inputs.relu_()
        return self._outputs

    def backward(self, gradient: Tensor) -> Tensor:
        input_gradient: Tensor = torch.ops.aten.threshold_backward(gradient, self._outputs, 0)
        return input_gradient


class Dropout:
    """Draws as nn.Dropout does on the CPU: the same seed drops the same units."""

    def __init__(self, probability: float) -> None:
        self._kept_share = 1.0 - probability
        self._scales = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._scales = torch.empty_like(inputs).bernoulli_(self._kept_share).div_(self._kept_share)
        return inputs * self._scales

    def backward(self, gradient: Tensor) -> Tensor:
        return gradient * self._scales
