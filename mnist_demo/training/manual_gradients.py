"""Layers with their gradients written out, for plain gradient descent: a link of a chain for each.

A link's `forward` keeps what its `backward` needs; `backward` takes the gradient of the loss by its outputs,
moves its own weights and gives the gradient by its inputs. `update` does so without the latter, for the first
link with weights, because images have no use for a gradient. Knows torch's kernels; refuses to know models,
losses and recipes.
"""

from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

aten: Any = torch.ops.aten


class Link(Protocol):
    """One layer of a chain."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs, as the layer gives them in training mode."""

    def backward(self, gradient: Tensor) -> Tensor:
        """Gradient by the outputs -> gradient by the inputs."""


class Entry(Protocol):
    """The first layer of a chain that has weights."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Outputs, as the layer gives them in training mode."""

    def update(self, gradient: Tensor) -> None:
        """Takes the gradient by the outputs."""


class Affine:
    """y = x Wᵀ + b, which moves its weights while gradients pass."""

    def __init__(self, layer: nn.Linear, rate: float) -> None:
        # the layer's own memory: whoever reads the model sees every update
        self._weight = layer.weight.detach()
        self._bias = None if layer.bias is None else layer.bias.detach()
        self._rate = rate
        self._inputs = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs
        return functional.linear(inputs, self._weight, self._bias)

    def backward(self, gradient: Tensor) -> Tensor:
        by_inputs = gradient @ self._weight
        self.update(gradient)
        return by_inputs

    def update(self, gradient: Tensor) -> None:
        self._weight.addmm_(gradient.t(), self._inputs, alpha=-self._rate)
        if self._bias is not None:
            self._bias.add_(gradient.sum(0), alpha=-self._rate)


class AffineInBfloat16(Affine):
    """The same with its products in bfloat16, as autocast takes them; weights and sums stay float32."""

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs.bfloat16()
        self._rounded = self._weight.bfloat16()
        outputs = (self._inputs @ self._rounded.t()).float()
        return outputs if self._bias is None else outputs.add_(self._bias)

    def backward(self, gradient: Tensor) -> Tensor:
        by_inputs = (gradient.bfloat16() @ self._rounded).float()
        self.update(gradient)
        return by_inputs

    def update(self, gradient: Tensor) -> None:
        self._weight.sub_(gradient.bfloat16().t() @ self._inputs, alpha=self._rate)
        if self._bias is not None:
            self._bias.sub_(gradient.sum(0), alpha=self._rate)


class Convolution:
    """A convolution at stride 1 whose outputs are normalized over the batch.

    Its bias is added and never moved: normalizing takes it away again, so its gradient is zero. Products are
    taken in `precision`, weights stay float32.
    """

    def __init__(self, layer: nn.Conv2d, rate: float, precision: torch.dtype) -> None:
        self._weight = layer.weight.detach()
        self._bias = None if layer.bias is None else layer.bias.detach().to(precision)
        self._padding = int(layer.padding[0])
        self._rate, self._precision = rate, precision
        self._inputs = self._rounded = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs, self._rounded = inputs.to(self._precision), self._weight.to(self._precision)
        return functional.conv2d(self._inputs, self._rounded, self._bias, padding=self._padding)

    def backward(self, gradient: Tensor) -> Tensor:
        return self._gradients(gradient, by_inputs=True)

    def update(self, gradient: Tensor) -> None:
        self._gradients(gradient, by_inputs=False)

    def _gradients(self, gradient: Tensor, by_inputs: bool) -> Tensor:
        one, padding = [1, 1], [self._padding] * 2
        wanted = [by_inputs, True, False]
        passed, by_weight, _ = aten.convolution_backward(
            gradient, self._inputs, self._rounded, None, one, padding, one, False, [0, 0], 1, wanted
        )
        self._weight.sub_(by_weight, alpha=self._rate)
        return passed  # type: ignore[no-any-return]


class BatchNorm:
    """Normalization over the batch, which keeps its running statistics."""

    def __init__(self, layer: nn.BatchNorm1d | nn.BatchNorm2d, rate: float) -> None:
        self._rate = rate
        self._weight, self._bias = layer.weight.detach(), layer.bias.detach()
        self._running = layer.running_mean, layer.running_var
        self._batches: Any = layer.num_batches_tracked
        self._momentum, self._epsilon = layer.momentum, layer.eps
        self._inputs = self._mean = self._inverse = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._batches.add_(1)
        self._inputs = inputs
        outputs, self._mean, self._inverse = aten.native_batch_norm(
            inputs, self._weight, self._bias, *self._running, True, self._momentum, self._epsilon
        )
        return outputs  # type: ignore[no-any-return]

    def backward(self, gradient: Tensor) -> Tensor:
        by_inputs, by_weight, by_bias = aten.native_batch_norm_backward(
            gradient,
            self._inputs,
            self._weight,
            *self._running,
            self._mean,
            self._inverse,
            True,
            self._epsilon,
            [True] * 3,
        )
        self._weight.sub_(by_weight, alpha=self._rate)
        self._bias.sub_(by_bias, alpha=self._rate)
        return by_inputs  # type: ignore[no-any-return]


class MaxPool:
    """The largest of each window of 2×2."""

    def __init__(self) -> None:
        self._inputs = self._places = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs
        outputs, self._places = aten.max_pool2d_with_indices(inputs, [2, 2])
        return outputs  # type: ignore[no-any-return]

    def backward(self, gradient: Tensor) -> Tensor:
        return aten.max_pool2d_with_indices_backward(  # type: ignore[no-any-return]
            gradient, self._inputs, [2, 2], [2, 2], [0, 0], [1, 1], False, self._places
        )


class ReLU:
    """Overwrites its inputs, which the layer before has just made."""

    def __init__(self) -> None:
        self._outputs = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._outputs = inputs.relu_()
        return self._outputs

    def backward(self, gradient: Tensor) -> Tensor:
        return aten.threshold_backward(gradient, self._outputs, 0)  # type: ignore[no-any-return]


class Flatten:
    """[N, …] -> [N, features], in float32 if they come in less."""

    def __init__(self) -> None:
        self._inputs = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs
        dtype = torch.promote_types(inputs.dtype, torch.float32)
        return inputs.to(dtype, memory_format=torch.contiguous_format).view(len(inputs), -1)

    def backward(self, gradient: Tensor) -> Tensor:
        # in the inputs' own layout, which the kernels before are quick in
        rounded = gradient.to(self._inputs.dtype)
        return torch.empty_like(self._inputs).copy_(rounded.view(self._inputs.shape))


class Dropout:
    """Draws as nn.Dropout does on the CPU: the same seed drops the same units."""

    def __init__(self, share: float) -> None:
        self._kept = 1.0 - share
        self._scales = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._scales = torch.empty_like(inputs).bernoulli_(self._kept).div_(self._kept)
        return inputs * self._scales

    def backward(self, gradient: Tensor) -> Tensor:
        return gradient * self._scales
