"""Random distortions of training images, batched, by name.

Every augmentation takes images in [0, 1] as float [N, 1, 28, 28], with ink bright, and a generator; it
returns images of the same shape and range. Ink that leaves the frame is lost; blank paper comes in. Knows
nothing of recipes and training.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Generator, Tensor
from torch.nn import functional

from mnist_demo.digits import SIDE

Augmentation = Callable[[Tensor, Generator], Tensor]

# the largest distortions, in either direction
_MAX_SHIFT = 2.0  # pixels
_MAX_ROTATION = math.radians(12.0)
_MAX_SHEAR = 0.25
_MAX_SCALE = 0.15  # of each side independently
_ELASTIC_STD = 0.8  # pixels, of the displacement
_ELASTIC_CELLS = 6  # of the coarse field, in either direction


def _uniform(count: int, largest: float, generator: Generator) -> Tensor:
    """Random numbers [count], uniform in ±largest."""
    return (torch.rand(count, generator=generator) * 2.0 - 1.0) * largest


def _warp(images: Tensor, matrices: Tensor, displacement: Tensor | None = None) -> Tensor:
    """Resample each image at the positions that its 2×3 matrix gives, in coordinates from -1 to 1.

    `displacement` [N, 28, 28, 2] is added to those positions.
    """
    grid = functional.affine_grid(matrices.to(images), list(images.shape), align_corners=False)
    if displacement is not None:
        grid += displacement.to(images)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def shift(images: Tensor, generator: Generator) -> Tensor:
    """Move each image by up to two pixels in both directions."""
    count = len(images)
    matrices = torch.eye(2, 3).repeat(count, 1, 1)
    for axis in (0, 1):
        matrices[:, axis, 2] = _uniform(count, 2.0 * _MAX_SHIFT / SIDE, generator)
    return _warp(images, matrices)


def affine(images: Tensor, generator: Generator) -> Tensor:
    """Rotate by up to 12°, shear by up to 0.25, scale each side by up to 15%, shift by up to two pixels."""
    return _warp(images, _affine_matrices(len(images), generator))


def slight(images: Tensor, generator: Generator) -> Tensor:
    """Distort as `affine` does, by three quarters as much."""
    return _warp(images, _affine_matrices(len(images), generator, 0.75))


def elastic(images: Tensor, generator: Generator) -> Tensor:
    """Distort as `affine` does, and displace the pixels smoothly, as a hand's irregularities do.

    Source: Simard, Steinkraus and Platt, *Best Practices for Convolutional Neural Networks*, 2003. Their
    smooth field is a filtered fine one; this is an interpolated coarse one, of normally distributed numbers.
    """
    count = len(images)
    coarse = torch.randn(count, 2, _ELASTIC_CELLS, _ELASTIC_CELLS, generator=generator)
    field = functional.interpolate(coarse, size=(SIDE, SIDE), mode="bicubic", align_corners=False)
    displacement = field.permute(0, 2, 3, 1) * (2.0 * _ELASTIC_STD / SIDE)
    return _warp(images, _affine_matrices(count, generator), displacement)


def _affine_matrices(count: int, generator: Generator, share: float = 1.0) -> Tensor:
    """Random affine maps, float [count, 2, 3], with `share` of the largest distortions."""
    angle = _uniform(count, share * _MAX_ROTATION, generator)
    shear = _uniform(count, share * _MAX_SHEAR, generator)
    width = 1.0 + _uniform(count, share * _MAX_SCALE, generator)
    height = 1.0 + _uniform(count, share * _MAX_SCALE, generator)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    matrices = torch.zeros(count, 2, 3)
    matrices[:, 0, 0] = cosine / width
    matrices[:, 0, 1] = (shear * cosine - sine) / height
    matrices[:, 1, 0] = sine / width
    matrices[:, 1, 1] = (shear * sine + cosine) / height
    for axis in (0, 1):
        matrices[:, axis, 2] = _uniform(count, share * 2.0 * _MAX_SHIFT / SIDE, generator)
    return matrices


@dataclass(frozen=True)
class AugmentationEntry:
    """An entry of the registry: what people call it, and the distortion; None leaves images as they are."""

    title: str
    distort: Augmentation | None


AUGMENTATIONS: Mapping[str, AugmentationEntry] = MappingProxyType(
    {
        "off": AugmentationEntry("Off", None),
        "shift": AugmentationEntry("Shift", shift),
        "slight": AugmentationEntry("Slight affine", slight),
        "affine": AugmentationEntry("Affine", affine),
        "elastic": AugmentationEntry("Affine + elastic", elastic),
    }
)
