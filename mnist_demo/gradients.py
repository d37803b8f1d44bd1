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
    """A convolution at stride 1 whose outputs are normalised over the batch.

    Its bias is added and never moved: normalising takes it away again, so its gradient is zero. Products are
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


class NormalisedConvolution:
    """A convolution of images of one channel and the normalisation of its outputs over the batch, in one.

    Mean and covariance of the windows that a kernel sees are a few dozen numbers, and give the mean and the
    variance of its outputs: wᵀp has the mean wᵀp̄ and the variance wᵀCw. So the scale is in the weights before
    the images pass, and neither way goes through the outputs, the largest tensor of all, for its statistics.
    The convolution's bias is never moved: see `Convolution`.
    """

    def __init__(self, layer: nn.Conv2d, norm: nn.BatchNorm2d, rate: float, precision: torch.dtype) -> None:
        self._kernels = layer.weight.detach()
        self._weight = self._kernels.view(len(self._kernels), -1)
        self._bias = None if layer.bias is None else layer.bias.detach()
        self._padding = int(layer.padding[0])
        self._scale, self._shift = norm.weight.detach(), norm.bias.detach()
        self._norm: Any = norm
        self._rate, self._precision = rate, precision
        self._windows = _Windows(int(layer.kernel_size[0]), self._padding)
        self._mean = self._covaried = self._inverse = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        count, self._mean, covariance = self._windows.take(inputs)
        mean, self._covaried = self._weight @ self._mean, self._weight @ covariance
        variance = (self._covaried * self._weight).sum(1).clamp_(min=0.0)  # rounding may go below it
        self._keep(mean, variance, count)
        self._inverse = (variance + self._norm.eps).rsqrt_()
        scale = self._scale * self._inverse
        folded = (self._kernels * scale[:, None, None, None]).to(self._precision)
        offset = (self._shift - scale * mean).to(self._precision)
        return functional.conv2d(inputs.to(self._precision), folded, offset, padding=self._padding)

    def update(self, gradient: Tensor) -> None:
        by_folded, by_shift = self._windows.weigh(gradient)
        centred = by_folded.addr_(by_shift, self._mean, alpha=-1)
        by_scale = (centred * self._weight).sum(1).mul_(self._inverse)
        # normalising takes a kernel's own length out of its gradient
        centred.addcmul_((by_scale * self._inverse)[:, None], self._covaried, value=-1)
        self._weight.addcmul_((self._scale * self._inverse)[:, None], centred, value=-self._rate)
        self._scale.sub_(by_scale, alpha=self._rate)
        self._shift.sub_(by_shift, alpha=self._rate)

    def _keep(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """The running statistics, as nn.BatchNorm2d has them."""
        norm = self._norm
        norm.num_batches_tracked.add_(1)
        norm.running_mean.lerp_(mean if self._bias is None else mean + self._bias, norm.momentum)
        norm.running_var.lerp_(variance * (count / (count - 1)), norm.momentum)


class _Windows:
    """What a kernel with K weights sees of a batch of N images, place by place: [K + 1, N, H, W].

    The last row is of ones, so that sums come with every product. Products go image by image: with all
    places of all images as its inner dimension one takes three times as long.
    """

    def __init__(self, side: int, padding: int) -> None:
        self._side, self._padding = side, padding
        self._inner = self._places = self._seen = self._taken = torch.empty(0)

    def take(self, images: Tensor) -> tuple[int, Tensor, Tensor]:
        """Images [N, 1, H, W] -> how many windows there are, their mean [K] and their covariance [K, K]."""
        if self._inner.shape != images[:, 0].shape:
            self._make_room(images)
        self._inner.copy_(images[:, 0])
        self._taken.copy_(self._places)
        count, rows = self._seen[0].numel(), self._by_image(self._seen)
        moments = torch.bmm(rows, rows.transpose(1, 2)).sum(0).div_(count)
        mean = moments[-1, :-1]
        return count, mean, moments[:-1, :-1].addr(mean, mean, alpha=-1)

    def weigh(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Values [N, C, H, W] of the windows -> Σ value · window [C, K] and Σ value [C], in float32."""
        rows = self._by_image(self._seen.to(values.dtype))
        sums = torch.bmm(rows, values.permute(0, 2, 3, 1).flatten(1, 2)).sum(0, dtype=torch.float32).t()
        return sums[:, :-1], sums[:, -1]

    def _make_room(self, images: Tensor) -> None:
        """The memory for batches of this size, and the views of it that one copy goes between."""
        side, padding = self._side, self._padding
        padded = functional.pad(torch.zeros_like(images[:, 0]), [padding] * 4)
        height, width = images.shape[2:]
        self._inner = padded[:, padding : padding + height, padding : padding + width]
        self._places = padded.unfold(1, side, 1).unfold(2, side, 1).permute(3, 4, 0, 1, 2)
        self._seen = images.new_ones(side * side + 1, *self._places.shape[2:])
        self._taken = self._seen[:-1].view(self._places.shape)

    @staticmethod
    def _by_image(seen: Tensor) -> Tensor:
        """[K + 1, N, H, W] -> [N, K + 1, H W]."""
        return seen.flatten(2).transpose(0, 1)


class BatchNorm:
    """Normalisation over the batch, which keeps its running statistics."""

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
    """[N, …] -> [N, features] in float32."""

    def __init__(self) -> None:
        self._inputs = torch.empty(0)

    def forward(self, inputs: Tensor) -> Tensor:
        self._inputs = inputs
        return inputs.to(torch.float32, memory_format=torch.contiguous_format).view(len(inputs), -1)

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
