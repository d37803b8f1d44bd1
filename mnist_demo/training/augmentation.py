"""Random distortions of training images, batched, by name.

Every augmentation takes images in [0, 1] as float [N, 1, 28, 28] with ink bright and a generator, and gives
images of the same shape and range. Ink that leaves the frame is gone; paper comes in.
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

_SHIFT = 2.0  # pixels, either way
_ROTATION = math.radians(12.0)
_SHEAR = 0.25
_SCALE = 0.15  # of each side on its own
_ELASTIC = 0.8  # pixels, deviation of the displacement
_ELASTIC_CELLS = 6  # of the coarse field, either way


def _uniform(count: int, most: float, generator: Generator) -> Tensor:
    return (torch.rand(count, generator=generator) * 2.0 - 1.0) * most


def _warp(images: Tensor, matrices: Tensor, displacement: Tensor | None = None) -> Tensor:
    """Resamples each image at the positions that its 2×3 matrix gives, in [-1, 1] coordinates.

    `displacement` [N, 28, 28, 2] is added to those positions.
    """
    grid = functional.affine_grid(matrices.to(images), list(images.shape), align_corners=False)
    if displacement is not None:
        grid += displacement.to(images)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def shift(images: Tensor, generator: Generator) -> Tensor:
    """Moves each image by up to two pixels either way."""
    count = len(images)
    matrices = torch.eye(2, 3).repeat(count, 1, 1)
    for axis in (0, 1):
        matrices[:, axis, 2] = _uniform(count, 2.0 * _SHIFT / SIDE, generator)
    return _warp(images, matrices)


def affine(images: Tensor, generator: Generator) -> Tensor:
    """Rotates by up to 12°, shears by up to 0.25, scales each side by up to 15 % and shifts by two pixels."""
    return _warp(images, _affine_matrices(len(images), generator))


def slight(images: Tensor, generator: Generator) -> Tensor:
    """As affine, three quarters as far."""
    return _warp(images, _affine_matrices(len(images), generator, 0.75))


def elastic(images: Tensor, generator: Generator) -> Tensor:
    """As affine, and pulls every image about smoothly, as a hand does.

    Source: Simard, Steinkraus and Platt, *Best Practices for Convolutional Neural Networks*, 2003; the smooth
    field is a coarse one of normal numbers, interpolated, instead of a fine one, filtered.
    """
    count = len(images)
    coarse = torch.randn(count, 2, _ELASTIC_CELLS, _ELASTIC_CELLS, generator=generator)
    field = functional.interpolate(coarse, size=(SIDE, SIDE), mode="bicubic", align_corners=False)
    displacement = field.permute(0, 2, 3, 1) * (2.0 * _ELASTIC / SIDE)
    return _warp(images, _affine_matrices(count, generator), displacement)


def _affine_matrices(count: int, generator: Generator, share: float = 1.0) -> Tensor:
    """So many random maps, float [N, 2, 3]; `share` of the largest distances and angles."""
    angle = _uniform(count, share * _ROTATION, generator)
    shear = _uniform(count, share * _SHEAR, generator)
    width = 1.0 + _uniform(count, share * _SCALE, generator)
    height = 1.0 + _uniform(count, share * _SCALE, generator)
    cosine, sine = torch.cos(angle), torch.sin(angle)
    matrices = torch.zeros(count, 2, 3)
    matrices[:, 0, 0] = cosine / width
    matrices[:, 0, 1] = (shear * cosine - sine) / height
    matrices[:, 1, 0] = sine / width
    matrices[:, 1, 1] = (shear * sine + cosine) / height
    for axis in (0, 1):
        matrices[:, axis, 2] = _uniform(count, share * 2.0 * _SHIFT / SIDE, generator)
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
