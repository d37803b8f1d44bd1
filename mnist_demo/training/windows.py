"""The first convolution and its normalization in one link of a chain, by way of what its kernels see.

A link as those of `gradients`, for layers that images of one channel come in at. Knows torch's kernels;
refuses to know models, losses and recipes.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class NormalizedConvolution:
    """A convolution of images of one channel and the normalization of its outputs over the batch, in one.

    Mean and covariance of the windows that a kernel sees are a few dozen numbers, and give the mean and the
    variance of its outputs: wᵀp has the mean wᵀp̄ and the variance wᵀCw. So the scale is in the weights before
    the images pass, and neither way goes through the outputs, the largest tensor of all, for its statistics.
    The convolution's bias is never moved: see `gradients.Convolution`.
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
        centered = by_folded.addr_(by_shift, self._mean, alpha=-1)
        by_scale = (centered * self._weight).sum(1).mul_(self._inverse)
        # normalizing takes a kernel's own length out of its gradient
        centered.addcmul_((by_scale * self._inverse)[:, None], self._covaried, value=-1)
        self._weight.addcmul_((self._scale * self._inverse)[:, None], centered, value=-self._rate)
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
        """Values [N, C, H, W] of the windows -> Σ value · window [C, K] and Σ value [C], typed as images."""
        rows = self._by_image(self._seen.to(values.dtype))
        sums = torch.bmm(rows, values.permute(0, 2, 3, 1).flatten(1, 2)).sum(0, dtype=self._inner.dtype).t()
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
