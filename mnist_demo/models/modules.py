"""The models, from images to logits, and the registry that menus, commands and tests iterate.

Knows shapes and layers; refuses to know data, training, files and softmax.
Every module takes normalized images [N, 1, 28, 28] and gives logits [N, 10].
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mnist_demo.digits import CLASSES, SIDE


@dataclass(frozen=True)
class LogisticArguments:
    """Logistic regression has none."""


class Logistic(nn.Module):
    """Multinomial logistic regression: one affine map from 784 pixels to 10 logits."""

    def __init__(self, arguments: LogisticArguments) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear = nn.Linear(SIDE * SIDE, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """[N, 1, 28, 28] → [N, 10]."""
        logits: Tensor = self.linear(self.flatten(images))
        return logits


@dataclass(frozen=True)
class MLPArguments:
    """How an MLP is built."""

    hidden: Sequence[int] = (128,)  # units of each hidden layer
    dropout: float = 0.0  # share of the last hidden layer's units that a training step leaves out
    batch_norm: bool = False  # after each hidden layer
    relu_out: bool = False  # a mistake of one of the write-ups, kept so that its figures can be reproduced


class MLP(nn.Module):
    """A multilayer perceptron: fully connected layers with ReLU between them."""

    def __init__(self, arguments: MLPArguments) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Flatten()]
        width = SIDE * SIDE
        for units in arguments.hidden:
            layers.append(nn.Linear(width, units, bias=not arguments.batch_norm))
            if arguments.batch_norm:
                layers.append(nn.BatchNorm1d(units))
            layers.append(nn.ReLU())
            width = units
        layers.append(nn.Dropout(arguments.dropout))
        layers.append(nn.Linear(width, CLASSES))
        if arguments.relu_out:
            layers.append(nn.ReLU())
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """[N, 1, 28, 28] → [N, 10]."""
        logits: Tensor = self.layers(images)
        return logits


def _normalized(convolution: nn.Conv2d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU()]


class _DenseMaxPool(nn.Module):
    """2×2 max-pooling with stride 1: [N, C, H, W] → [N, C, H - 1, W - 1]."""

    def forward(self, values: Tensor) -> Tensor:
        if self.training:  # its gradient takes a third of the time that the gradient of the maxima takes
            return functional.max_pool2d(values, 2, stride=1)
        # the same numbers; in bfloat16 several times as fast
        values = torch.maximum(values[..., :-1, :], values[..., 1:, :])
        return torch.maximum(values[..., :-1], values[..., 1:])


class BlurredMaxPool(nn.Sequential):
    """2×2 max-pooling with stride 1, then 2×2 average pooling: [N, C, H, W] → [N, C, H // 2, W // 2].

    Ordinary max-pooling depends on which pixels happen to share a window; this changes less when a digit
    moves by a pixel.

    Source: Zhang, *Making Convolutional Networks Shift-Invariant Again*, 2019, with its smallest filter.
    """

    def __init__(self) -> None:
        super().__init__(_DenseMaxPool(), nn.AvgPool2d(2, ceil_mode=True))


@dataclass(frozen=True)
class CNNArguments:
    """How a CNN is built."""

    channels: Sequence[Sequence[int]] = ((16,), (32,))  # a block each, and in it a convolution each
    hidden: Sequence[int] = (64,)  # units of each fully connected layer before the last
    dropout: float = 0.0  # share of each of those layers' units that a training step leaves out
    kernel: int = 3  # side of the convolutions, in pixels
    padded: bool = True  # the convolutions keep the image's side
    pool_first: bool = False  # pool before normalizing, which leaves a quarter of the work to do
    blurred: bool = False  # pool with BlurredMaxPool


class CNN(nn.Module):
    """Blocks of convolutions with batch normalization and ReLU, then the fully connected layers.

    Every block ends in 2×2 max-pooling.
    """

    def __init__(self, arguments: CNNArguments) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        depth, side, kernel = 1, SIDE, arguments.kernel
        for block in arguments.channels:
            for width in block:
                padding = kernel // 2 if arguments.padded else 0
                layers += _normalized(nn.Conv2d(depth, width, kernel, padding=padding))
                depth = width
                side -= 0 if arguments.padded else kernel - 1
            # ReLU and the maximum commute: pooling before it gives the same numbers for less work
            place = -2 if arguments.pool_first else len(layers) if arguments.blurred else -1
            layers.insert(place, BlurredMaxPool() if arguments.blurred else nn.MaxPool2d(2))
            side //= 2
        if side < 1:
            raise ValueError(f"{len(arguments.channels)} blocks leave no pixel of the image")
        self.features = nn.Sequential(*layers)
        head: list[nn.Module] = [nn.Flatten()]
        features = depth * side * side
        for units in arguments.hidden:
            head += [nn.Linear(features, units), nn.ReLU(), nn.Dropout(arguments.dropout)]
            features = units
        self.head = nn.Sequential(*head, nn.Linear(features, CLASSES))

    def forward(self, images: Tensor) -> Tensor:
        """[N, 1, 28, 28] → [N, 10]."""
        logits: Tensor = self.head(self.features(images))
        return logits


MAX_SHIFT = SIDE // 4  # pixels


@dataclass(frozen=True)
class TinyCNNArguments:
    """How a TinyCNN answers."""

    shift: int = 1  # pixels that the copies are moved by; 0: no copies


class TinyCNN(nn.Module):
    """A CNN of fewer than 8,000 parameters.

    A 5×5 convolution that is pooled at once, then four 3×3 convolutions, all with batch normalization and
    ReLU; both poolings are blurred. The last map, 5×5, is not averaged, which would lose all positions, and
    not flattened into a fully connected layer, which would have most of the parameters: a depthwise
    convolution as large as the map weighs each channel.

    The answers of so small a network change when a digit moves by a pixel. Therefore, in evaluation mode, its
    logits are averaged over the image and its copies shifted up, down, left and right.
    """

    def __init__(self, arguments: TinyCNNArguments) -> None:
        super().__init__()
        self.shift = arguments.shift
        if type(self.shift) is not int or not 0 <= self.shift <= MAX_SHIFT:
            raise ValueError(f"shift must be from 0 to {MAX_SHIFT} pixels")
        self.features = nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2, bias=False),
            BlurredMaxPool(),
            nn.BatchNorm2d(12),
            nn.ReLU(),
            *_normalized(nn.Conv2d(12, 12, 3, padding=1, bias=False)),
            *_normalized(nn.Conv2d(12, 14, 3, padding=1, bias=False)),
            *_normalized(nn.Conv2d(14, 14, 3, padding=1, bias=False)),
            BlurredMaxPool(),
            *_normalized(nn.Conv2d(14, 18, 3, bias=False)),
            nn.Conv2d(18, 18, 5, groups=18, bias=False),
            nn.BatchNorm2d(18),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(18, CLASSES))

    def forward(self, images: Tensor) -> Tensor:
        """[N, 1, 28, 28] → [N, 10]."""
        if self.training or not self.shift:
            logits: Tensor = self.head(self.features(images))
            return logits
        logits = self.head(self.features(_with_shifted_copies(images, self.shift)))
        return logits.view(len(_DIRECTIONS), len(images), CLASSES).mean(0)


#: Where an image and its four copies are moved: down and to the right.
_DIRECTIONS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))


def _with_shifted_copies(images: Tensor, shift: int) -> Tensor:
    """Images [N, 1, H, W] moved in each direction in turn, [5 N, 1, H, W]; the edge pixels are repeated."""
    height, width = images.shape[-2:]
    padded = functional.pad(images, (shift, shift, shift, shift), mode="replicate")
    corners = [(shift - shift * down, shift - shift * right) for down, right in _DIRECTIONS]
    return torch.cat([padded[..., top : top + height, left : left + width] for top, left in corners])


@dataclass(frozen=True)
class Model:
    """An entry of the registry: its title and kind for people, how it is built, and with what arguments."""

    title: str
    sentence: str  # what kind of model it is, in a few words
    module: Callable[[Any], nn.Module]
    arguments: type[Any]  # a frozen dataclass with defaults

    def defaults(self) -> dict[str, Any]:
        """Return every argument with its default."""
        return {field.name: field.default for field in fields(self.arguments)}


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "logistic": Model("Logistic regression", "Ten stencils, no layers", Logistic, LogisticArguments),
        "mlp": Model("MLP", "Every unit looks at the whole picture", MLP, MLPArguments),
        "cnn": Model("CNN", "Filters upon filters, from edges to shapes", CNN, CNNArguments),
        "cnn-tiny": Model("Tiny CNN", "A few small filters, the same everywhere", TinyCNN, TinyCNNArguments),
    }
)


class UnknownModel(ValueError):
    """A name that is not in the registry."""

    def __init__(self, name: object, known: Sequence[str] = ()) -> None:
        names = ", ".join(known or MODELS)
        super().__init__(f"There is no model {name!r}. Known models: {names}.")


def build(name: str, arguments: Mapping[str, Any] | None = None) -> nn.Module:
    """Return a model with random weights; arguments that aren't given have their defaults.

    Raises UnknownModel, and ValueError for arguments that the model does not take.
    """
    if name not in MODELS:
        raise UnknownModel(name)
    model = MODELS[name]
    try:
        return model.module(model.arguments(**(arguments or {})))
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name} can't be built with {dict(arguments or {})}: {error}") from error


def count_parameters(module: nn.Module) -> int:
    """Return the number of trainable parameters."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
